"""Coefficient tensors on a disk that is full, and files that are not what their notes say."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import circuitalg as ca
from circuitalg.errors import FileFormatError, TooLargeError
from circuitalg.files import allocate
from circuitalg.tensor.coefficients import coefficient_tensor

NET = ca.ht_model(4, 32, [3, 3])
WEIGHTS = NET.random_weights(seed=0, kind="float")
BLOCKS = 2**16
START = f"""
import sys; sys.path[:0] = {[str(Path(__file__).parent)]!r}
from circuitalg.errors import OutputError, TooLargeError
from test_full_disk import BLOCKS, NET, WEIGHTS, coefficient_tensor, fill"""


@pytest.fixture
def disk(tmp_path):
    """A file system of 12 MB of its own, where this user may mount one; the tensor has 8.4."""
    place = tmp_path / "disk"
    place.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    command = [mount, "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)]
    if mount is None or unmount is None or subprocess.run(command, check=False).returncode:
        pytest.skip("no file system can be mounted here; the tests with a limit on files remain")
    yield place
    subprocess.run([unmount, str(place)], check=True)


def fill(place):
    """Leave no room on a disk."""
    with (place / "filler").open("ab", buffering=0) as filler:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    filler.write(bytes(size))
            except OSError:
                pass


def run(disk, action):
    """Compute the tensor in a process of its own; ``action`` says what happens after a block."""
    code = f"""{START}
from pathlib import Path
disk = Path(sys.argv[1])
def progress(done, total):
    {action}
try:
    coefficient_tensor(NET, WEIGHTS, out=disk / "t.npy", blocks=BLOCKS, progress=progress)
except (OutputError, TooLargeError) as error:
    print(type(error).__name__, error)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", code, disk], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def same(found):
    """Whether the tensor is the right one; blocks are summed in another order than the whole."""
    np.testing.assert_allclose(found, NET.coefficient_tensor(WEIGHTS), rtol=1e-9, atol=1e-12)


def test_a_disk_that_fills_up_during_the_work_does_not_end_it(disk):
    """The room was taken before the first block, and the notes need no more of it."""
    assert run(disk, "done == 2 and fill(disk)") == ""
    assert sorted(p.name for p in disk.iterdir()) == ["filler", "t.npy", "t.npy.json"]
    same(np.load(disk / "t.npy"))


def test_a_disk_that_fills_up_before_an_interruption_keeps_what_was_finished(disk):
    """The note counts the blocks of a full disk as well."""
    assert run(disk, "if done == 3: fill(disk); raise KeyboardInterrupt") == "interrupted\n"
    assert json.loads((disk / "t.npy.json").read_text(encoding="utf-8"))["done"] == 3
    assert run(disk, "if done <= 3: raise SystemExit(9)") == ""
    same(np.load(disk / "t.npy"))


def test_a_full_disk_is_refused_before_the_work(disk):
    """Nothing is left but what was there."""
    fill(disk)
    before = sorted(disk.iterdir())
    assert run(disk, "raise SystemExit(9)").startswith("TooLargeError the file needs 8.4 MB")
    assert sorted(disk.iterdir()) == before


def test_a_full_disk_is_refused_before_a_run_that_goes_on(disk):
    """A part with holes, as some copies are: what was finished stays, and is used later."""
    assert run(disk, "if done == 2: raise KeyboardInterrupt") == "interrupted\n"
    part = disk / "t.npy.part"
    raw = part.read_bytes()
    with part.open("wb") as copy:
        copy.write(raw[: 3 << 20])
        copy.truncate(len(raw))
    fill(disk)
    assert run(disk, "raise SystemExit(9)") == (
        f"OutputError {disk / 't.npy'} cannot be written (No space left on device)\n"
    )
    assert part.read_bytes()[: 3 << 20] == raw[: 3 << 20]
    assert json.loads((disk / "t.npy.json").read_text(encoding="utf-8"))["done"] == 2
    (disk / "filler").unlink()
    assert run(disk, "if done <= 2: raise SystemExit(9)") == ""
    same(np.load(disk / "t.npy"))


def test_files_that_cannot_grow_leave_nothing(path):
    """A limit on the size of files: one sentence that names the tensor."""
    code = f"""{START}
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    coefficient_tensor(NET, WEIGHTS, out=sys.argv[1], blocks=BLOCKS)
except OutputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=False)
    assert done.stdout.decode() == f"{path} cannot be written (File too large)\n"
    assert not list(path.parent.iterdir())


@pytest.mark.parametrize("way", ["the system's", "by writing"])
def test_room_is_taken_and_content_stays(way, tmp_path, monkeypatch):
    """Holes are filled, also where the system has no call for it; a refusal is an OSError."""
    if way == "by writing":
        monkeypatch.delattr(os, "posix_fallocate")
    elif not hasattr(os, "posix_fallocate"):
        pytest.skip("this system has no posix_fallocate")
    path, size = tmp_path / "file", 3 << 20
    with path.open("wb") as file:
        file.seek(1 << 20)
        file.write(b"content")
        file.truncate(size)
    allocate(path, size)
    assert path.stat().st_size == size
    assert path.stat().st_blocks * 512 >= size
    assert path.read_bytes() == bytes(1 << 20) + b"content" + bytes(size - (1 << 20) - 7)


def test_a_run_that_is_killed_at_any_moment_can_go_on(path):
    """After kill -9 the same call ends with the right tensor."""
    code = f"""{START}
