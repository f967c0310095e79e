"""The one writer and the one reader of files: what exists is not lost, and nothing half is left."""

import json
import os
import random
import signal
import stat
import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path

import pytest

import circuitalg as ca
from circuitalg import files
from circuitalg.errors import FileFormatError, OutputError
from circuitalg.view import draw

NET = ca.cp_model(3, 2, 2)
OTHER = ca.cp_model(4, 2, 2)


def python(code, *arguments, **options):
    """A fresh interpreter that runs code."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        check=False,
        capture_output="stdout" not in options,
        **options,
    )


@pytest.fixture
def theorem():
    """A small one."""
    return ca.prove_rank(NET, ca.Bipartition.of([0], 3))


def test_a_symbolic_link_stays_and_its_file_is_replaced(tmp_path):
    """Through a link to a file, a link in a linked folder, and one whose file is still missing."""
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "folder").symlink_to(real)
    (real / "old.json").write_text("old", encoding="utf-8")
    (real / "link.json").symlink_to("old.json")
    (real / "new.json").symlink_to("../missing/net.json")
    for name in ("link.json", "new.json"):
        NET.save(tmp_path / "folder" / name)
        assert (real / name).is_symlink()
        assert ca.load_circuit(real / name) == NET
    assert not (real / "old.json").is_symlink()
    assert (tmp_path / "missing/net.json").is_file()


def test_links_in_a_loop_are_refused(tmp_path):
    """They lead to no file, and none of them is replaced."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OutputError, match="form a loop"):
        NET.save(tmp_path / "a")
    assert (tmp_path / "a").is_symlink()


def test_the_mode_of_a_replaced_file_stays(tmp_path):
    """A private file stays private; a new one has the mode that others of this process have."""
    path = tmp_path / "net.json"
    path.touch(mode=0o600)
    NET.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    NET.save(tmp_path / "new.json")
    (tmp_path / "usual").touch()
    assert (tmp_path / "new.json").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_device_stays_a_device(tmp_path):
    """It is written into, and nothing takes its place."""
    device = tmp_path / "null"
    try:
        os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        device.write_bytes(b"")
    except OSError as error:
        pytest.skip(f"no device can be made here: {error}")
    NET.save(device)
    assert stat.S_ISCHR(device.stat().st_mode)
    assert [p.name for p in tmp_path.iterdir()] == ["null"]


