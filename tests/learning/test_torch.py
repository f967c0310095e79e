"""Networks as PyTorch modules: values, gradients, spaces, weights there and back, training."""

import copy
import pickle

import numpy as np
import pytest
from trained_networks import NETWORKS, inputs, logarithm, simnets, weights

import circuitalg as ca
from circuitalg.errors import ArgumentError, OptionError, StructureError, WeightError
from circuitalg.logspace.similarity import Similarity

torch = pytest.importorskip("torch", reason='PyTorch is not installed: pip install ".[torch]"')
MODES = [
    ("real", False),
    ("nonnegative", False),
    ("nonnegative", True),
    ("simplex", False),
    ("simplex", True),
]


def tensors(x):
    """One array or several, as torch's."""
    return torch.tensor(x) if isinstance(x, np.ndarray) else [torch.tensor(table) for table in x]


def module(network, *arguments, **options):
    """In float64, in which values are compared."""
    return ca.to_torch(network, *arguments, dtype=torch.float64, **options)


def values(network, x):
    """Its outputs as a NumPy array."""
    return network(tensors(x)).detach().numpy()


def finite_gradients(network):
    """Whether every parameter has a gradient without NaN and infinities."""
    return all(p.grad is not None and bool(torch.isfinite(p.grad).all())
               for p in network.parameters())  # fmt: skip


@pytest.mark.parametrize(("space", "log"), MODES)
@pytest.mark.parametrize("name", NETWORKS)
def test_it_computes_what_numpy_computes(name, space, log):
    """From given weights and from random ones, which come back as they went in."""
    circuit, x = NETWORKS[name], inputs(NETWORKS[name])
    given = weights(circuit, space)
    for network in (module(circuit, given, space=space, log=log), module(circuit, space=space)):
        own = network.weights()
        expected = circuit.evaluate(own, x)
        if network.log:
            expected = logarithm(expected)
        found = values(network, logarithm(x) if network.log else x)
        assert np.allclose(found, expected, rtol=1e-11, atol=1e-12)
    back = module(circuit, given, space=space, log=log).weights()
    assert back.keys() == given.keys()
    assert all(np.allclose(back[key], given[key], rtol=1e-14, atol=0) for key in given)


@pytest.mark.parametrize(("space", "log"), MODES)
@pytest.mark.parametrize("name", ["HT", "tree with ties", "mixture"])
def test_gradients_are_those_of_finite_differences(name, space, log):
    """For parameters and inputs alike (torch's gradcheck)."""
    circuit = NETWORKS[name]
    network = module(circuit, space=space, log=log, seed=4)
    x = tensors(logarithm(inputs(circuit, batch=2)) if log else inputs(circuit, batch=2))
    listed = [x] if isinstance(x, torch.Tensor) else x
    for table in listed:
        table.requires_grad_()
    names, tables = zip(*network.named_parameters(), strict=True)

    def outputs(*arrays):
        given = dict(zip(names, arrays[: len(names)], strict=True))
        rest = arrays[len(names) :]
        return torch.func.functional_call(
            network, given, (rest[0] if isinstance(x, torch.Tensor) else list(rest),)
        )

    leaves = [table.detach().clone().requires_grad_() for table in tables]
    assert torch.autograd.gradcheck(outputs, (*leaves, *listed), atol=1e-6)


