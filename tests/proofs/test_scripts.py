"""What all proof scripts have in common."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import circuitalg as ca
from circuitalg.run.session import UNCERTIFIED

PROOFS = Path(__file__).resolve().parents[2] / "proofs"
STATEMENTS = PROOFS.parent / "docs" / "statements.md"
SMALL = {
    "theorem_1": ["--locations", "4", "--dim", "2", "--widths", "2"],
    "corollary_2_coefficients": ["--locations", "4", "--dim", "2", "--widths", "2"],
    "theorem_3": ["--locations", "8"],
    "pooling_geometry": ["--locations", "16"],
    "tensor_train_vs_cp": ["--modes", "4"],
    "recurrent_memory": ["--times", "4"],
    "for_all_sizes": [],
    "claim_product_functions": ["--count", "2"],
    "corollary_2_functions": ["--locations", "4"],
    "corollary_4_functions": ["--locations", "4"],
    "lemma_7": ["--locations", "4"],
    "minimal_ht": ["--modes", "4"],
    "cp_rank": ["--modes", "3"],
    "log_space_accuracy": ["--locations", "4", "16"],
    "mex_identities": ["--values", "2"],
    "ht_contains_cp": ["--locations", "4"],
    "shared_symmetry": ["--locations", "4"],
    "equations_1_to_5": ["--locations", "2"],
    "lemma_5": ["--dim", "2", "--width", "3"],
    "lemma_6": ["--widths", "1", "2"],
    "measure_and_matricization": ["--dims", "2"],
    "cp_model_facts": ["--locations", "4"],
    "price_of_depth": ["--locations", "8"],
    "log_space_simnets": ["--locations", "4"],
    "non_negative_networks": ["--locations", "4", "--dim", "2", "--widths", "2"],
    "marginalization": ["--locations", "4"],
    "mixed_decompositions": ["--group", "2", "--channels", "4"],
    "hackbusch_conjecture": ["--levels", "2"],
    "universality": ["--locations", "2", "4", "--dim", "2"],
}


def test_the_page_of_statements_has_every_script_and_no_other():
    """A new or a removed script needs a new docs/statements.md, which its first lines say how."""
    page = STATEMENTS.read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")][2:]
    assert {row[2].strip("`").removesuffix(".py") for row in rows} == set(SMALL)


def test_every_script_has_small_sizes_here():
    """A new proof script must join these tests."""
    assert {path.stem for path in PROOFS.glob("[!_]*.py")} == set(SMALL)


NAMESPACES = {"circuitalg", *(f"circuitalg.{name}" for name in ("forall", "representation"))}


def test_scripts_and_pages_use_public_names_alone():
    """What they import is circuitalg, or one of its namespaces of formulas and functions."""
    docs = PROOFS.parent / "docs"
    pages = [PROOFS.parent / "README.md", *docs.rglob("*.md"), *docs.rglob("examples/*.py")]
    found = {
        line[1]
        for file in [*PROOFS.glob("*.py"), *pages]
        for line in re.finditer(
            r"^\s*(?:from|import) (circuitalg[\w.]*)",
            file.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    }
    assert "circuitalg" in found
    assert found <= NAMESPACES


@pytest.mark.parametrize("name", ["equations_1_to_5", "lemma_5", "theorem_1"])
def test_a_script_runs_alone(name, tmp_path):
    """``python proofs/NAME.py`` with sizes: exit status 0, and a line for each claim."""
    command = [sys.executable, str(PROOFS / f"{name}.py"), *SMALL[name]]
    options = ["--certificates", str(tmp_path / "certificates")]
    done = subprocess.run(command + options, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout
    assert not done.stderr


def test_every_script_runs_where_it_is_started():
    """What a script does when it is a program is to call the `main` that tests call."""
    for name in SMALL:
        text = (PROOFS / f"{name}.py").read_text(encoding="utf-8")
        assert text.endswith('\n\nif __name__ == "__main__":\n    main()\n'), name


@pytest.mark.parametrize("name", SMALL)
def test_what_a_script_proves_is_checked(name, script, run):
    """With small sizes: exit status 0, every theorem checked.

    docs/statements.md has a row with each claim's words, source, script and grade.
    """
    ran = run(script(name), *SMALL[name])
    assert ran.status == 0, ran.errors
    claims = ran.results
    assert claims
    assert not any(line["error"] for line in claims)
    proved = [line for line in claims if line["grade"] not in UNCERTIFIED]
    assert all(line["checked"] and Path(line["certificate"]).exists() for line in proved)
    assert not any(line["checked"] for line in claims if line not in proved)
    page = STATEMENTS.read_text(encoding="utf-8")
    for line in claims:
        words = re.sub(r" \(.*\)$", "", line["statement"]).replace("|", "\\|")
        assert f"| {words} | {line['source']} | `{name}.py` | {line['grade']}" in page


@pytest.mark.parametrize("name", SMALL)
def test_a_script_says_what_it_proves(name, script):
    """Its docstring has the statement, its source, the sizes, and what is false nearby."""
    text = script(name).__doc__
    for part in ("\nStatement. ", "\nSource: ", "\nSizes. ", "\nNearby and false. ", "arXiv"):
        assert part in text


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("theorem_1", ["--locations", "12", "--dim", "2", "--widths", "2"], "power"),
        ("corollary_2_coefficients", ["--locations", "12"], "power"),
        ("theorem_3", ["--locations", "8", "--levels", "3"], "is not above L2"),
        ("tensor_train_vs_cp", ["--modes", "5"], "even number of modes"),
        ("recurrent_memory", ["--times", "5"], "even number of times"),
        ("pooling_geometry", ["--locations", "60"], "60 locations are not 4^L"),
        ("pooling_geometry", ["--locations", "8"], "8 locations are not 4^L"),
        ("pooling_geometry", ["--locations", "4", "--widths", "2", "3"], "only 1 levels"),
        ("theorem_1", ["--locations", "4", "--widths", "2", "2", "9"], "only 2 levels"),
        ("corollary_2_coefficients", ["--locations", "4", "--widths", "2", "2", "9"], "only 2"),
        ("non_negative_networks", ["--locations", "4", "--widths", "2", "2", "9"], "only 2"),
        ("lemma_7", ["--locations", "5"], "5 locations do not fall into pairs"),
        ("price_of_depth", ["--locations", "2"], "made no claim"),
    ],
)
def test_sizes_outside_the_statement_are_not_proved(name, arguments, reason, script, run):
    """They give a reason and exit status 1, not a theorem."""
    ran = run(script(name), *arguments)
    assert ran.status == 1
    assert any(reason in error for error in ran.errors)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("theorem_3", ["--levels", "0"]),
        ("theorem_3", ["--levels", "-1"]),
        ("lemma_7", ["--locations", "-1"]),
        ("mex_identities", ["--values", "0"]),
        ("measure_and_matricization", ["--dims", "2", "0"]),
        ("pooling_geometry", ["--locations", "four"]),
    ],
)
def test_what_is_no_size_is_wrong_usage(name, arguments, script, tmp_path, capsys):
    """Numbers below 1 end a script with status 2, before it claims anything."""
    with pytest.raises(SystemExit) as ended:
        script(name).main(["--certificates", str(tmp_path), *arguments])
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert arguments[0] in printed.err
    assert not printed.out


@pytest.mark.parametrize("name", ["price_of_depth", "log_space_accuracy"])
def test_a_place_for_a_picture_is_checked_before_the_proofs(name, script, run, tmp_path):
    """A folder, another suffix, and a circuit's file."""
    ca.cp_model(2, 2, 2).save(tmp_path / "net.json")
    (tmp_path / "net.svg").symlink_to("net.json")
    (tmp_path / "folder.svg").mkdir()
    for place in ("folder.svg", "picture.gif", "net.svg"):
        ran = run(script(name), *SMALL[name], "--plot", tmp_path / place)
        assert ran.status == 1
        assert [place in error for error in ran.errors] == [True]
        assert len(ran.results) == 1
