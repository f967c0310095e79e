"""What ``import circuitalg`` gives, what it costs, and which way imports point."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import circuitalg

PACKAGE = Path(circuitalg.__file__).parent
HEAVY = {"sympy", "matplotlib", "typer", "rich", "flint", "numpy", "networkx"}
HEAVY |= {"cupy", "dask", "torch", "jax"}

# Imports point from later entries to earlier ones; those on one line do not import each other.
LAYERS = (
    ("errors", "threads"),
    ("deadline", "files", "integers"),
    ("options",),
    ("memory",),
    ("circuit",),
    ("edge",),
    ("arithmetic",),
    ("tensor",),
    ("representation",),
    ("symbolic", "logspace"),
    ("kernel", "learning"),
    ("forall",),
    ("prove",),
    ("view",),
    ("cli",),
)
LAYER_OF = {name: depth for depth, names in enumerate(LAYERS) for name in names}


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


@pytest.mark.parametrize("name", circuitalg.__all__)
def test_every_public_name_exists(name):
    """Each name of ``__all__`` is found in the module that the stub names, and in dir()."""
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
    assert sorted(circuitalg.__all__) == sorted(match.group(2) for match in found)


def test_a_misspelt_name_is_an_attribute_error():
    """The message names what was asked for."""
    with pytest.raises(AttributeError, match="ht_modle"):
        circuitalg.ht_modle  # noqa: B018


def _imported(source: str) -> set[str]:
    """Parts of circuitalg that a module imports, at its top or inside functions."""
    tree = ast.parse(source)
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    names = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("circuitalg.")}


def _upward(part: str, source: str) -> set[str]:
    """What a module of a part imports that lies above it, or beside it on its line."""
    allowed = {part} | {name for name, depth in LAYER_OF.items() if depth < LAYER_OF[part]}
    return {name for name in _imported(source) if name in LAYER_OF} - allowed


@pytest.mark.parametrize("part", [name for names in LAYERS for name in names])
def test_imports_point_one_way(part):
    """No module imports from a part above its own: the kernel never imports prove.

    A circuit's methods hand over to tensor, symbolic, representation and logspace when they are
    called; nothing else may.
    """
    files = [PACKAGE / f"{part}.py", *(PACKAGE / part).glob("**/*.py")]
    for file in files:
        if not file.exists():
            continue
        found = _upward(part, file.read_text(encoding="utf-8"))
        if file.relative_to(PACKAGE).as_posix() == "circuit/graph.py":
            found -= {"tensor", "symbolic", "representation", "logspace"}
        assert not found, f"{file.name} imports {found}"


def test_the_direction_test_can_fail():
    """An import inside a function counts; one for type checkers alone does not."""
    assert _upward("kernel", "def f():\n    from circuitalg.prove.rank import prove_rank") == {
        "prove"
    }
    assert _upward("tensor", "import circuitalg.symbolic.polynomial") == {"symbolic"}
    assert _upward("symbolic", "import circuitalg.logspace") == {"logspace"}
    assert not _upward("kernel", "if TYPE_CHECKING:\n    from circuitalg.prove import rank")
    assert not _upward("prove", "from circuitalg.kernel import rules")


def test_only_the_command_line_imports_typer():
    """Typer is the command line's own."""
    for file in PACKAGE.rglob("*.py"):
        if "typer" in file.read_text(encoding="utf-8"):
            assert file.parent.name == "cli", file


def test_the_checker_imports_the_standard_library_alone():
    """NumPy is the one exception, inside the function of the route that is asked for by name."""
    tree = ast.parse((PACKAGE / "checker.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module or ""]
        for name in names:
            top = name.partition(".")[0]
            assert top in sys.stdlib_module_names or (top == "numpy" and node not in tree.body)


def test_what_is_trusted_uses_no_assert():
    """``python -O`` removes assert statements, so the kernel and the checker have none."""
    for file in [PACKAGE / "checker.py", *(PACKAGE / "kernel").rglob("*.py")]:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)], file