@pytest.mark.parametrize("space", ["nonnegative", "simplex"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_log_zero_gives_no_nan(space, dtype):
    """Zero weights, inputs log 0, a location with nothing else: exact values, finite gradients."""
    circuit = ca.ht_model(4, 2, [2, 2], outputs=2)
    given = {
        name: np.array([[0.0, 1.0], [1.0, 0.0]]) if name == "a0.0" else np.full(shape, 0.5)
        for name, shape in circuit.parameters.items()
    }
    network = ca.to_torch(circuit, given, space=space, dtype=dtype)
    x = np.ones((4, 4, 2))
    x[1, 0, 1] = x[2, 3, :] = 0
    x[3, 1, 0] = 1e-300
    expected = logarithm(circuit.evaluate(given, x))
    logs = torch.tensor(logarithm(x), dtype=dtype, requires_grad=True)
    found = network(logs)
    assert np.allclose(found.detach().numpy(), expected, rtol=1e-6)
    assert torch.isneginf(found).any()
    torch.where(torch.isfinite(found), found, 0).sum().backward()
    assert finite_gradients(network)
    assert torch.isfinite(logs.grad).all()


def test_products_with_zeros_have_their_gradients():
    """Of 5 factors two are 0, then one: only the one has a gradient, the product of the others."""
    network = module(ca.cp_model(5, 1, 1), {f"a0.{i}": np.ones((1, 1)) for i in range(5)}
                     | {"out": np.ones((1, 1))})  # fmt: skip
    x = torch.tensor([[2.0, 0, 3, 0, 5], [2, 7, 3, 0, 5]], dtype=torch.float64)[..., None]
    x.requires_grad_()
    network(x).sum().backward()
    assert x.grad[..., 0].tolist() == [[0, 0, 0, 0, 0], [0, 0, 0, 210, 0]]


def test_a_module_is_copied_and_stored_whole():
    """A deep copy and a pickled one compute the same, in another precision too, and go on alone."""
    circuit = ca.tree_model(ca.ModeTree.random(9, seed=3), 2, 3)
    for network in (module(circuit), module(ca.tt_model(5, 2, 2), space="simplex")):
        x = torch.rand(3, len(network._prepared.structure.dims), 2).double()
        expected = network(x).detach()
        stored = pickle.dumps(network)
        for other in (copy.deepcopy(network), pickle.loads(stored)):  # noqa: S301 - our own
            assert torch.equal(other(x), expected)
            assert torch.allclose(other.float()(x.float()).double(), expected, rtol=1e-4)
            with torch.no_grad():
                for table in other.parameters():
                    table.zero_()
        assert torch.equal(network(x), expected)


def test_an_underflow_in_float32_is_repaired_with_its_gradient():
    """The only channel with a weight lies e^-200 below the largest: float32's exp gives 0."""
    net = ca.cp_model(2, 2, 1)
    given = {"a0.0": np.array([[0.0, 1.0]]), "a0.1": np.ones((1, 2)), "out": np.ones((1, 1))}
    network = ca.to_torch(net, given, space="nonnegative")
    x = torch.tensor([[[0.0, -200.0], [0.0, -1000.0]]], requires_grad=True)
    found = network(x)
    found.sum().backward()
    assert found.item() == -200
    assert x.grad.tolist() == [[[0, 1], [1, 0]]]


@pytest.mark.parametrize("name", simnets())
def test_simnets_keep_their_values(name):
    """Any β and averages; the trained SimNet comes back whole."""
    net = simnets()[name]
    network = module(net, seed=2)
    x = np.random.default_rng(3).normal(size=(5, len(net.dims), 3))
    assert np.allclose(values(network, x), net.evaluate(x, network.offsets()), rtol=1e-12)
    assert np.allclose(values(network, x), network.to_simnet().evaluate(x), rtol=1e-12)


def test_a_simplex_of_offsets_is_one_of_weights():
    """Averages and β included; weights() are those of the SimNet's circuit."""
    net = ca.ht_model(4, 3, [2, 3], outputs=2).to_simnet(mean=True)
    network = module(net, space="simplex")
    own = network.weights()
    assert all(np.allclose(table.sum(axis=1), 1) for table in own.values())
    x = np.random.default_rng(3).normal(size=(5, 4, 3))
    assert np.allclose(np.exp(values(network, x)), net.to_circuit().evaluate(own, np.exp(x)))
    again = module(net, network.offsets(), space="simplex")
    assert np.allclose(values(again, x), values(network, x), rtol=1e-12)
    with pytest.raises(StructureError, match="no single sum to normalise"):
        module(simnets()["several β"], space="simplex")


@pytest.mark.parametrize(
    ("kind", "normalize"),
    [("l1", False), ("l2", False), ("linear", False), ("l1", True), ("l2", True)],
)
def test_a_whole_simnet_takes_patches(kind, normalize):
    """Similarities as in NumPy, missing numbers too, with finite gradients; fixed if asked."""
    generator = np.random.default_rng(0)
    layer = Similarity(kind, generator.normal(size=(3, 2)), generator.uniform(1, 2, (3, 2)),
                       normalize=normalize)  # fmt: skip
    patches = generator.normal(size=(4, 4, 2))
    patches[0, 1, 0] = patches[2, 3, :] = np.nan
    circuit = ca.ht_model(4, 3, [2, 2])
    network = module(circuit, space="simplex", similarity=layer)
    simnet = network.to_simnet()
    found = network(tensors(patches))
    assert np.allclose(found.detach().numpy(), simnet.score(patches), rtol=1e-12)
    found.sum().backward()
    assert finite_gradients(network)
    assert not np.isnan(network.similarity.templates.grad.numpy()).any()
    fixed = module(circuit, space="real", similarity=layer, train_similarity=False)
    assert {name for name, p in fixed.named_parameters() if not p.requires_grad} == {
        "similarity.templates",
        "similarity.log_weights",
    }
    plain = circuit.evaluate(fixed.weights(), np.exp(layer.evaluate(patches)))
    assert np.allclose(values(fixed, patches), plain, rtol=1e-12)


def test_parameters_keep_their_names():
    """Dots are escaped; names that modules use for themselves get a mark; none collide."""
    circuit = NETWORKS["mixture"]
    names = [name for name, _ in module(circuit).named_parameters()]
    assert {"right%2Eone", "forward%"} < set(names)
    assert len(names) == len(circuit.parameters)
    state = module(circuit, seed=5).state_dict()
    network = module(circuit, seed=6)
    network.load_state_dict(state)
    x = inputs(circuit)
    assert np.array_equal(values(network, x), values(module(circuit, seed=5), x))


@pytest.mark.parametrize(("space", "log"), MODES)
def test_a_training_step_lowers_the_loss(space, log):
    """One step of gradient descent, then a hundred of Adam, on data that a teacher labels."""
    circuit = ca.ht_model(4, 2, [3, 3], outputs=2)
    x = inputs(circuit, seed=9, batch=40)
    given = tensors(logarithm(x) if log else x)
    labels = torch.tensor((x[:, 0, 0] * x[:, 3, 1] > x[:, 1, 1] * x[:, 2, 0]).astype(int))
    network = module(circuit, space=space, log=log)

    def loss():
        return torch.nn.functional.cross_entropy(network(given), labels)

    def step(optimizer):
        optimizer.zero_grad()
        before = loss()
        before.backward()
        optimizer.step()
        return before.item()

    first = step(torch.optim.SGD(network.parameters(), lr=0.01))
    assert loss().item() < first
    adam = torch.optim.Adam(network.parameters(), lr=0.03)
    losses = [step(adam) for _ in range(100)]
    assert losses[-1] < 0.9 * losses[0]
    if space == "simplex":
        assert all(np.allclose(table.sum(axis=1), 1) for table in network.weights().values())


def test_a_trained_network_is_a_network_of_circuitalg():
    """Its weights, exactly as floats are, have the rank that the theorem gives almost all."""
    circuit = ca.ht_model(4, 2, [2, 2])
    network = module(circuit, space="simplex")
    exact = {name: np.vectorize(ca.circuit.node.Fraction, otypes=[object])(table)
             for name, table in network.weights().items()}  # fmt: skip
    theorem = ca.prove_rank_at(circuit, exact, ca.Bipartition.odd_even(4))
    assert theorem.statement.lower == theorem.statement.upper == 4


def test_what_cannot_be_is_refused():
    """Logarithms of signed weights, unknown spaces, weights off the simplex, wrong layers."""
    circuit = ca.cp_model(3, 2, 2)
    with pytest.raises(WeightError, match="negative weights have no logarithm"):
        ca.to_torch(circuit, log=True)
    for seed in (-1, 1.5):
        with pytest.raises((ArgumentError, OptionError), match="the seed"):
            ca.to_torch(circuit, seed=seed)
    with pytest.raises(OptionError, match=r"space must be one of .* not 'positive'"):
        ca.to_torch(circuit, space="positive")
    with pytest.raises(WeightError, match="not on the simplex: a row sums to 3"):
        ca.to_torch(circuit, weights(circuit, "simplex") | {"out": np.array([[1.0, 2.0]])},
                    space="simplex")  # fmt: skip
    with pytest.raises(WeightError, match="negative number"):
        ca.to_torch(circuit, weights(circuit, "real"), space="nonnegative")
    with pytest.raises(WeightError, match="convert its circuit"):
        ca.to_torch(circuit.to_simnet(), log=False)
    for wrong in ("l2", [[0.0]], Similarity):
        with pytest.raises(ArgumentError, match="similarity must be a Similarity"):
            ca.to_torch(circuit, similarity=wrong)
    for wrong in (1, None, "x"):
        with pytest.raises(ArgumentError, match="train_similarity must be True or False"):
            ca.to_torch(circuit, train_similarity=wrong)
    with pytest.raises(ArgumentError, match="log must be True or False"):
        ca.to_torch(circuit, log="x")
    with pytest.raises(WeightError, match="1 channels"):
        ca.to_torch(circuit, similarity=Similarity("l2", [[0.0]]))
    with pytest.raises(StructureError, match="use weights"):
        ca.to_torch(circuit).offsets()


@pytest.mark.parametrize(("space", "log"), MODES)
def test_inputs_of_other_types_are_converted(space, log):
    """Other floats, integers, NumPy's arrays and nested lists; views in any order of memory."""
    circuit = ca.ht_model(4, 2, [2, 2])
    network = ca.to_torch(circuit, space=space, log=log)
    x = torch.tensor([[[0.5, 1.0], [0.0, 2.0], [1.0, 0.25], [0.0, 0.0]]] * 3)
    expected = network(x)
    turned = x.permute(2, 1, 0).contiguous().permute(2, 1, 0)
    for given in (x.double(), x.half(), x.bfloat16(), x.numpy(), x.tolist(), turned):
        assert torch.equal(network(given), expected)
    whole = torch.ones(3, 4, 2)
    for given in (whole.long(), whole.bool(), whole.numpy().astype(int)):
        assert torch.equal(network(given), network(whole))
    with pytest.raises(WeightError, match="x must hold real numbers"):
        network(x + 0j)


def test_patches_of_other_types_are_converted():
    """Integers and NumPy's arrays; several arrays are refused."""
    network = ca.to_torch(ca.cp_model(2, 2, 2), similarity=Similarity("l2", [[0.0], [1.0]]))
    x = torch.ones(3, 2, 1)
    for given in (x.long(), x.numpy(), x.double()):
        assert torch.equal(network(given), network(x))
    with pytest.raises(WeightError, match="one array"):
        network([torch.ones(3, 1)] * 2)


def test_masked_numbers_are_missing_or_refused():
    """With a similarity layer a masked number is as NaN; elsewhere it has no value."""
    circuit = ca.cp_model(2, 2, 2)
    network = ca.to_torch(circuit, similarity=Similarity("l2", [[0.0], [1.0]], normalize=True))
    x = np.full((2, 2, 1), 9.0)
    masked = np.ma.masked_array(x, mask=[[[True], [False]], [[False], [False]]])
    x[0, 0] = np.nan
    assert torch.equal(network(masked), network(x))
    hidden = np.ma.masked_array(np.ones((2, 2, 2)), mask=True)
    with pytest.raises(WeightError, match="masked"):
        ca.to_torch(circuit)(hidden)
    weights_given = circuit.random_weights(kind="float")
    with pytest.raises(WeightError, match="masked"):
        ca.to_torch(circuit, weights_given | {"out": np.ma.masked_array([[1.0, 2]], mask=True)})


def test_weights_of_every_kind_start_a_module():
    """Fractions, tensors with gradients or of bfloat16; never complex numbers or texts."""
    circuit = ca.cp_model(2, 2, 2)
    exact = circuit.random_weights(kind="simplex")
    plain = {name: table.astype(float) for name, table in exact.items()}
    tensors = {name: torch.tensor(table, requires_grad=True) for name, table in plain.items()}
    for given in (exact, tensors):
        own = module(circuit, given).weights()
        assert all(np.array_equal(own[name], plain[name]) for name in plain)
    short = {name: table.bfloat16() for name, table in tensors.items()}
    assert np.allclose(module(circuit, short).weights()["out"], plain["out"], rtol=0.01)
    for dtype in (complex, str):
        with pytest.raises(WeightError, match="must hold real numbers"):
            ca.to_torch(circuit, {name: table.astype(dtype) for name, table in plain.items()})
    huge = {name: np.full(table.shape, 10**400, dtype=object) for name, table in plain.items()}
    with pytest.raises(WeightError, match="range of floats"):
        ca.to_torch(circuit, huge)


@pytest.mark.parametrize("dtype", [torch.int32, torch.complex64, torch.bool, "float32"])
def test_types_that_cannot_be_trained(dtype):
    """A module's numbers are real floats of torch."""
    with pytest.raises(WeightError, match="floating"):
        ca.to_torch(ca.cp_model(2, 2, 2), dtype=dtype)


@pytest.mark.parametrize("space", ["real", "simplex"])
def test_gradients_for_each_element_of_a_batch(space):
    """torch.func's vmap over grad: they add up to the gradient of the whole, underflow included."""
    circuit = ca.ht_model(4, 2, [2, 2])
    network = ca.to_torch(circuit, space=space, dtype=torch.float64)
    x = torch.rand(3, 4, 2, dtype=torch.float64)
    x[0, 0] = torch.tensor([0.0, -2000.0])

    def score(parameters, element):
        return torch.func.functional_call(network, parameters, (element[None],)).sum()

    parameters = dict(network.named_parameters())
    single = torch.func.vmap(torch.func.grad(score), in_dims=(None, 0))(parameters, x)
    network(x).sum().backward()
    for name, parameter in parameters.items():
        assert torch.allclose(single[name].sum(0), parameter.grad, rtol=1e-12)


@pytest.mark.parametrize(("space", "log"), MODES)
def test_second_derivatives(space, log):
    """Gradients of gradients, as of a penalty on the slope, are those of finite differences."""
    network = module(ca.cp_model(2, 2, 2), space=space, log=log)
    x = torch.rand(2, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(network, (x,))
