"""Random tree networks: nothing false, and lower == upper nearly always.

The statistics of the tactics over a thousand networks: N up to 32, arity 2 to 4, dimension 2 to 5,
widths 1 to 9, untied and tied level by level in every pattern, random bipartitions, minors up to
1,000. Those that stay an interval are counted by kind in the report of a failure, and printed with
``pytest -s``.
"""

import random
from collections import Counter
from math import prod

import brute
import pytest
import random_circuits

import circuitalg as ca

NETWORKS = 1000
MAX_MINOR = 1000
KINDS = ("untied", "untied", "untied", "ht_model", *random_circuits.TIES[1:])
SIZES = ((4, 2), (8, 2), (16, 2), (32, 2), (9, 3), (27, 3), (4, 4), (16, 4))


def network(seed):
    """The kind, the circuit and the side I of one network of the statistics."""
    generator = random.Random(f"statistics{seed}")
    kind = KINDS[seed % len(KINDS)]
    if kind == "ht_model":
        locations, window = generator.choice(SIZES)
        levels = next(k for k in range(1, 9) if window**k == locations)
        count = generator.randint(1, levels)
        widths = [generator.randint(1, 9) for _ in range(count)]
        shared = [generator.random() < 0.5 for _ in range(count)]
        circuit = ca.ht_model(
            locations, generator.randint(2, 5), widths, window=window, shared=shared
        )
    else:
        locations = generator.randint(2, 32)
        circuit = random_circuits.tree(generator, locations, ties=kind)
    return kind, circuit, random_circuits.sides(generator, locations)


def test_the_bounds_of_random_trees_meet():
    """At least 99 in 100 where the upper bound is at most 1,000, and 95 in 100 untied ones."""
    tried, met, loose = Counter(), Counter(), Counter()
    for seed in range(NETWORKS):
        kind, circuit, rows = network(seed)
        parts = ca.Bipartition.of(rows, circuit.num_locations)
        said = ca.prove_rank(circuit, parts, max_minor=MAX_MINOR).statement
        if prod(circuit.dims) <= 5000:
            rank = brute.generic_rank(circuit, rows)
            assert said.lower == rank <= said.upper, f"network {seed}"
        groups = ["all", kind]
        if said.upper <= 1000:
            groups.append("small")
        tried.update(groups)
        if said.lower == said.upper:
            met.update(groups)
        else:
            loose[kind, "small" if said.upper <= 1000 else "large"] += 1
    report = (
        f"{NETWORKS} networks, lower == upper / tried: "
        + ", ".join(f"{group} {met[group]}/{tried[group]}" for group in sorted(tried))
        + f"; intervals: {dict(loose)}"
    )
    print(report)  # noqa: T201  (shown by pytest -s)
    assert met["small"] >= 0.99 * tried["small"], report
    assert met["untied"] >= 0.95 * tried["untied"], report
    assert tried["small"] > NETWORKS // 2, report


def small_tree(generator):
    """A tree whose tensor can be written out, N <= 8."""
    while True:
        locations, dim = generator.randint(3, 8), generator.randint(2, 5)
        if dim**locations <= 7000:
            break
    return random_circuits.tree(
        generator,
        locations,
        ties=generator.choice(random_circuits.TIES),
        max_dim=dim,
        one_dim=generator.random() < 0.7,
    )


def wild(generator):
    """A tree circuit with every strange feature."""
    return random_circuits.wild(generator, generator.randint(2, 7))


def dense(generator):
    """A tree circuit with nearly all matrices of a shape tied."""
    return random_circuits.wild(generator, generator.randint(3, 6), max_width=6, tie=0.9)


def mixture(generator):
    """Sums of branches over reused nodes: no tree."""
    return random_circuits.mixture(generator, generator.randint(2, 6))


