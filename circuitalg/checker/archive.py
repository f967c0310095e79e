"""The checker as one file: a zip archive that Python runs."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

MAIN = """import sys

from checker.program import program

sys.exit(program())
"""
BEGAN = (1980, 1, 1, 0, 0, 0)  # the first time that an archive can name


def archive() -> bytes:
    """Return the package as an archive; equal packages give equal bytes."""
    folder = Path(__file__).resolve().parent
    files = {
        f"checker/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*.py")
        if path.name != "__main__.py"
    }
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as target:
        for name, text in sorted({**files, "__main__.py": MAIN.encode()}.items()):
            target.writestr(zipfile.ZipInfo(name, BEGAN), text)
    return b"#!/usr/bin/env python3\n" + found.getvalue()


def write_archive(path: str | os.PathLike[str]) -> None:
    """Write the checker as one file, which ``python -I -S PATH FILE`` runs."""
    Path(path).write_bytes(archive())
