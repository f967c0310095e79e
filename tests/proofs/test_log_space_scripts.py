"""log_space_simnets.py, non_negative_networks.py and marginalization.py, and false neighbours."""

import brute
import numpy as np
import pytest

import circuitalg as ca
from circuitalg.errors import RuleError


def test_every_mode_is_proved(script, run, monkeypatch):
    """A tensor train and a mixture of branches, four modes each."""
    module = script("log_space_simnets")
    train = ("tensor train", ca.tt_model(4, 2, 3))
    monkeypatch.setattr(module, "networks", lambda locations, dim, width: [train])
    ran = run(module, "--locations", 4)
    assert ran.status == 0
    assert len(ran.results) == 2 * len(module.MODES)
    assert {words.partition("beta = ")[2] for words in ran.proved} == {"1", "2", "-1/3"}
    assert all(result["kind"] == "LogSpaceEquivalent" for result in ran.results)


def test_without_log_n_each_level_loses_a_factor():
    """Averages at offsets log w: the network of L levels divided by the product of its n."""
    circuit = ca.ht_model(4, 2, [3, 3])
    weights = {name: np.full(shape, 2.0) for name, shape in circuit.parameters.items()}
    wrong = {name: np.log(table) for name, table in weights.items()}
    x = np.zeros((1, 4, 2))
    simnet = circuit.to_simnet(weights, mean=True)
    lost = simnet.evaluate(x) - simnet.evaluate(x, wrong)
    np.testing.assert_allclose(lost, [[np.log(2.0**4 * 3.0**2 * 3)]], rtol=1e-13)


@pytest.mark.parametrize("kind", ["nonnegative", "simplex"])
@pytest.mark.parametrize("shared", [False, True])
def test_ranks_without_signs_are_those_of_explicit_tensors(kind, shared):
    """At random weights of the space the explicit tensor has the proved rank."""
    deep = ca.ht_model(8, 2, [3, 4, 2], shared=shared)
    parts = ca.Bipartition.odd_even(8)
    proved = ca.prove_rank(deep, parts, space=kind).statement
    tensor = deep.coefficient_tensor(deep.random_weights(seed=5, kind=kind))
    residues = np.vectorize(brute.residue, otypes=[object])(tensor)
    assert brute.rank(brute.matricized(residues, parts.I)) == proved.lower == proved.upper


@pytest.fixture
def ranks_alone(script, monkeypatch):
    """The script without what is slow and tried elsewhere."""
    module = script("non_negative_networks")
    monkeypatch.setattr(module, "truncated", lambda *arguments: None)
    monkeypatch.setattr(module, "universal_networks", list)
    return module


def test_the_numbers_of_the_script(ranks_alone, run):
    """One rank over three spaces, and the CP model needs as many channels."""
    ran = run(ranks_alone, "--locations", 8, "--dim", 2, "--widths", 4)
    assert ran.status == 0
    ranks = [words for words in ran.proved if words.startswith("rank")]
    assert ranks == ["rank = 16"] * 6
    needed = [words for words in ran.proved if words.startswith("width >=")]
    assert needed == ["width >= 16"] * 6


def test_sharing_above_unshared_levels_has_no_simplex_form(ranks_alone, run, monkeypatch):
    """Weights from simplices are not proved; what fails is about them alone."""
    bad = ca.ht_model(8, 2, [2, 2, 2], shared=[False, True, False])
    monkeypatch.setattr(ranks_alone, "network", lambda case, shared: ("bad", bad))
    monkeypatch.setattr(ranks_alone, "shallow", lambda *arguments: None)
    ran = run(ranks_alone, "--locations", 8)
    assert ran.status == 1
    failed = [result for result in ran.results if result["error"]]
    assert any("weights from simplices" in result["statement"] for result in failed)
    assert all("simpl" in result["sizes"] + result["statement"] for result in failed)
    with pytest.raises(RuleError, match="different factors"):
        ca.prove_simplex_form(bad)


def test_a_wrong_marginal_is_complained_about(script, run, monkeypatch):
    """With zeros in place of ones the sums differ, and the script says where."""
    module = script("marginalization")
    assert run(module, "--locations", 4).status == 0
    monkeypatch.setattr(ca, "marginalize", lambda circuit, x, missing: zeroed(x, missing))
    ran = run(module, "--locations", 4)
    assert ran.status == 1
    assert len(ran.errors) == 4
    assert all("the sum over (0,) differs" in error for error in ran.errors)


def zeroed(x, missing):
    """Zeros at the missing locations."""
    x = x.copy()
    x[:, list(missing)] = 0
    return x