def test_a_fifo_gets_the_text(tmp_path, theorem):
    """Its reader gets the whole certificate, and it stays a FIFO."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    found = []
    reader = threading.Thread(target=lambda: found.append(fifo.read_bytes()))
    reader.start()
    theorem.save(fifo)
    reader.join()
    (tmp_path / "thm.json").write_bytes(found[0])
    assert str(ca.load_theorem(tmp_path / "thm.json")) == str(theorem)
    assert stat.S_ISFIFO(fifo.stat().st_mode)


SAVE = """import sys; from circuitalg.files import write
print("before")
write(sys.argv[1], ["te", "xt\\n"], "table")
print("after")"""


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "link"])
def test_standard_output_goes_on_where_it_is(name, tmp_path):
    """Redirected into a file with text, that file keeps its text, and all comes in order."""
    if name == "link":
        name = tmp_path / "link"
        name.symlink_to("/dev/stdout")
    log = tmp_path / "log"
    log.write_text("earlier\n", encoding="utf-8")
    with log.open("ab") as stream:
        assert python(SAVE, name, stdout=stream).returncode == 0
    assert log.read_text(encoding="utf-8") == "earlier\nbefore\ntext\nafter\n"


def test_a_process_substitution_gets_the_text():
    """As in ``--out >(gzip)``: the name of an open pipe."""
    read, wrote = os.pipe()
    assert python(SAVE, f"/dev/fd/{wrote}", pass_fds=[wrote]).returncode == 0
    os.close(wrote)
    with os.fdopen(read) as pipe:
        assert pipe.read() == "text\n"


def test_a_file_of_work_is_replaced_by_its_own_kind_alone(tmp_path, theorem):
    """A certificate over a circuit, a SimNet over a certificate, a table over either: refused."""
    table = ca.rank_landscape(NET, [ca.Bipartition.of([0], 3)], workers=1)
    makers = {
        "circuit": NET.save,
        "GraphML": lambda path: files.write(path, "<graphml/>", "circuit"),
        "SimNet": NET.to_simnet().save,
        "certificate": theorem.save,
        "landscape": table.save,
    }
    writers = makers | {
        "table": lambda path: files.write(path, "I,lower", "table"),
        "drawing": lambda path: files.write(path, b"\x89PNG", "drawing"),
    }
    for held, make in makers.items():
        for kind, save in writers.items():
            path = tmp_path / f"{held}-{kind}.json"
            make(path)
            before = path.read_bytes()
            if kind.replace("GraphML", "circuit") == held.replace("GraphML", "circuit"):
                save(path)
            else:
                with pytest.raises(OutputError, match=f"{path.name} holds a"):
                    save(path)
                assert path.read_bytes() == before


def test_other_files_are_replaced(tmp_path, theorem):
    """A table by a drawing, notes by a certificate, and an empty file by anything."""
    for number, old in enumerate(("", "I,lower\n", '{"format": "mine"}', "see circuitalg-circuit")):
        path = tmp_path / f"{number}.json"
        path.write_text(old, encoding="utf-8")
        theorem.save(path)
        assert str(ca.load_theorem(path)) == str(theorem)


def test_an_input_is_no_output(tmp_path):
    """By identity: the file itself, a link to it, another spelling; of its own kind as well."""
    path = tmp_path / "net.json"
    NET.save(path)
    (tmp_path / "link.json").symlink_to(path)
    for name in ("net.json", "link.json", "../" + tmp_path.name + "/net.json"):
        with pytest.raises(OutputError, match="is the input itself"):
            files.check_output(tmp_path / name, "circuit", [path])
    files.check_output(tmp_path / "other.json", "circuit", [path])


def test_a_read_only_file_is_left_alone(tmp_path, monkeypatch):
    """Root may write everywhere, so the answer of the system is put in its place."""
    path = tmp_path / "net.json"
    NET.save(path)
    monkeypatch.setattr(os, "access", lambda name, _mode: Path(name) != path)
    with pytest.raises(OutputError, match=r"net\.json is read-only"):
        OTHER.save(path)
    assert ca.load_circuit(path) == NET


def test_missing_folders_are_made_by_every_writer(tmp_path, theorem):
    """Circuits, SimNets, certificates, drawings, tables, landscapes and tensors."""
    table = ca.rank_landscape(
        NET, [ca.Bipartition.of([0], 3)], workers=1, keep=tmp_path / "a/kept.jsonl"
    )
    writers = {
        "b/net.json": NET.save,
        "c/d/net.graphml": NET.save,
        "e/net.json": NET.to_simnet().save,
        "f/thm.json": theorem.save,
        "g/net.svg": lambda path: draw(NET, path),
        "h/table.csv": table.save,
        "i/table.jsonl": table.save,
    }
    for name, save in writers.items():
        save(tmp_path / name)
        assert (tmp_path / name).stat().st_size
    assert (tmp_path / "a/kept.jsonl").is_file()


def test_what_is_no_path_is_refused(tmp_path):
    """A character that no system takes in a name, for writing and for reading."""
    with pytest.raises(OutputError, match="NUL"):
        NET.save(tmp_path / "net\0.json")
    with pytest.raises(FileFormatError, match="cannot be read"):
        ca.load_circuit(tmp_path / "net\0.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["folder", "file/net.json", "x" * 300])
def test_a_place_that_cannot_be_written_is_named(name, tmp_path, theorem):
    """A folder, a name below a file, a name too long: the path as given, and nothing is left."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.iterdir())
    for save in (NET.save, theorem.save):
        with pytest.raises(OutputError) as caught:
            save(tmp_path / name)
        assert str(caught.value).startswith(str(tmp_path / name))
        assert ".part" not in str(caught.value)
        assert isinstance(caught.value, OSError)
        assert sorted(tmp_path.iterdir()) == before


FILL = """import resource, sys; import circuitalg as ca; from circuitalg.errors import OutputError
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
net = ca.ht_model(64, 2, [2] * 6)
for save in (net.save, net.to_simnet().save):
    try:
        save(sys.argv[1])
    except OutputError as error:
        print(error)"""


@pytest.mark.parametrize("name", ["net.json", "new/folder/net.json"])
def test_where_the_file_cannot_grow_nothing_is_left(name, tmp_path):
    """The message names the target; old content, and folders, are as they were."""
    (tmp_path / "net.json").write_text("old", encoding="utf-8")
    done = python(FILL, tmp_path / name)
    assert done.stdout.decode() == 2 * f"{tmp_path / name} cannot be written (File too large)\n"
    assert not done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["net.json"]
    assert (tmp_path / "net.json").read_text(encoding="utf-8") == "old"


