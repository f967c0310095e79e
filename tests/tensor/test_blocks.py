"""Coefficient tensors in pieces: blocks, slices, arrays and files of one's own, other libraries."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitalg import strategies
from circuitalg.circuit.models import cp_model, ht_model, tree_model
from circuitalg.circuit.modetree import ModeTree
from circuitalg.errors import (
    FileFormatError,
    MissingDependencyError,
    OptionError,
    TooLargeError,
    WeightError,
)
from circuitalg.tensor import blocks as pieces
from circuitalg.tensor.blocks import all_blocks, block_lengths, coefficient_block, count_blocks
from circuitalg.tensor.coefficients import coefficient_slice, coefficient_tensor, coefficients
from circuitalg.tensor.lazy import as_dask

seeds = st.integers(0, 10**6)
SMOOTH = strategies.circuits(kinds=strategies.MULTILINEAR_KINDS, max_outputs=2)
DIMS = [2, 3, 1, 4, 2]
CIRCUIT = tree_model(ModeTree.from_nested([[0, 3], [4, [1, 2]]]), DIMS, 3, outputs=2)
INTEGERS = CIRCUIT.random_weights(1)
FLOATS = CIRCUIT.random_weights(1, "float")
EXACT = coefficient_tensor(CIRCUIT, INTEGERS, output=None)


def noted(calls):
    """A progress function that keeps what it is told."""
    return lambda done, total: calls.append((done, total))


@given(seed=seeds, entries=st.integers(1, 60))
def test_blocks_cover_the_tensor_once(seed, entries):
    """Every entry lies in one block, and no block is larger than was asked for."""
    dims = np.random.default_rng(seed).integers(1, 5, 4).tolist()
    lengths = block_lengths(dims, entries)
    assert np.prod(lengths) <= entries
    seen = np.zeros(dims, dtype=int)
    places = []
    for block in all_blocks(dims, lengths):
        seen[block] += 1
        places.append(np.arange(seen.size).reshape(dims)[block].ravel().tolist())
    assert (seen == 1).all()
    assert len(places) == count_blocks(dims, lengths)
    # Each block lies in one piece of a C-ordered file, one after the other.
    assert [n for some in places for n in some] == list(range(seen.size))


@given(circuit=SMOOTH, seed=seeds, kind=st.sampled_from(["integer", "fraction", "float"]))
def test_a_block_is_a_part_of_the_tensor(circuit, seed, kind):
    """Any slices, with steps or backwards, for one output or all, exact or floating."""
    weights = circuit.random_weights(seed, kind)
    generator = np.random.default_rng(seed)
    whole = coefficient_tensor(circuit, weights, output=None)
    block = []
    for dim in circuit.dims:
        low = int(generator.integers(0, dim))
        step = int(generator.integers(1, 3))
        block.append([slice(low, None, step), slice(None), slice(None, None, -1)][low % 3])
    got = coefficient_block(circuit, weights, block, output=None)
    expected = whole[(slice(None), *block)]
    assert got.shape == expected.shape
    if whole.dtype.kind == "f":
        assert np.allclose(got, expected)
    else:
        assert got.tolist() == expected.tolist()


def test_a_block_travels_by_pickle():
    """Circuit, weights and slices are all that a block needs, and can be sent elsewhere."""
    sent = pickle.dumps(
        (CIRCUIT, INTEGERS, (slice(0, 1), slice(1, 3), slice(0, 1), slice(2, 4), slice(0, 2)))
    )
    circuit, weights, block = pickle.loads(sent)  # noqa: S301  (our own bytes)
    got = coefficient_block(circuit, weights, block)
    assert got.tolist() == EXACT[0][block].tolist()


def test_bad_blocks_are_refused():
    """Slices that fit no location, or are empty, get one sentence."""
    for block, message in (
        ([slice(None)] * 4, "one slice per location, 5"),
        ([0] * 5, "one slice per location"),
        ([slice(1, 1), *[slice(None)] * 4], "no index at location 0"),
    ):
        with pytest.raises(WeightError, match=message):
            coefficient_block(CIRCUIT, INTEGERS, block)
    for wrong in (0, -3, 2.5, True, [1, 2], [1, 1, 1, 1, 0]):
        with pytest.raises(WeightError):
            coefficient_tensor(CIRCUIT, INTEGERS, blocks=wrong)


def test_slices_by_location():
    """Indices take axes away, slices and None keep them, as in NumPy."""
    for indices, place in (
        ({}, ...),
        ({0: 1}, np.s_[1]),
        ({1: slice(1, 3), 3: 2, 4: None}, np.s_[:, 1:3, :, 2]),
        (dict.fromkeys(range(5), 0), np.s_[0, 0, 0, 0, 0]),
        ({3: np.int64(3), 1: slice(None, None, 2)}, np.s_[:, ::2, :, 3]),
    ):
        for output in (0, 1):
            got = coefficients(CIRCUIT, INTEGERS, indices, output=output)
            assert np.asarray(got).tolist() == EXACT[output][place].tolist()
        assert np.allclose(
            CIRCUIT.coefficients(FLOATS, indices), coefficient_tensor(CIRCUIT, FLOATS)[place]
        )
    stacked = coefficient_slice(CIRCUIT, INTEGERS, {0: 1}, output=None)
    assert stacked.tolist() == EXACT[:, 1].tolist()
    residues = coefficient_slice(CIRCUIT, INTEGERS, {0: 1}, modulus=251)
    assert residues.tolist() == (EXACT[0, 1] % 251).tolist()


def test_bad_slices_are_refused():
    """A location or index that does not exist, and what is no index, get one sentence."""
    for indices, message in (
        ({5: 0}, "no location 5.*0 to 4"),
        ({"x": 0}, "no location 'x'"),
        ({0: 2}, "index 2 is out of range at location 0, whose dimension is 2"),
        ({0: -1}, "index -1"),
        ({0: 0.0}, "an integer or a slice"),
        ({0: True}, "an integer or a slice"),
        ({1: slice(3, 3)}, "no index at location 1"),
    ):
        with pytest.raises(WeightError, match=message):
            coefficient_slice(CIRCUIT, INTEGERS, indices)


def test_a_slice_of_a_tensor_that_no_memory_holds():
    """A slice with 8 free locations of 4,096 is small; with 40 it is refused with its size."""
    deep = ht_model(locations=4096, dim=2, widths=[1] * 12, shared=True)
    weights = deep.random_weights(0, "nonnegative")
    indices = dict.fromkeys(range(8, 4096), 1)
    found = coefficient_slice(deep, weights, indices)
    assert found.shape == (2,) * 8
    entry = [[0] * 3 + [1] * 4093]
    assert found[0, 0, 0, 1, 1, 1, 1, 1] == deep.coefficients(weights, entry)[0]
    with pytest.raises(TooLargeError, match="smaller"):
        coefficient_slice(deep, weights, dict.fromkeys(range(60, 4096), 1))


@pytest.mark.parametrize("blocks", [None, 1, 5, 48, [1, 2, 1, 3, 2], 10**9])
@pytest.mark.parametrize("output", [1, None])
def test_an_array_of_ones_own_is_filled(blocks, output):
    """`out` gets the tensor, in blocks or whole, and comes back; neighbours stay as they are."""
    place = slice(None) if output is None else output
    for weights, dtype in ((INTEGERS, np.int64), (FLOATS, np.float64), (INTEGERS, object)):
        room = np.full((*EXACT[place].shape, 2), 7, dtype=dtype)
        out = room[..., 0]
        calls = []
        got = CIRCUIT.coefficient_tensor(
            weights, output, out=out, blocks=blocks, progress=noted(calls)
        )
        assert got is out
        assert np.allclose(
            out.astype(float), coefficient_tensor(CIRCUIT, weights, output).astype(float)
        )
        assert (room[..., 1] == 7).all()
        total = calls[-1][1]
        assert calls == [(k, total) for k in range(1, total + 1)]
        fresh = coefficient_tensor(CIRCUIT, weights, output, blocks=blocks)
        assert np.allclose(fresh.astype(float), out.astype(float))


def test_an_array_that_does_not_fit_is_refused():
    """Another shape or data type, and exact numbers that int64 cannot hold, get one sentence."""
    for out, message in (
        (np.zeros(DIMS[::-1]), r"shape \(2, 3, 1, 4, 2\), and has"),
        (np.zeros(DIMS), "data type int64, and has float64"),
        (np.zeros(DIMS, dtype=np.int32), "and has int32"),
    ):
        with pytest.raises(WeightError, match=message):
            coefficient_tensor(CIRCUIT, INTEGERS, out=out)
    with pytest.raises(WeightError, match="float64, and has int64"):
        coefficient_tensor(CIRCUIT, FLOATS, out=np.zeros(DIMS, dtype=int))
    huge = {name: array * 10**9 for name, array in INTEGERS.items()}
    with pytest.raises(WeightError, match="does not fit into int64"):
        coefficient_tensor(CIRCUIT, huge, out=np.zeros(DIMS, dtype=int))
    exact = coefficient_tensor(CIRCUIT, huge, out=np.zeros(DIMS, dtype=object))
    assert exact.tolist() == coefficient_tensor(CIRCUIT, huge).tolist()
    fractions = CIRCUIT.random_weights(0, "fraction")
    with pytest.raises(WeightError, match="Fractions"):
        coefficient_tensor(CIRCUIT, fractions, out=np.zeros(DIMS, dtype=int))


def opened(path):
    """The numbers in a file that was written."""
    if path.suffix == ".npy":
        return np.load(path)
    return pytest.importorskip("zarr").open_array(str(path), mode="r")[...]


@pytest.mark.parametrize("blocks", [None, 7, [2, 1, 1, 3, 2]])
def test_files_hold_the_tensor(path, blocks):
    """A file has every entry; the same call again opens it and computes nothing."""
    for name, weights, output, modulus in (
        ("int", INTEGERS, None, None),
        ("float", FLOATS, 1, None),
        ("mod", INTEGERS, 0, 8388593),
    ):
        file = path.with_name(name + path.name)
        expected = coefficient_tensor(CIRCUIT, weights, output, modulus=modulus)
        got = CIRCUIT.coefficient_tensor(weights, output, out=file, blocks=blocks, modulus=modulus)
        assert got.shape == expected.shape
        assert got.dtype == expected.dtype
        assert np.allclose(np.asarray(got[...]), expected)
        assert np.allclose(opened(file), expected)
        assert sorted(p.name for p in file.parent.glob(f"{file.name}*")) == [
            file.name,
            f"{file.name}.json",
        ]
        calls = []
        again = CIRCUIT.coefficient_tensor(
            weights, output, out=str(file), modulus=modulus, progress=noted(calls)
        )
        assert np.allclose(np.asarray(again[...]), expected)
        assert not calls


def test_an_interrupted_file_goes_on(path):
    """After Ctrl-C the file has its name with .part, and the next call computes the rest alone."""
    expected = coefficient_tensor(CIRCUIT, INTEGERS)

    def interrupt(done, _total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coefficient_tensor(CIRCUIT, INTEGERS, out=path, blocks=5, progress=interrupt)
    assert not path.exists()
    note = json.loads(path.with_name(path.name + ".json").read_text())
    assert note["done"] == 3
    assert note["circuit"] == CIRCUIT.fingerprint
    calls = []
    got = coefficient_tensor(CIRCUIT, INTEGERS, out=path, progress=noted(calls))
    assert calls[0][0] == 4
    assert np.asarray(got[...]).tolist() == expected.tolist()


def test_files_of_other_computations_are_refused(tmp_path):
    """Files with other weights, outputs, moduli or blocks, and unknown ones, stay as they are."""
    path = tmp_path / "tensor.npy"
    coefficient_tensor(CIRCUIT, INTEGERS, out=path, blocks=5)
    before = path.read_bytes()
    other = cp_model(5, DIMS, 2, outputs=2)
    changed = {**INTEGERS, "out": INTEGERS["out"] + 1}
    for call, message in (
        (lambda: coefficient_tensor(CIRCUIT, changed, out=path), "not the same weights"),
        (lambda: coefficient_tensor(CIRCUIT, FLOATS, out=path), "not the same weights"),
        (lambda: coefficient_tensor(CIRCUIT, INTEGERS, 1, out=path), "not the same output"),
        (
            lambda: coefficient_tensor(CIRCUIT, INTEGERS, modulus=251, out=path),
            "not the same modulus",
        ),
        (
            lambda: coefficient_tensor(other, other.random_weights(), out=path),
            "not the same circuit",
        ),
        (lambda: coefficient_tensor(CIRCUIT, INTEGERS, out=path, blocks=6), "leave blocks out"),
    ):
        with pytest.raises(FileFormatError, match=message):
            call()
    assert path.read_bytes() == before
    note = path.with_name("tensor.npy.json")
    data = json.loads(note.read_text())
    for wrong in (
        {"done": -1},
        {"done": 10**9},
        {"done": 1.5},
        {"block": [0] * 5},
        {"block": "all"},
        {"version": 2},
    ):
        note.write_text(json.dumps({**data, **wrong}))
        with pytest.raises(FileFormatError):
            coefficient_tensor(CIRCUIT, INTEGERS, out=path)
    for text in ("[]", "no JSON"):
        note.write_text(text)
        with pytest.raises(FileFormatError):
            coefficient_tensor(CIRCUIT, INTEGERS, out=path)
    note.unlink()
    with pytest.raises(FileFormatError, match="exists, and"):
        coefficient_tensor(CIRCUIT, INTEGERS, out=path)
    assert path.read_bytes() == before


def test_nothing_is_left_of_a_file_that_never_began(path):
    """Where not even the first block was finished, no part and no note stay."""
    for weights in (
        CIRCUIT.random_weights(0, "fraction"),
        {n: a * 10**9 for n, a in INTEGERS.items()},
    ):
        with pytest.raises(WeightError, match="int64"):
            coefficient_tensor(CIRCUIT, weights, out=path)
    assert not list(path.parent.iterdir())


def test_a_damaged_part_is_refused(tmp_path):
    """A part that is cut short, or has another shape, is no start to go on from."""
    path, part = tmp_path / "tensor.npy", tmp_path / "tensor.npy.part"

    def interrupt(*_numbers):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coefficient_tensor(CIRCUIT, INTEGERS, out=path, blocks=5, progress=interrupt)
    whole = part.read_bytes()
    part.write_bytes(whole[:-100])
    with pytest.raises(FileFormatError, match="not a whole NumPy file"):
        coefficient_tensor(CIRCUIT, INTEGERS, out=path)
    with part.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(FileFormatError, match="is not the tensor that"):
        coefficient_tensor(CIRCUIT, INTEGERS, out=path)
    part.unlink()
    got = coefficient_tensor(CIRCUIT, INTEGERS, out=path)
    assert got.tolist() == EXACT[0].tolist()


def test_a_file_larger_than_the_disk_is_refused(tmp_path):
    """The refusal has the bytes, and nothing is written."""
    deep = ht_model(32, 4, [1] * 5)
    with pytest.raises(TooLargeError, match=r"147,573,952,589,676,412,928 bytes.*disk"):
        deep.coefficient_tensor(deep.random_weights(), out=tmp_path / "tensor.npy")
    with pytest.raises(WeightError, match=r"\.npy or \.zarr"):
        CIRCUIT.coefficient_tensor(INTEGERS, out=tmp_path / "tensor.txt")
    assert not list(tmp_path.iterdir())


def test_blocks_keep_within_the_memory_allowed(tmp_path, monkeypatch):
    """A tensor four times larger than `max_bytes` goes into a file, but not into memory."""
    circuit = tree_model(ModeTree.balanced(16), 2, 2)
    weights = circuit.random_weights(0, "float")
    with pytest.raises(TooLargeError, match="out="):
        circuit.coefficient_tensor(weights, max_bytes=2**17)
    got = circuit.coefficient_tensor(weights, max_bytes=2**17, out=tmp_path / "tensor.npy")
    assert np.allclose(got, circuit.coefficient_tensor(weights))
    monkeypatch.setattr(pieces, "ENTRIES", 1)
    with pytest.raises(TooLargeError, match="smaller blocks"):
        circuit.coefficient_tensor(
            weights, max_bytes=2**17, out=np.empty(circuit.dims), blocks=2**15
        )


def test_missing_packages_are_one_sentence(monkeypatch, tmp_path):
    """Zarr, Dask and CuPy are asked for where they are not installed."""
    monkeypatch.delitem(sys.modules, "dask.array", raising=False)
    for name in ("zarr", "dask", "cupy"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingDependencyError, match=r"circuitalg\[zarr\]"):
        coefficient_tensor(CIRCUIT, INTEGERS, out=tmp_path / "tensor.zarr")
    with pytest.raises(MissingDependencyError, match=r"circuitalg\[dask\]"):
        as_dask(CIRCUIT, INTEGERS)
    with pytest.raises(MissingDependencyError, match=r"circuitalg\[cuda12\]"):
        coefficient_tensor(CIRCUIT, INTEGERS, backend="cupy")


def test_backends():
    """Both "numpy" and "auto" leave NumPy weights where they are; an unknown one is refused."""
    for backend in ("numpy", "auto"):
        got = CIRCUIT.coefficient_tensor(FLOATS, backend=backend)
        assert type(got) is np.ndarray
    with pytest.raises(OptionError, match="'auto', 'numpy', 'cupy'"):
        CIRCUIT.coefficient_tensor(FLOATS, backend="jax")


def test_nothing_optional_is_imported():
    """A coefficient tensor of NumPy weights loads no CuPy, Torch, Dask or Zarr."""
    code = (
        "import sys, circuitalg as ca; c = ca.cp_model(2, 2, 2); "
        "c.coefficient_tensor(c.random_weights(), backend='auto'); "
        "print([n for n in ('cupy', 'torch', 'dask', 'zarr') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_dask_arrays_have_blocks_of_their_own():
    """Each block is a task; the whole is the tensor, and a slice computes what it needs."""
    pytest.importorskip("dask.array", reason="Dask is not installed; pip install circuitalg[dask]")
    for weights, modulus in ((INTEGERS, None), (FLOATS, None), (INTEGERS, 251)):
        for output in (0, None):
            expected = coefficient_tensor(CIRCUIT, weights, output, modulus=modulus)
            lazy = as_dask(CIRCUIT, weights, output, blocks=[1, 2, 1, 3, 2], modulus=modulus)
            assert lazy.shape == expected.shape
            assert lazy.dtype == expected.dtype
            assert lazy.chunks[-5:] == ((1, 1), (2, 1), (1,), (3, 1), (2,))
            found = lazy.compute(scheduler="synchronous")
            assert np.allclose(found, expected)
            assert np.allclose(
                lazy[..., 0].sum().compute(scheduler="synchronous"), expected[..., 0].sum()
            )
    huge = {name: array * 10**9 for name, array in INTEGERS.items()}
    with pytest.raises(WeightError, match="int64"):
        as_dask(CIRCUIT, huge).compute(scheduler="synchronous")
    with pytest.raises(OptionError, match="no output 2"):
        as_dask(CIRCUIT, INTEGERS, output=2)


def test_dask_weights_give_a_dask_tensor(tmp_path):
    """Nothing is computed before it is asked for; with `out` it is."""
    da = pytest.importorskip(
        "dask.array", reason="Dask is not installed; pip install circuitalg[dask]"
    )
    own = {name: da.from_array(array, chunks=1) for name, array in FLOATS.items()}
    lazy = CIRCUIT.coefficient_tensor(own, output=None, blocks=9)
    assert isinstance(lazy, da.Array)
    expected = coefficient_tensor(CIRCUIT, FLOATS, output=None)
    assert np.allclose(lazy.compute(scheduler="synchronous"), expected)
    out = CIRCUIT.coefficient_tensor(own, out=np.empty(DIMS))
    assert np.allclose(out, expected[0])


def test_torch_weights_give_a_torch_tensor(tmp_path):
    """Torch in, Torch out, differentiable; files and slices too."""
    torch = pytest.importorskip("torch", reason="Torch is not installed")
    circuit = tree_model(ModeTree.random(17, seed=3), 2, 3)
    floats = circuit.random_weights(0, "float")
    own = {name: torch.asarray(array) for name, array in floats.items()}
    expected = circuit.coefficient_tensor(floats)
    got = circuit.coefficient_tensor(own)
    assert isinstance(got, torch.Tensor)
    assert got.dtype == torch.float64
    assert np.allclose(got.numpy(), expected)
    file = circuit.coefficient_tensor(own, out=tmp_path / "tensor.npy", blocks=2**12)
    assert np.allclose(file, expected)
    out = torch.empty(circuit.dims, dtype=torch.float64)
    assert circuit.coefficient_tensor(own, out=out, blocks=2**15) is out
    assert np.allclose(out.numpy(), expected)
    half = {name: array.to(torch.float32) for name, array in own.items()}
    assert circuit.coefficient_tensor(half).dtype == torch.float32
    own["out"].requires_grad_()
    circuit.coefficient_tensor(own).sum().backward()
    ones = {**floats, "out": np.eye(3)}
    whole = [circuit.coefficient_tensor({**floats, "out": row[None]}).sum() for row in ones["out"]]
    assert np.allclose(own["out"].grad.numpy().ravel(), whole)
    with pytest.raises(WeightError, match="contradicts"):
        circuit.coefficient_tensor(own, backend="numpy")


@pytest.mark.gpu
def test_cupy_weights_give_a_cupy_tensor(tmp_path):
    """On a GPU: the same numbers, on the device, whole and in blocks."""
    import cupy

    circuit = tree_model(ModeTree.random(18, seed=3), 2, 3)
    floats = circuit.random_weights(0, "float")
    expected = circuit.coefficient_tensor(floats)
    own = {name: cupy.asarray(array) for name, array in floats.items()}
    for got in (
        circuit.coefficient_tensor(own),
        circuit.coefficient_tensor(floats, backend="cupy"),
    ):
        assert isinstance(got, cupy.ndarray)
        assert np.allclose(cupy.asnumpy(got), expected)
    out = cupy.empty(circuit.dims)
    assert circuit.coefficient_tensor(own, out=out, blocks=2**15) is out
    assert np.allclose(cupy.asnumpy(out), expected)
    file = circuit.coefficient_tensor(own, out=tmp_path / "tensor.npy", blocks=2**15)
    assert np.allclose(file, expected)
    huge = ht_model(32, 4, [1] * 5)
    with pytest.raises(TooLargeError, match="bytes"):
        huge.coefficient_tensor(huge.random_weights(0, "float"), backend="cupy")
    integers = circuit.random_weights(0)
    exact = circuit.coefficient_tensor(integers, backend="cupy")
    assert (cupy.asnumpy(exact) == circuit.coefficient_tensor(integers)).all()