@pytest.mark.parametrize("make", [small_tree, wild, dense, mixture])
def test_the_rank_is_in_the_interval(make):
    """For small networks the brute-force rank is the lower bound, and at most the upper one."""
    proved = 0
    for seed in range(400):
        generator = random.Random(f"{make.__name__}{seed}")
        circuit = make(generator)
        rows = random_circuits.sides(generator, circuit.num_locations)
        output = generator.randrange(circuit.num_outputs)
        rank = brute.generic_rank(circuit, rows, output)
        parts = ca.Bipartition.of(rows, circuit.num_locations)
        try:
            said = ca.prove_rank(circuit, parts, output=output, max_minor=MAX_MINOR).statement
        except ca.NotProved:
            assert rank == 0, f"network {seed}"
            continue
        assert said.lower == rank <= said.upper, f"network {seed}"
        proved += 1
    assert proved > 350


@pytest.mark.parametrize("make", [small_tree, wild, dense, mixture])
def test_exchanging_the_sides_changes_nothing(make):
    """The rank of a transposed matrix: the same lower bound, and the same cut above."""
    for seed in range(60):
        generator = random.Random(f"swap{make.__name__}{seed}")
        circuit = make(generator)
        rows = random_circuits.sides(generator, circuit.num_locations)
        parts = ca.Bipartition.of(rows, circuit.num_locations)
        try:
            one = ca.prove_rank(circuit, parts).statement
        except ca.NotProved:
            continue
        two = ca.prove_rank(circuit, parts.swapped()).statement
        assert (one.lower, one.upper) == (two.lower, two.upper), f"network {seed}"


@pytest.mark.parametrize("space", ["nonnegative", "simplex"])
@pytest.mark.parametrize("make", [small_tree, wild, dense, mixture])
def test_other_spaces_have_no_larger_rank(make, space):
    """A subset of the real weights cannot have more; the orthant has the same."""
    for seed in range(60):
        generator = random.Random(f"space{make.__name__}{seed}")
        circuit = make(generator)
        rows = random_circuits.sides(generator, circuit.num_locations)
        parts = ca.Bipartition.of(rows, circuit.num_locations)
        rank = simplex_rank(circuit, rows) if space == "simplex" else None
        if rank is None:
            rank = brute.generic_rank(circuit, rows)
        try:
            said = ca.prove_rank(circuit, parts, space=space).statement
        except ca.NotProved:
            assert rank == 0, f"network {seed}"
            continue
        assert said.lower == rank <= said.upper, f"network {seed}"


def simplex_rank(circuit, rows):
    """Rank at random weights whose rows sum to one."""
    weights = brute.random_weights(circuit, 1)
    for table in weights.values():
        for row in table:
            row[-1] = (1 - sum(row[:-1])) % brute.PRIME
    return brute.rank_at(circuit, weights, rows)


def test_the_independent_checker_agrees_on_random_networks(tmp_path):
    """Certificates of every kind of network are verified by the checker, and load again."""
    from circuitalg.checker import verify

    for make in (small_tree, wild, dense, mixture):
        for seed in range(40):
            generator = random.Random(f"check{make.__name__}{seed}")
            circuit = make(generator)
            rows = random_circuits.sides(generator, circuit.num_locations)
            output = generator.randrange(circuit.num_outputs)
            parts = ca.Bipartition.of(rows, circuit.num_locations)
            try:
                theorem = ca.prove_rank(circuit, parts, output=output)
            except ca.NotProved:
                continue
            data = theorem.certificate()
            verify(data)
            path = theorem.save(tmp_path / "theorem.json")
            assert ca.load_theorem(path).certificate() == data


def test_the_brute_force_rank_tells_wrong_bounds():
    """The comparison above can fail: a network without its ties has another rank."""
    tied = ca.ht_model(4, 2, [4, 4], shared=True)
    untied = ca.ht_model(4, 2, [4, 4])
    assert brute.generic_rank(tied, [0, 1]) == 3
    assert brute.generic_rank(untied, [0, 1]) == 4
    assert ca.prove_rank(tied, ca.Bipartition.of([0, 1], 4)).statement.upper == 3
