"""The harness of proof scripts: what a claim demands, names and records."""

import json
from fractions import Fraction

import pytest

import circuitalg as ca
from circuitalg.errors import NotProved


@pytest.fixture
def session(tmp_path):
    """A session that records into a file."""
    return ca.Session("script", tmp_path / "c", tmp_path / "results.jsonl")


@pytest.fixture
def question():
    """A small network and a bipartition."""
    return ca.ht_model(4, 2, [2, 2]), ca.Bipartition.odd_even(4)


def test_a_claim_records_its_start_and_its_result(session, question, tmp_path):
    """Two JSON lines: what is being proved, and what was."""
    with session.claim("rank", sizes="N=4") as claim:
        claim.prove(question, lambda: ca.prove_rank(*question))
    started, result = map(json.loads, (tmp_path / "results.jsonl").read_text().splitlines())
    assert started == {"started": "rank", "sizes": "N=4"}
    assert (result["result"], result["grade"]) == ("rank = 4", "theorem")
    assert result["checked"]
    assert session.exit_status == 0


def test_a_separation_has_what_is_needed_and_no_upper_side(session, question):
    """Its number is a requirement, not an interval."""
    with session.claim("separation") as claim:
        claim.prove(
            (question[0], ca.cp_family()),
            lambda: ca.prove_separation(question[0], ca.cp_family()),
        )
    assert session.done[0].result == "width >= 4"


def test_what_has_no_certificate_says_what_it_is(session):
    """An exact computation and a citation hold, but neither counts as checked."""
    with session.claim("2 + 2", source="arithmetic") as claim:
        claim.expect(2 + 2 == 4, "the sum is wrong")
        claim.computed("4", "addition")
    session.cite("Gaussians are total", "eq. 7", "Girosi and Poggio 1990")
    assert [result.grade for result in session.done] == ["exact computation", "cited"]
    assert [result.checked for result in session.done] == [False, False]
    assert session.exit_status == 0


def test_a_computation_that_refutes_is_not_proved(session):
    """Its error makes the script fail, whatever was computed before."""
    with session.claim("2 + 2 = 5") as claim:
        claim.computed("4", "addition")
        claim.expect(2 + 2 == 5, "the sum is 4")
    assert not session.done[0].holds
    assert session.exit_status == 1


def test_what_is_not_proved_is_a_result_and_the_script_goes_on(session, question):
    """An error of ours ends the claim, not the script."""

    def fail():
        raise NotProved("no tactic\nfound a proof")

    with session.claim("first") as claim:
        claim.prove(question, fail)
    with session.claim("second") as claim:
        claim.expect(holds=False, what="one is two")
    with session.claim("third"):
        pass
    errors = [result.error for result in session.done]
    assert errors[0] == "no tactic found a proof"
    assert "one is two" in errors[1]
    assert "nothing" in errors[2]
    assert session.exit_status == 1


def test_other_exceptions_are_recorded_and_raised(session):
    """A mistake in a script is not taken for a claim that does not hold."""
    with pytest.raises(ZeroDivisionError), session.claim("broken"):
        1 / 0  # noqa: B018
    assert "division" in session.done[0].error


def test_a_certificate_that_the_checker_refuses_is_no_proof(session, question, monkeypatch):
    """The checker has the last word."""

    def refuse(path):
        raise ca.CertificateError("the checker says no")

    monkeypatch.setattr("circuitalg.run.session.check", refuse)
    with session.claim("rank") as claim:
        claim.prove(question, lambda: ca.prove_rank(*question))
    assert not session.done[0].holds
    assert "says no" in session.done[0].error


