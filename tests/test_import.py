"""What ``import circuitalg`` gives, what it costs, and which way imports point."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from imports import DRAWING, FLOOR_OF, LATE, PACKAGE, drawing, imported, modules, upward

import circuitalg
from circuitalg.checker.certificate import KINDS
from circuitalg.kernel.rules import RULES

ROOT = Path(__file__).parents[1]
HEAVY = {"sympy", "matplotlib", "typer", "rich", "flint", "numpy", "networkx"}
HEAVY |= {"cupy", "dask", "torch", "jax"}

SUBJECTS = ("rank", "same", "forall", "given", "functions", "logspace")


def _loaded_after(statement: str) -> set[str]:
    """Names of the top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print(*(name.partition('.')[0] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_import_loads_nothing_heavy():
    """SymPy, Matplotlib and the others wait until they are used."""
    assert not _loaded_after("import circuitalg") & HEAVY


def test_the_test_above_can_fail():
    """Where NumPy is used, it is seen to be loaded."""
    assert "numpy" in _loaded_after("import circuitalg, numpy")


def test_proving_needs_neither_sympy_nor_pictures():
    """The tactics and the kernel load no SymPy, Matplotlib, typer or Rich."""
    loaded = _loaded_after("from circuitalg import prove_rank, prove_separation, load_theorem")
    assert not loaded & {"sympy", "matplotlib", "typer", "rich"}


# A star imports what needs no extra.
PUBLIC = [*circuitalg.__all__, "strategies"]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_exists(name):
    """Each public name is found in the module that the stub names, and in dir()."""
    assert getattr(circuitalg, name) is not None
    assert name in dir(circuitalg)


def test_every_error_is_public():
    """Whoever catches an error needs its class: each one of errors.py is a public name."""
    tree = ast.parse((PACKAGE / "errors.py").read_text(encoding="utf-8"))
    errors = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assert errors <= set(circuitalg.__all__)
    assert circuitalg.TooLargeError is importlib.import_module("circuitalg.errors").TooLargeError


def test_type_checkers_see_the_same_names_as_users():
    """Each name of the stub is exported there explicitly, and is the object of its module."""
    lines = (PACKAGE / "__init__.pyi").read_text(encoding="utf-8").splitlines()
    found = [re.fullmatch(r"from \.(\S*) import (\w+) as (\w+)", line) for line in lines[1:-2]]
    assert all(found)
    for module, name, shown in (match.groups() for match in found):
        assert name == shown
        if module:
            home = importlib.import_module(f"circuitalg.{module}")
            assert getattr(circuitalg, name) is getattr(home, name)
    assert sorted(PUBLIC) == sorted(match.group(2) for match in found)


def test_a_misspelt_name_is_an_attribute_error():
    """The message names what was asked for."""
    with pytest.raises(AttributeError, match="ht_modle"):
        circuitalg.ht_modle  # noqa: B018


@pytest.mark.parametrize("room", FLOOR_OF)
def test_imports_point_down(room):
    """No module imports from a floor above its own, or from another room of its floor.

    What methods hand over upward when they are called is named, and nothing else may.
    """
    for name, rooms in modules(room).items():
        found = upward(room, rooms, LATE.get(name, ()))
        assert not found, f"{name} imports {found}"


def test_every_module_has_a_room():
    """A new file or folder must be given its floor; the checker stands alone."""
    names = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert names - {"__init__", "__main__", "__pycache__", "checker"} == set(FLOOR_OF)


def test_the_named_hand_overs_happen():
    """A name that no longer stands for an import goes."""
    for name, rooms in LATE.items():
        assert modules(name.partition("/")[0])[name][1] >= rooms


def test_the_direction_test_can_fail():
    """An import inside a function counts unless it is named; one for type checkers alone never."""
    late = _imported("def f():\n    from circuitalg.prove.rank.rank import prove_rank")
    assert upward("kernel", late) == {"prove"}
    assert not upward("kernel", late, {"prove"})
    early = _imported("try:\n    import circuitalg.symbolic.polynomial\nexcept ImportError: pass")
    assert upward("tensor", early, {"symbolic"}) == {"symbolic"}
    assert upward("symbolic", _imported("import circuitalg.logspace")) == {"logspace"}
    assert not upward(
        "kernel", _imported("if TYPE_CHECKING:\n    from circuitalg.prove import rank")
    )
    assert not upward("prove", _imported("from circuitalg.kernel import rules"))


def _imported(source):
    return imported(ast.parse(source))


def test_the_drawing_shows_the_imports():
    """docs/architecture.md shows the arrows that there are; tests/imports.py draws them again."""
    assert DRAWING.read_text(encoding="utf-8") == drawing(), "run: python tests/imports.py"


def test_a_subject_stands_in_its_five_rooms_and_nowhere_else():
    """kernel/X, checker/X, prove/X, tests/X and docs/rules/X.md, for the same subjects X."""
    for room in ("kernel", "checker", "prove"):
        found = {path.parent.name for path in (PACKAGE / room).glob("*/__init__.py")}
        assert found == set(SUBJECTS), room
    assert {path.stem for path in (ROOT / "docs" / "rules").glob("*.md")} == set(SUBJECTS)
    for subject in SUBJECTS:
        assert list((ROOT / "tests" / subject).glob("test_*.py")), subject


@pytest.mark.parametrize("kind", RULES)
def test_a_statement_is_found_by_its_subject(kind):
    """The rule for a kind stands in kernel/X; the checker's in checker/X, its page is X's."""
    subject = RULES[kind].__module__.split(".")[2]
    assert subject in SUBJECTS
    assert RULES[kind].hints["return"].__module__.startswith(f"circuitalg.kernel.{subject}.")
    assert KINDS[kind].derive.__module__.startswith(f"circuitalg.checker.{subject}.")
    assert kind in (ROOT / "docs" / "rules" / f"{subject}.md").read_text(encoding="utf-8")


def test_only_the_command_line_imports_typer():
    """Typer is the command line's own."""
    for file in PACKAGE.rglob("*.py"):
        if "typer" in file.read_text(encoding="utf-8"):
            assert file.parent.name == "cli", file


CHECKER = sorted((PACKAGE / "checker").rglob("*.py"))


@pytest.mark.parametrize("file", CHECKER, ids=lambda file: file.stem)
def test_the_checker_imports_itself_and_the_standard_library_alone(file):
    """NumPy is the one exception, inside the function of the route that is asked for by name."""
    depth = len(file.relative_to(PACKAGE / "checker").parts)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= sys.stdlib_module_names
        elif isinstance(node, ast.ImportFrom) and node.level:
            assert node.level <= depth
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] in sys.stdlib_module_names


def test_what_is_trusted_uses_no_assert():
    """``python -O`` removes assert statements, so the kernel and the checker have none."""
    for file in [*CHECKER, *(PACKAGE / "kernel").rglob("*.py")]:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)], file
