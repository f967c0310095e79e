"""Load proof scripts and run them at small sizes, in this process."""

import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PROOFS = Path(__file__).resolve().parents[2] / "proofs"


@dataclass
class Ran:
    """How a script ended, and the results that it recorded."""

    status: int
    results: list[dict]

    @property
    def proved(self):
        """What was proved, as printed."""
        return [result["result"] for result in self.results]

    @property
    def errors(self):
        """Why each failing claim failed."""
        return [result["error"] for result in self.results if result["error"]]


@pytest.fixture
def script():
    """Load a proof script as a module, without running it."""

    def load(name):
        spec = importlib.util.spec_from_file_location(name, PROOFS / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # its dataclasses look their module up
        loaded.append(name)
        spec.loader.exec_module(module)
        return module

    loaded = []
    yield load
    for name in loaded:
        sys.modules.pop(name, None)


@pytest.fixture
def run(tmp_path):
    """Run a loaded script's main with command-line arguments."""

    def main(module, *arguments):
        results = tmp_path / f"{module.__name__}.jsonl"
        results.unlink(missing_ok=True)
        folder = ["--certificates", str(tmp_path / "certificates"), "--results", str(results)]
        with pytest.raises(SystemExit) as ended:
            module.main([*folder, *map(str, arguments)])
        lines = map(json.loads, results.read_text().splitlines())
        return Ran(ended.value.code or 0, [line for line in lines if "started" not in line])

    return main
