"""The examples in docstrings run, and every public name has one."""

import doctest
import importlib
import inspect
import pkgutil
from importlib.util import find_spec

import pytest

import circuitalg as ca

MADE = {
    "CPFamily",
    "Checked",
    "Claim",
    "Landscape",
    "RACFamily",
    "Session",
    "TTFamily",
    "Theorem",
    "TreeFamily",
    "TruncatedFamily",
}
"""Classes whose objects other functions make, as their examples show."""
NEEDS = {"to_torch": "torch", "to_jax": "jax"}
MODULES = [
    found.name
    for found in pkgutil.walk_packages(ca.__path__, "circuitalg.")
    if not found.name.startswith(("circuitalg.checker", "circuitalg.__main__"))
]
EXAMPLES = {
    test.name: test
    for name in MODULES
    if name != "circuitalg.learning.module" or find_spec("torch")  # a class of PyTorch's
    for test in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name))
    if test.examples
}
PUBLIC = {
    name: value
    for name in set(ca.__all__) - MADE
    if not inspect.ismodule(value := getattr(ca, name))
    and not (inspect.isclass(value) and issubclass(value, Exception))
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_prints_what_it_says(name, tmp_path, monkeypatch):
    """Each runs alone, with the names of its module, in a folder of its own.

    Sentences are broken into lines where it suits the page.
    """
    monkeypatch.chdir(tmp_path)
    needed = NEEDS.get(name.rpartition(".")[2])
    if needed and not find_spec(needed):
        pytest.skip(f"not installed: {needed}")
    told = []
    failed, _ = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(
        EXAMPLES[name], out=told.append
    )
    assert not failed, "".join(told)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_name_is_explained(name):
    """What it is, an example, and of a function its parameters and what it raises."""
    text = inspect.getdoc(PUBLIC[name]) or ""
    assert ">>> " in text
    if inspect.isfunction(PUBLIC[name]):
        takes = bool(inspect.signature(PUBLIC[name]).parameters)
        for section in ["Parameters"] * takes + ["Raises"] * name.startswith("prove_"):
            assert f"{section}\n{'-' * len(section)}\n" in text


def test_options_are_given_by_name():
    """Output, space, ``max_minor`` and ``timeout`` are keywords; a bipartition is called so."""
    functions = {name: each for name, each in PUBLIC.items() if inspect.isfunction(each)}
    for name, function in functions.items():
        if name.startswith(("prove_", "estimate_", "minimal_")):
            for option, parameter in inspect.signature(function).parameters.items():
                assert option != "partition", name
                if option in ("output", "space", "max_minor", "timeout"):
                    assert parameter.kind is parameter.KEYWORD_ONLY, f"{name}: {option}"
