"""A short campaign of altered certificates, the same every time; the long one is a command."""

import json
import random
from collections import Counter

import pytest
from brute import expect
from certificates import genuine
from certificates.alter import put

from circuitalg.kernel.rank import upper
from circuitalg.kernel.same import simulation
from circuitalg.strategies.alterations import altered
from circuitalg.strategies.certificates import STATEMENTS
from soundness import campaign, random_proofs, readers
from soundness.readers import BAD, CONFIRMED, DISAGREE, FALSEHOOD, FAULT, REFUSED

pytestmark = pytest.mark.soundness

SHORT = 1875


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of some hundred certificates."""
    monkeypatch.setattr(campaign, "BLOCK", 625)
    monkeypatch.setattr(campaign, "DRAWN", 10)


def test_a_short_campaign_finds_nothing_false(tmp_path):
    """Both readers say the same to every certificate, and nothing that they accept is false."""
    counts = campaign.campaign(SHORT, 1, 7, STATEMENTS, tmp_path)
    words = Counter()
    for name, count in counts.items():
        words[name.split("/")[1]] += count
    expect(sum(words.values()), SHORT, "certificates")
    expect([(word, words[word]) for word in BAD], [(word, 0) for word in BAD], "what is bad")
    expect(min(words[REFUSED], words[CONFIRMED]) > SHORT // 20, True, f"some of each: {words}")
    kinds = {name.split("/")[0] for name in counts}
    expect(kinds, {*STATEMENTS, campaign.RANDOM}, "kinds of certificates")


def test_a_campaign_goes_on_where_it_was(tmp_path, monkeypatch, capsys):
    """Blocks that the folder has are not made again, and the table is the same."""
    first = campaign.campaign(1250, 1, 3, ("Multilinear",), tmp_path)
    monkeypatch.setattr(campaign, "run_block", lambda *_: pytest.fail("a block made again"))
    again = campaign.campaign(1250, 1, 3, ("Multilinear",), tmp_path)
    expect(again, first, "counts")
    expect(len((tmp_path / "blocks.jsonl").read_text().splitlines()), 2, "blocks")
    capsys.readouterr()


def test_the_same_seed_makes_the_same_certificates():
    """And another seed others."""

    def texts(seed):
        made = campaign.block(0, seed, ("RankAt",))
        return [json.dumps(next(made))] + [json.dumps(made.send("")) for _ in range(60)]

    expect(texts(1) == texts(1), True, "the same")
    expect(texts(1) == texts(2), False, "the same with another seed")


def lie(whose, change):
    """A false statement of the table."""
    data = genuine(whose)
    change(data)
    return data


LIES = {
    "minor": put("st/lower", 10, "st/upper", 10),
    "far": put("st/squared_distance", 10**15),
    "symmetric": put("st/generators/0", [0, 2, 1, 3]),
    "for all": put("st/claim/bound", 10**6),
}


@pytest.mark.parametrize("whose", LIES)
def test_readers_that_believe_everything_are_caught(whose, monkeypatch):
    """Were a false statement accepted by both, or by one, the campaign would say so."""
    data = lie(whose, LIES[whose])
    expect(readers.examined(data).word, REFUSED)
    yes = readers.Answer("0" * 64, "")
    for name in ("ask_kernel", "ask_checker"):
        monkeypatch.setattr(readers, name, lambda _: yes)
        expect(readers.examined(data).word, FALSEHOOD, name)


def test_readers_that_differ_are_caught(monkeypatch):
    """One that refuses what is true, or names it by another digest, or fails."""
    data = genuine("minor")
    expect(readers.examined(data).word, CONFIRMED)
    for answer in (readers.Answer(None, "no"), readers.Answer("0" * 64, "")):
        monkeypatch.setattr(readers, "ask_checker", lambda _, answer=answer: answer)
        expect(readers.examined(data).word, DISAGREE)

    def fails(_):
        raise readers.Fault("StopIteration")

    monkeypatch.setattr(readers, "ask_checker", fails)
    expect(readers.examined(data).word, FAULT)


def test_readers_that_differ_in_their_digits_alone_are_told_apart():
    """Of a function of size 10^-200 one sees with 64 bits that its inverse is no worse than 0."""
    data = genuine("independent")
    tiny = ["/", ["exp", ["x", 0]], ["sqrt", 10**400]]
    put("st/functions", [tiny], "proof/points", [[0]], "proof/inverse", [[11]])(data)
    put("proof/bits", 64)(data)
    expect(readers.examined(data).word, readers.DIGITS)
    put("proof/bits", 4096)(data)
    expect(readers.examined(data).word, CONFIRMED)


@pytest.fixture(scope="module")
def networks():
    """Certificates whose networks random proofs are about."""
    return campaign.drawn(STATEMENTS, 7, 40) + [genuine(name) for name in campaign.table.PROVED]


def one_too_few(block, cut=upper.tied_cut):
    """A cut that forgets one."""
    return max(1, cut(block) - 1)


FORGETFUL = {
    "cut": ((upper, "tied_cut", one_too_few),),
    "symmetric power": ((upper, "comb", lambda *_: 1),),
    "selection": ((simulation, "is_selection", lambda _: True),),
}
"""Rules of the kernel that have lost a condition: what is put in which place."""


@pytest.mark.parametrize("name", FORGETFUL)
def test_random_proofs_show_a_rule_that_forgets_a_condition(name, networks, monkeypatch):
    """Such a kernel accepts something false before long, and brute force says so."""
    for whose, what, instead in FORGETFUL[name]:
        monkeypatch.setattr(whose, what, instead)
    make = random_proofs.wrapped_proof if name == "selection" else random_proofs.rank_proof
    draw = random.Random(3)
    for _ in range(500):
        proof = make(draw, draw.choice(networks))
        if proof is not None and readers.examined(proof).word == FALSEHOOD:
            return
    pytest.fail("nothing false was accepted")


def test_what_is_bad_is_kept_and_the_command_says_so(tmp_path, monkeypatch, capsys):
    """Exit status 1, a file with the certificate, and one with what the readers said."""
    monkeypatch.setattr(readers, "ask_checker", lambda _: readers.Answer("0" * 64, ""))
    given = ["--mutants", "625", "--kinds", "Multilinear", "--folder", str(tmp_path)]
    expect(campaign.main(given), 1, "exit status")
    kept = sorted(file.suffix for file in tmp_path.glob("block-0-*"))
    expect(kept[:1] + kept[-1:], [".json", ".txt"], "files")
    expect("show what is wrong" in capsys.readouterr().out, True, "the last line")


def test_alterations_leave_the_certificate_as_it_was():
    """Whatever is chosen; what is not altered is shared, and never changed."""
    data = genuine("cp")
    before = json.dumps(data)
    for number in range(300):
        choices = iter(range(number, number + 10**6, 7))
        altered(data, lambda n, choices=choices: next(choices) % n, genuine("minor"))
    expect(json.dumps(data), before, "the certificate")
