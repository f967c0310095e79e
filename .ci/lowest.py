"""Print the lowest versions that pyproject.toml allows, as constraints for pip."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = project["optional-dependencies"].values()
for line in sorted({*project["dependencies"], *(line for extra in extras for line in extra)}):
    found = re.fullmatch(r"([\w.-]+)(?:\[.*\])?>=([\w.]+)", line)
    if found is None:
        raise SystemExit(f"pyproject.toml: {line!r} does not name its lowest version as NAME>=X")
    print(f"{found[1]}=={found[2]}")
