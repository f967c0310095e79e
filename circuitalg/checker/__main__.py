"""The checker as a program: ``python -m circuitalg.checker``, or its folder given to Python."""

import sys
from pathlib import Path
from runpy import run_module

if __package__:
    from .program import program

    sys.exit(program())
folder = Path(__file__).resolve().parent
sys.path[0] = str(folder.parent)
run_module(f"{folder.name}", run_name="__main__", alter_sys=True)
