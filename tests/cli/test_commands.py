"""The commands rank, separate, draw and check: what they print, write and answer."""

import json
import subprocess
import sys

import pytest

import circuitalg as ca
from circuitalg.integers import from_json


def one_sentence(ended) -> str:
    """Demand exit status 2, nothing printed, one line of error without a trace; return it."""
    assert ended.status == 2
    assert not ended.out
    lines = ended.err.strip().splitlines()
    assert len(lines) == 1, ended.err
    assert lines[0].startswith("circuitalg: ")
    return lines[0]


def test_rank_prints_the_theorem_and_which_tactic_gave_which_side(run, net):
    """Status 0, the exact rank, and the explanation."""
    ended = run("rank", net, "--partition", "odd-even")
    assert ended.status == 0
    assert "65536" in ended.out
    assert "lower:" in ended.out
    assert "upper:" in ended.out
    assert not ended.err


def test_rank_as_json_gives_each_number_once(run, tmp_path):
    """Large numbers come as factors, since JSON readers refuse long decimals."""
    path = tmp_path / "large.json"
    ca.ht_model(1024, 4, [4] * 10, shared=True).save(path)
    found = json.loads(run("rank", path, "-p", "odd-even", "--json").out)
    assert found["lower"] == found["upper"] == [[4, 512]]
    assert from_json(found["lower"]) == 4**512
    assert found["fingerprint"] == ca.load_circuit(path).fingerprint
    assert found["certificate"] is None


def test_one_thing_has_one_name_and_one_form_in_all_json(run, tmp_path):
    """A rank of 2^64 told by rank, separate, landscape and its file; its certificate by check."""
    path, kept, proof = (tmp_path / name for name in ("net.json", "kept.jsonl", "proof.json"))
    deep = ca.ht_model(128, 2, [2] * 7, shared=True)
    deep.save(path)
    asked = ["-p", "odd-even", "--json"]
    rank = json.loads(run("rank", path, *asked, "-o", proof).out)
    separate = json.loads(run("separate", path, *asked).out)
    landscape = json.loads(run("landscape", path, *asked, "--workers", 1, "-o", kept).out)
    drawn = json.loads(run("draw", path, *asked, "-o", tmp_path / "net.svg").out)
    checked = json.loads(run("check", proof, "--json").out)
    row = landscape["rows"][0]
    assert rank["lower"] == rank["upper"] == [[2, 64]]
    assert row["lower"] == separate["needed"] == separate["paper"] == rank["lower"]
    assert json.loads(kept.read_text(encoding="utf-8").splitlines()[1]) == row
    assert from_json(row["upper"]) == 2**64
    for told in (rank, separate, landscape, drawn):
        assert told["fingerprint"] == deep.fingerprint
    for told in (rank, separate, row, drawn):
        assert told["bipartition"] == "IJ" * 64
    for told in (rank, separate, landscape):
        assert (told["output"], told["space"]) == (0, "real")
        assert told["seconds"] >= 0
    assert checked[0]["certificate"] == rank["certificate"] == str(proof)
    assert set(rank) - {"lower", "upper"} < set(separate)


def test_rank_saves_a_certificate_that_check_verifies(run, net, tmp_path):
    """The certificate is about this network, and only about this one."""
    certificate = tmp_path / "theorem.json"
    run("rank", net, "-p", "odd-even", "-o", certificate)
    ended = run("check", certificate, "--circuit", net)
    assert ended.status == 0
    assert "verified" in ended.out
    assert "65536" in ended.out
    other = tmp_path / "other.json"
    ca.ht_model(16, 4, [4, 4, 4, 5], shared=True).save(other)
    ended = run("check", certificate, "--circuit", other)
    assert ended.status == 1
    assert "NOT VERIFIED" in ended.out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("odd-even", ca.Bipartition.odd_even(16)),
        ("low-high", ca.Bipartition.low_high(16)),
        ("blocks:4", ca.Bipartition.blocks(16, 4)),
        ("random:7", ca.Bipartition.random(16, seed=7)),
        ("0,3,5", ca.Bipartition.of([0, 3, 5], 16)),
        ("5", ca.Bipartition.of([5], 16)),
    ],
)
def test_partitions_are_read_as_written(text, expected):
    """Each form of the help text gives the bipartition of that name."""
    assert ca.Bipartition.parse(text, 16) == expected


@pytest.mark.parametrize(
    "text",
    ["", "odd", "blocks", "blocks:", "blocks:x", "random:-1", "0,,3", "1.5", "16", "0,0", "²"],
)
def test_other_partitions_are_refused_in_one_sentence(run, net, text):
    """Unknown words, missing numbers, locations that do not exist or come twice."""
    one_sentence(run("rank", net, "-p", text))


def test_separate_prints_the_requirement_beside_the_papers_bound(run):
    """Theorem 1 for the README's network."""
    arguments = ["separate", "--locations", 16, "--dim", 4, "--widths", "4,4,4,4", "--shared"]
    ended = run(*arguments)
    assert ended.status == 0
    assert "needed" in ended.out
    assert "paper" in ended.out
    found = json.loads(run(*arguments, "--json").out)
    assert found["needed"] == found["paper"] == 65536


@pytest.mark.parametrize(
    ("family", "needed"), [("tt", 2), ("rac", 2), ("[[[0,2],[1,3]],[[4,6],[5,7]]]", 4)]
)
def test_separate_from_other_deep_networks(run, family, needed):
    """Trains, recurrent networks and other mode trees are named by a word, or written out."""
    common = "separate --locations 8 --dim 2 --widths 4,4,4 -p odd-even --json --family"
    assert json.loads(run(*common.split(), family).out)["needed"] == needed


