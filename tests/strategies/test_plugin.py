"""Types are known to Hypothesis wherever circuitalg is installed; nothing else is changed."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import circuitalg
from circuitalg import hypothesis_plugin

ROOT = Path(__file__).parents[2]
HEAVY = {"numpy", "networkx", "sympy"}


@pytest.fixture
def installed(tmp_path):
    """Run code where circuitalg is installed with its entry points, as pip would leave it."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [(name, target)] = table["entry-points"]["hypothesis"].items()
    info = tmp_path / "circuitalg_installed-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: circuitalg-installed\nVersion: 1\n"
    )
    (info / "entry_points.txt").write_text(f"[hypothesis]\n{name} = {target}\n")

    def run(code):
        path = [str(tmp_path), str(Path(circuitalg.__file__).parents[1])]
        code = f"import sys; sys.path[:0] = {path!r}; {code}"
        line = [sys.executable, "-c", code]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert not done.returncode, done.stderr
        return done.stdout.split()

    return run


def test_importing_hypothesis_loads_nothing_of_the_package(installed):
    """Of circuitalg only the plugin is there, and no library that Hypothesis has not loaded."""
    loaded = installed("import hypothesis; print(*sys.modules)")
    own = {name for name in loaded if name.startswith("circuitalg")}
    assert own == {"circuitalg", "circuitalg.hypothesis_plugin"}
    assert not set(loaded) & HEAVY


USE = """
from hypothesis import HealthCheck, find, given, settings, strategies as st
@settings(max_examples=3, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(b=..., c=..., m=..., s=..., t=...)
def test(b: ca.Bipartition, c: ca.Circuit, m: ca.ModeTree, s: ca.SimNet, t: ca.ExactTensor):
    assert isinstance(c, ca.Circuit) and isinstance(s, ca.SimNet) and isinstance(m, ca.ModeTree)
    assert isinstance(b, ca.Bipartition) and isinstance(t, ca.ExactTensor)
test()
print(find(st.from_type(ca.Circuit), lambda _: True).num_locations)
"""


@pytest.mark.parametrize("first", ["hypothesis", "circuitalg"])
def test_types_are_enough(installed, first):
    """@given draws by annotation alone, whichever of the two was imported first."""
    before = "import circuitalg as ca; ca.Circuit, ca.SimNet; import hypothesis"
    after = "import hypothesis; import circuitalg as ca"
    start = before if first == "circuitalg" else after
    assert installed(f"{start}\nexec({USE!r})") == ["2"]


def test_every_type_has_its_module():
    """The names in the table are classes of these modules."""
    for module, (name, _) in hypothesis_plugin.TYPES.items():
        assert getattr(circuitalg, name).__module__ == module


def test_without_hypothesis_one_sentence_says_what_to_install():
    """Importing the strategies raises this package's own error, and the star does without them."""
    code = """
import sys
sys.modules["hypothesis"] = None
from circuitalg import *
import circuitalg as ca
try:
    ca.strategies
except ca.MissingDependencyError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        "circuitalg.strategies needs Hypothesis: pip install circuitalg[hypothesis]"
    )


def test_the_extra_is_named():
    """circuitalg[hypothesis] installs it, and so does circuitalg[test]."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = table["optional-dependencies"]
    assert extras["hypothesis"] == [x for x in extras["test"] if x.startswith("hypothesis")]