WRITE_ON = """import sys; from circuitalg.files import write
print("ready", flush=True)
try:
    while True:
        for letter in "ab":
            write(sys.argv[1], (letter * 1000 for _ in range(100)), "table")
except KeyboardInterrupt:
    print("interrupted")"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_writer_that_is_stopped_at_any_moment_loses_nothing(number, tmp_path):
    """After kill -9 and Ctrl-C the file is whole; after Ctrl-C no part is left either."""
    path = tmp_path / "file"
    moments = random.Random(5)
    for _ in range(6):
        path.write_text("a" * 100_000, encoding="utf-8")
        with subprocess.Popen(
            [sys.executable, "-c", WRITE_ON, str(path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout.readline() == b"ready\n"
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(moments.uniform(0.001, 0.05))
            writer.send_signal(number)
            writer.wait()
        assert path.read_text(encoding="utf-8") in ("a" * 100_000, "b" * 100_000)
        if number == signal.SIGINT:
            assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("kind", ["circuit", "GraphML", "SimNet", "certificate", "landscape"])
def test_a_byte_order_mark_is_read_over(kind, tmp_path, theorem):
    """Some editors put one at the beginning; the checker reads over it too."""
    path = tmp_path / ("net.graphml" if kind == "GraphML" else "file.json")
    parts = [ca.Bipartition.of([0], 3)]

    def landscape(_path):
        return ca.rank_landscape(NET, parts, workers=1, keep=path).rows

    save, load = {
        "circuit": (NET.save, ca.load_circuit),
        "GraphML": (NET.save, ca.load_circuit),
        "SimNet": (NET.to_simnet().save, ca.load_simnet),
        "certificate": (theorem.save, lambda path: str(ca.load_theorem(path))),
        "landscape": (landscape, landscape),
    }[kind]
    save(path)
    expected = load(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load(path) == expected
    if kind == "certificate":
        assert "Verified" in str(ca.check(path))


def test_text_in_another_encoding_is_refused(tmp_path):
    """UTF-16 is named, not guessed."""
    path = tmp_path / "net.json"
    path.write_text("{}", encoding="utf-16")
    with pytest.raises(FileFormatError, match="not UTF-8"):
        ca.load_circuit(path)


def test_an_empty_file_is_filled(tmp_path, theorem):
    """As ``mktemp`` makes it; a landscape keeps its answers there."""
    parts = [ca.Bipartition.of([0], 3)]
    for name in ("thm.json", "kept.jsonl"):
        (tmp_path / name).touch()
    theorem.save(tmp_path / "thm.json")
    rows = ca.rank_landscape(NET, parts, workers=1, keep=tmp_path / "kept.jsonl").rows
    assert ca.rank_landscape(NET, parts, workers=1, keep=tmp_path / "kept.jsonl").rows == rows
    assert str(ca.load_theorem(tmp_path / "thm.json")) == str(theorem)


LANDSCAPE = """import resource, sys; import circuitalg as ca
from circuitalg.errors import OutputError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    ca.rank_landscape(ca.ht_model(8, 2, [2, 2, 2]), workers=1, keep=sys.argv[1])
except OutputError as error:
    print(error)"""


@pytest.mark.parametrize("room", [100, 600, 1001])
def test_a_landscape_without_room_keeps_its_finished_answers(room, tmp_path):
    """Wherever the file cannot grow: a sentence, whole lines stay, and a second run goes on."""
    path = tmp_path / "kept.jsonl"
    done = python(LANDSCAPE, path, room)
    assert done.stdout.decode() == f"{path} cannot be written (File too large)\n"
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    assert bool(lines) == (room > 500)
    net = ca.ht_model(8, 2, [2, 2, 2])
    rows = ca.rank_landscape(net, workers=1, keep=path).rows
    assert rows == ca.rank_landscape(net, workers=1).rows
    assert set(lines) <= set(path.read_bytes().splitlines())


def test_a_landscape_keeps_answers_to_other_questions_too(tmp_path):
    """A second run about one bipartition leaves the answers of the first in the file."""
    path = tmp_path / "kept.jsonl"
    ca.rank_landscape(NET, workers=1, keep=path)
    lines = path.read_text(encoding="utf-8").splitlines()
    ca.rank_landscape(NET, [ca.Bipartition.of([0, 1], 3)], workers=1, keep=path)
    assert sorted(path.read_text(encoding="utf-8").splitlines()) == sorted(lines)


@pytest.mark.parametrize("bits", [14269, 7135, 1])
def test_the_longest_numbers_that_are_written_are_read_again(bits):
    """14,270 bits of numerator and denominator together; one bit more is refused when written."""
    top, bottom = (1 << bits) - 1, 1 << (14269 - bits)
    for number in (Fraction(top, bottom), Fraction(-top, bottom)):
        written = json.dumps(files.number_to_json(number))
        assert files.number_from_json(json.loads(written), "it") == number
    with pytest.raises(FileFormatError, match="up to 14270 bits"):
        files.number_to_json(Fraction(top, 2 * bottom + 2))