def test_separate_from_truncated_networks_and_from_a_file(run, tmp_path):
    """Theorem 3's example: 16 unshared and 9 shared, where the paper's bound is 4."""
    common = "separate --locations 8 --dim 2 --widths 4,4,4 --levels 2 --partition paper --json"
    found = json.loads(run(*common.split()).out)
    assert (found["needed"], found["paper"]) == (16, 4)
    path = tmp_path / "net.json"
    ca.ht_model(8, 2, [4, 4, 4], shared=True).save(path)
    arguments = ["separate", path, "--levels", "2", "-p", "paper", "--json"]
    assert json.loads(run(*arguments).out)["needed"] == 9


@pytest.mark.parametrize(
    "arguments",
    [
        "separate",
        "separate --locations 16 --dim 4",
        "separate --locations 16 --dim 4 --widths 4,x",
        "separate --locations 15 --dim 4 --widths 4,4,4,4",
        "separate --locations 16 --dim 4 --widths 4,4,4,4 --levels 9",
        "separate --locations 16 --dim 4 --widths 4,4,4,4 --levels 2 --family tt",
        "separate --locations 16 --dim 4 --widths 4,4,4,4 --family train",
        "separate --locations 4 --dim 4 --widths 4,4 --family [[0,1],[2",
        "separate --locations 4 --dim 4 --widths 4,4 --family [[0,1],[2,2]]",
        "separate --locations 16 --dim 4 --widths 4,4,4,4 --levels 2 -p odd-even",
    ],
)
def test_wrong_sizes_are_one_sentence(run, arguments):
    """Exit status 2, one line on standard error, nothing on standard output."""
    one_sentence(run(*arguments.split()))


def test_check_answers_1_for_an_altered_certificate(run, net, tmp_path):
    """A larger lower bound is not verified; the good one beside it is."""
    run("rank", net, "-p", "odd-even", "-o", tmp_path / "c" / "good.json")
    data = json.loads((tmp_path / "c" / "good.json").read_text())
    data["theorems"][-1]["statement"]["lower"] = 65537
    (tmp_path / "c" / "bad.json").write_text(json.dumps(data))
    ended = run("check", tmp_path / "c", "--json")
    assert ended.status == 1
    verdicts = {
        row["certificate"].rpartition("/")[2]: row["verdict"] for row in json.loads(ended.out)
    }
    assert verdicts == {"bad.json": "not verified", "good.json": "verified"}


def test_the_command_passes_on_what_is_demanded(run, net, tmp_path):
    """``--rests-on``, ``--expect`` and ``--json``."""
    path = tmp_path / "theorem.json"
    run("rank", net, "-p", "odd-even", "-o", path)
    ended = run("check", path, "--rests-on", "linear-algebra", "--json")
    (row,) = json.loads(ended.out)
    assert (ended.status, row["verdict"], row["kind"]) == (0, "verified", "GenericRank")
    assert run("check", path, "--expect", row["statement_sha256"]).status == 0
    assert run("check", path, "--expect", "0" * 64).status == 1


def test_the_checker_as_one_file_needs_nothing_but_python(run, net, tmp_path):
    """``python -I -S checker.pyz FILE`` verifies, and refuses what it must."""
    path = tmp_path / "theorem.json"
    run("rank", net, "-p", "odd-even", "-o", path)
    program = tmp_path / "checker.pyz"
    assert run("checker", "--out", program).status == 0
    command = [sys.executable, "-I", "-S", str(program)]
    done = subprocess.run([*command, str(path)], capture_output=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout[:20]) == (0, b"Verified: GenericRan")
    path.write_text(path.read_text().replace('"lower":65536,', '"lower":65537,'))
    done = subprocess.run([*command, str(path)], capture_output=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr[:13]) == (1, b"Not verified:")
    ended = run("checker", "--out", path)
    assert ended.status == 2
    assert "would destroy" in ended.err


def test_draw_writes_a_picture_with_the_cut(run, net, tmp_path):
    """The suffix chooses the format; with a bipartition the cut's nodes are reported."""
    picture = tmp_path / "net.svg"
    found = json.loads(run("draw", net, "-o", picture, "-p", "odd-even", "--json").out)
    assert picture.read_bytes().startswith(b"<?xml")
    assert len(found["cut"]) == 8
    assert run("draw", net, "-o", tmp_path / "net.png").status == 0
    one_sentence(run("draw", net, "-o", tmp_path / "net.gif"))


def test_draw_without_a_tree_says_that_there_is_no_cut(run, tmp_path):
    """The picture is made all the same."""
    path = tmp_path / "rac.json"
    ca.rac_model(4, 2, width=2, layers=2).save(path)
    ended = run("draw", path, "-o", tmp_path / "rac.svg", "-p", "low-high")
    assert ended.status == 0
    assert "tree" in ended.err
    assert (tmp_path / "rac.svg").exists()


@pytest.mark.parametrize("arguments", [[], ["--help"], ["rank", "--help"], ["--version"]])
def test_help_and_version(run, arguments):
    """They print on standard output."""
    ended = run(*arguments)
    assert ended.status == (0 if arguments else 2)
    assert "circuitalg" in ended.out + ended.err


@pytest.mark.parametrize("arguments", [["foo"], ["rank"], ["rank", "x", "-p", "y", "--no-such"]])
def test_wrong_usage_ends_with_2(run, arguments):
    """An unknown command, a missing argument, an unknown option."""
    assert run(*arguments).status == 2


def test_the_program_runs_as_a_module_in_an_ascii_pipe(net):
    """A pipe that cannot show ⟦A⟧ gets question marks, not a trace."""
    command = [sys.executable, "-m", "circuitalg", "rank", str(net), "-p", "odd-even"]
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path), "PATH": ""},
    )
    assert done.returncode == 0, done.stderr
    assert b"65536" in done.stdout
    assert not done.stderr