from circuitalg.tensor import store
store._PAUSE = 0
tell = lambda done, total: print(done, flush=True)
coefficient_tensor(NET, WEIGHTS, out=sys.argv[1], blocks=2**14, progress=tell)
"""
    moments = random.Random(3)
    for _ in range(2):
        with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) as work:
            for _ in range(moments.randrange(1, 20)):
                work.stdout.readline()
            work.kill()
    same(coefficient_tensor(NET, WEIGHTS, out=path)[...])
    found = sorted(p.name for p in path.parent.iterdir() if "circuitalg" not in p.name)
    assert found == [path.name, path.name + ".json"]


SMALL = ca.ht_model(4, 2, [2, 2], outputs=3)
INTEGERS = SMALL.random_weights(seed=0)


def finished(path):
    """A tensor of ours in a file, and what opens it again."""

    def again():
        return np.asarray(coefficient_tensor(SMALL, INTEGERS, out=path, output=None, blocks=4)[...])

    np.testing.assert_array_equal(again(), SMALL.coefficient_tensor(INTEGERS, output=None))
    return again


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (np.zeros((5, 5)), "its shape is (5, 5)"),
        (np.zeros((3, 2, 2, 2, 2), dtype=np.float32), "its data type is float32"),
        (np.zeros((3, 2, 2, 2, 2), dtype=">i8"), "its data type is >i8"),
        (np.zeros((3, 2, 2, 2, 2), dtype=int, order="F"), "its layout is Fortran order"),
        (None, "not a whole NumPy file"),
        (b"\x93NUMPY\x01\x00\x10\x00" + b"(" * 16, "not a whole NumPy file"),
    ],
)
def test_a_finished_file_is_compared_with_its_note(other, words, tmp_path):
    """Another array in its place is not returned; nor is an empty or broken file."""
    path = tmp_path / "t.npy"
    again = finished(path)
    good = path.read_bytes()
    if isinstance(other, np.ndarray):
        np.save(path, other)
    else:
        path.write_bytes(other or b"")
    with pytest.raises(FileFormatError) as caught:
        again()
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(path))
    path.write_bytes(good)
    again()


def test_a_link_in_the_place_of_a_file_stays(tmp_path):
    """The tensor, its note and its part stand beside the file behind the link."""
    (tmp_path / "t.npy").symlink_to("big/t.npy")
    finished(tmp_path / "t.npy")()
    assert (tmp_path / "t.npy").is_symlink()
    assert sorted(p.name for p in (tmp_path / "big").iterdir()) == ["t.npy", "t.npy.json"]


def test_a_lost_block_of_a_zarr_store_is_noticed(tmp_path):
    """Zarr would read zeros for it; blocks that are zero have files as well."""
    zarr = pytest.importorskip("zarr", reason="zarr is not installed; pip install circuitalg[zarr]")
    path = tmp_path / "t.zarr"
    again = finished(path)
    (path / "0.1.0.0.0").rename(tmp_path / "chunk")
    with pytest.raises(FileFormatError, match="has lost 1 of the 4 blocks"):
        again()
    (tmp_path / "chunk").rename(path / "0.1.0.0.0")
    again()
    shutil.rmtree(path)
    zarr.create_array(str(path), shape=(3, 2, 2, 2, 2), dtype="int64", chunks=(3, 2, 2, 2, 2))
    with pytest.raises(FileFormatError, match="its layout is chunks of"):
        again()
    shutil.rmtree(path)
    path.mkdir()
    with pytest.raises(FileFormatError, match="not a Zarr array"):
        again()
    zeros = {name: 0 * array for name, array in INTEGERS.items()}
    for _ in range(2):
        empty = coefficient_tensor(SMALL, zeros, out=tmp_path / "zeros.zarr", blocks=4)
        assert not np.any(empty[...])


def test_a_lost_block_of_a_zarr_store_that_is_not_finished_is_noticed(tmp_path):
    """Before a run goes on: else zeros would stay in the middle."""
    pytest.importorskip("zarr", reason="zarr is not installed; pip install circuitalg[zarr]")
    path = tmp_path / "t.zarr"

    def stop(done, _total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coefficient_tensor(SMALL, INTEGERS, out=path, output=None, blocks=4, progress=stop)
    (tmp_path / "t.zarr.part/0.0.0.0.0").unlink()
    with pytest.raises(FileFormatError, match="has lost 1 of the 2 blocks"):
        finished(path)


@pytest.mark.parametrize("out", [None, "t.npy", "t.zarr", "dask", "array"])
def test_more_axes_than_arrays_have_are_refused(out, tmp_path):
    """One sentence with the remedy, nothing left behind; the remedy works."""
    net = ca.tt_model(65, [2] + [1] * 64, 1)
    weights = net.random_weights(seed=0)
    options = {"out": tmp_path / out} if out in ("t.npy", "t.zarr") else {}
    if out == "array":
        options = {"blocks": 4}
    compute = coefficient_tensor
    if out == "dask":
        pytest.importorskip("dask", reason="Dask is not installed; pip install circuitalg[dask]")
        from circuitalg.tensor.lazy import as_dask as compute
    with pytest.raises(TooLargeError, match=r"65 axes.*at most 64.*circuit\.coefficients"):
        compute(net, weights, **options)
    assert not list(tmp_path.iterdir())
    assert net.coefficients(weights, {64: 0}).size == 2
    with pytest.raises(TooLargeError, match="this slice of the coefficient tensor has 65 axes"):
        ca.tt_model(66, [2] + [1] * 65, 1).coefficients(
            ca.tt_model(66, [2] + [1] * 65, 1).random_weights(seed=0), {65: 0}
        )