def test_questions_that_differ_have_certificates_of_their_own(session, question):
    """Circuit, bipartition, numbers and the statement all count."""
    circuit, parts = question
    other = ca.ht_model(4, 2, [2, 3])
    questions = [
        (circuit, parts),
        (other, parts),
        (circuit, ca.Bipartition.low_high(4)),
        (circuit, parts, 1),
        (circuit, parts, Fraction(1, 2)),
        (circuit, parts, ca.cp_family()),
        (circuit, parts, ca.truncated_family(1)),
        "text",
    ]
    claim = session.claim("rank")
    names = [claim._path(asked) for asked in questions]
    names.append(session.claim("another")._path(questions[0]))
    assert len(set(names)) == len(names)
    assert claim._path((ca.ht_model(4, 2, [2, 2]), parts)) == names[0]


def test_a_question_of_an_object_without_a_stable_name_is_refused(session):
    """Its certificate could never be found again."""
    with pytest.raises(TypeError, match="a question names"):
        session.claim("rank")._path((object(),))


def test_a_script_takes_its_sizes_from_the_command_line(tmp_path):
    """Lists take several values, booleans a switch, numbers and words one."""
    sizes = {"locations": [4, 16], "dim": 4, "shared": True, "kind": "real", "max_minor": 400}
    session = ca.Session.from_arguments(
        None, sizes, ["--locations", "8", "--no-shared", "--dim", "3"]
    )
    assert session.sizes == {
        "locations": [8],
        "dim": 3,
        "shared": False,
        "kind": "real",
        "max_minor": 400,
    }
    assert ca.Session.from_arguments(None, sizes, []).sizes == sizes
    with pytest.raises(SystemExit):
        ca.Session.from_arguments(None, sizes, ["--dim", "x"])


def test_leaving_the_session_ends_the_script(session, tmp_path):
    """Status 0 when all holds, 130 after Ctrl-C; a fault outside a claim is the script's own."""
    with pytest.raises(SystemExit) as ended, session:
        session.cite("statement", "source", "authors")
    assert ended.value.code == 0
    with pytest.raises(SystemExit) as ended, session:
        raise KeyboardInterrupt
    assert ended.value.code == 130
    with pytest.raises(ZeroDivisionError), session:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ("N=5 M=2", "the claim says N=5, but the theorem's network has 4 locations"),
        ("T=16", "the claim says T=16, but the theorem's network has 4 locations"),
        ("N=4 M=3", "the claim says M=3, but the theorem's network has 2 as dimension"),
        ("N=4 M=2", ""),
        ("widths 2 2, L2=7", ""),
    ],
)
def test_a_claim_records_the_sizes_of_its_own_theorem(sizes, words, session, question):
    """Where N, T, d or M, n are said, the theorem's network has them; else nothing is proved."""
    with session.claim("rank", sizes) as claim:
        claim.prove(question, lambda: ca.prove_rank(*question))
    (result,) = session.done
    assert result.error == words
    assert result.holds == (not words)


def test_a_script_without_a_claim_fails(capsys):
    """It proves nothing, and says so."""
    with pytest.raises(SystemExit) as ended, ca.Session("script"):
        pass
    assert ended.value.code == 1
    assert "made no claim" in capsys.readouterr().out


def test_an_error_before_a_claim_is_a_sentence(capsys):
    """Not a trace: sizes are often read before a claim is opened."""
    with pytest.raises(SystemExit) as ended, ca.Session("script"):
        ca.ht_model(6, 2, [2, 2])
    assert ended.value.code == 1
    assert capsys.readouterr().out.startswith("script: NOT PROVED: 6 locations")


def test_places_of_a_script_are_checked_first(tmp_path, capsys):
    """Results are not appended to a circuit, and certificates need a folder."""
    net = tmp_path / "net.json"
    ca.cp_model(2, 2, 2).save(net)
    before = net.read_bytes()
    folder = ["--certificates", str(tmp_path / "c")]
    for options in (["--certificates", str(net)], [*folder, "--results", str(net)]):
        with pytest.raises(SystemExit) as ended:
            ca.Session.from_arguments("", {}, options)
        assert ended.value.code == 2
        assert str(net) in capsys.readouterr().err
    assert net.read_bytes() == before
