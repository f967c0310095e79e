"""rank_landscape: bounds that hold, symmetries, files that continue, local and remote workers."""

import csv
import json
import multiprocessing
import os
import pickle
import signal
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import brute
import pytest
from deadly_tasks import die
from hypothesis import given, settings
from rank_helpers import branches_of

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import (
    ArgumentError,
    BipartitionError,
    FileFormatError,
    MissingDependencyError,
    NotProved,
    OptionError,
    StructureError,
    TooLargeError,
)
from circuitalg.run import landscape, parallel, rows


@pytest.fixture(scope="module")
def net():
    """A shared network of 8 locations: 127 bipartitions, 19 questions."""
    return ca.ht_model(8, 3, [3, 3, 3], shared=True)


@pytest.fixture(scope="module")
def table(net):
    """Its landscape."""
    return ca.rank_landscape(net)


def test_every_row_has_the_bounds_of_a_theorem(net, table):
    """Row by row the numbers are those of the theorem on request, and prove_rank's agree."""
    assert [row.bipartition for row in table] == list(ca.Bipartition.all(8))
    for i in range(0, len(table), 7):
        theorem = table.theorem(i)
        said, row = theorem.statement, table[i]
        assert (said.circuit, said.bipartition) == (net, row.bipartition)
        assert (said.lower, said.upper) == (row.lower, row.upper)
        other = ca.prove_rank(net, row.bipartition).statement
        assert other.lower <= row.upper
        assert row.lower <= other.upper


def test_a_theorem_of_a_row_has_a_certificate_about_this_network(net, table):
    """The checker verifies it, and demands the network by its fingerprint."""
    theorem = table.theorem(84)
    assert theorem.check()
    assert theorem.statement.circuit.fingerprint == net.fingerprint


@settings(max_examples=12)
@given(strategies.circuits(kinds=strategies.TREE_KINDS, max_locations=6, max_dim=4, max_width=6))
def test_no_bound_is_false(circuit):
    """Lower ≤ rank at random weights ≤ upper for trees with any ties, and a tight one is it."""
    tensor = brute.tensor(circuit, brute.random_weights(circuit))
    for effort in ("quick", "full"):
        for row in ca.rank_landscape(circuit, effort=effort):
            rank = brute.rank(brute.matricized(tensor, row.bipartition.I))
            assert row.lower <= rank <= row.upper, (effort, row)


def test_symmetric_bipartitions_are_one_question_and_others_are_not():
    """The 7 bipartitions of a balanced tree of 4 alike leaves are 4 questions, a chain's are 7."""
    assert ca.rank_landscape(ca.ht_model(4, 2, [2, 2])).questions == 4
    chain = ca.tree_model(ca.ModeTree.caterpillar(4), dim=2, widths=2)
    assert ca.rank_landscape(chain).questions == 7


def test_ties_break_symmetries():
    """Where two of four subtrees share their weights, moving one to another changes the network."""
    builder = ca.CircuitBuilder(locations=8, dim=3)

    def pair(i, name):
        names = [name or f"w{k}" for k in (i, i + 1)]
        below = [builder.sum(builder.input(i + k), width=3, parameter=names[k]) for k in (0, 1)]
        return builder.sum(builder.product(*below), width=3)

    tied = [pair(0, "a"), pair(2, "a"), pair(4, None), pair(6, None)]
    circuit = builder.build(builder.sum(builder.product(*tied), width=1))
    parts = [ca.Bipartition.of([i, i + 1], 8) for i in (0, 2, 4, 6)]
    assert ca.rank_landscape(circuit, parts).questions == 2


def test_the_whole_landscape_of_16_locations():
    """All 32,767 bipartitions of an untied network: the cut is met for every one."""
    found = ca.rank_landscape(ca.ht_model(16, 4, [4, 4, 4, 4]), effort="quick")
    assert (len(found), found.questions, len(found.open)) == (32767, 229, 0)
    assert sum(found.ranks().values()) == 32767
    assert max(found.ranks()) == (4**8, 4**8)


def test_bases_that_fit_no_matrix_do_not_crowd_out_those_that_do():
    """With locations of 8 dimensions above the widths, routing still meets the cut."""
    circuit = ca.tree_model(ca.ModeTree.balanced(8), dim=list(range(5, 13)), widths=4)
    assert not ca.rank_landscape(circuit, effort="quick").open


def test_quick_leaves_open_what_full_decides():
    """The efforts differ in what they try; open rows are counted, and say they are open."""
    path = ca.ModeTree.from_nested([[[[[0, 1], 2], 3], 4], 5, 6])
    circuit = ca.tree_model(path, dim=[3, 2, 2, 3, 2, 3, 2], widths=[3, 2, 3, 2, 3])
    quick = ca.rank_landscape(circuit, effort="quick")
    full = ca.rank_landscape(circuit, effort="full")
    assert len(quick.open) > len(full.open) > 0
    assert all(f.lower >= q.lower and f.upper <= q.upper for f, q in zip(full, quick, strict=True))
    assert str(len(full.open)) in full.summary
    assert full == ca.rank_landscape(circuit)


def test_chosen_bipartitions_keep_their_order_and_may_repeat(net):
    """An iterable of any length; the same question twice has one answer."""
    parts = [ca.Bipartition.low_high(8), ca.Bipartition.odd_even(8), ca.Bipartition.low_high(8)]
    found = ca.rank_landscape(net, iter(parts))
    assert [row.bipartition for row in found] == parts
    assert (found[0], found.questions) == (found[2], 2)
    assert found[1].lower == 81


def test_circuits_that_are_no_trees_have_rows_too():
    """A mixture is bounded by index recursion and minors; its theorems are prove_rank's."""
    circuit = branches_of(3, 2, [2, 2])
    found = ca.rank_landscape(circuit)
    assert not circuit.is_tree
    assert [(row.lower, row.upper) for row in found] == [(2, 2)] * 3
    assert found.theorem(1).statement.lower == 2


def test_a_network_of_zeros_has_rows_with_lower_bound_0():
    """The bounds meet at 0, and the theorem of a row says so."""
    builder = ca.CircuitBuilder(locations=2, dim=2)
    zero = [[0, 0], [0, 0]]
    factors = [builder.sum(builder.input(i), width=2, matrix=zero) for i in range(2)]
    circuit = builder.build(builder.sum(builder.product(*factors), width=1))
    found = ca.rank_landscape(circuit)
    assert (found[0].lower, found[0].upper, found[0].lower_by) == (0, 0, "trivial")
    assert found.theorem(0).statement.upper == 0


def test_outputs_and_spaces_are_those_of_the_question():
    """Another output is another question; over simplex weights, ties need minors."""
    circuit = ca.ht_model(4, 2, [2, 2], shared=True, outputs=2)
    found = ca.rank_landscape(circuit, output=1, space="simplex")
    said = found.theorem(0).statement
    assert (said.output, said.space) == (1, "simplex")
    assert (said.lower, said.upper) == (found[0].lower, found[0].upper)


def test_products_below_products_have_theorems_too():
    """They are one variable, but their children stay together."""
    builder = ca.CircuitBuilder(locations=4, dim=[2, 3, 2, 3])
    leaves = [builder.sum(builder.input(i), width=3) for i in range(4)]
    inner = [builder.product(leaves[0], leaves[1]), builder.product(leaves[2], leaves[3])]
    circuit = builder.build(builder.sum(builder.product(*inner), width=1))
    found = ca.rank_landscape(circuit)
    for i, row in enumerate(found):
        said = found.theorem(i).statement
        assert (said.lower, said.upper) == (row.lower, row.upper)


def test_large_networks_by_chosen_bipartitions():
    """1,024 locations and a rank of 3^512: numbers in print and files are factored."""
    circuit = ca.ht_model(1024, 3, [3] * 10, shared=True)
    found = ca.rank_landscape(circuit, [ca.Bipartition.odd_even(1024)])
    assert found[0].lower == 3**512
    assert "3^512" in str(found)
    assert found.to_data()["rows"][0]["lower"] == [[3, 512]]


def test_what_is_printed_is_short(table):
    """A line for each rank with the number of its bipartitions, and the sentence above."""
    lines = str(table).splitlines()
    assert lines[0] == table.summary
    assert lines[0].startswith("127 bipartitions of 8 locations, 19 up to symmetry")
    assert len(lines) == 2 + len(table.ranks())
    assert repr(table) == f"<Landscape: {table.summary}>"


def test_a_table_is_saved_as_csv_or_lines_of_json(table, tmp_path):
    """Every row is there; one name or the other decides."""
    lines = table.save(tmp_path / "t.csv").read_text().splitlines()
    rows = list(csv.DictReader(lines))
    assert [row["lower"] for row in rows] == [str(row.lower) for row in table]
    first, *lines = table.save(tmp_path / "t.jsonl").read_text().splitlines()
    assert json.loads(first)["fingerprint"] == table.circuit.fingerprint
    assert [json.loads(line) for line in lines] == table.to_data()["rows"]


# A file that continues


class Interrupted(Exception):
    """Stands for Ctrl-C at a chosen moment."""


def interrupt_after(questions):
    """A progress callback that breaks off in the quick stage."""

    def progress(stage, done, _total):
        if stage != "symmetries" and done >= questions:
            raise Interrupted

    return progress


def test_a_second_run_continues_the_file_of_a_broken_one(net, table, tmp_path, monkeypatch):
    """What was finished is asked no more, a torn line is dropped, and the result is the same."""
    file = tmp_path / "kept.jsonl"
    with pytest.raises(Interrupted):
        ca.rank_landscape(net, keep=file, progress=interrupt_after(10))
    assert len(file.read_text().splitlines()) == 11
    with file.open("a") as stream:
        stream.write('{"bipartition": "IIII')
    asked = []
    real = landscape.completed

    def watched(function, tasks, **options):
        asked.extend(each for task in tasks for each in task)
        return real(function, tasks, **options)

    monkeypatch.setattr(landscape, "completed", watched)
    assert ca.rank_landscape(net, keep=file, effort="quick").questions == 19
    assert len(asked) == 9
    assert ca.rank_landscape(net, keep=file) == table
    assert file.read_text() == table.save(tmp_path / "whole.jsonl").read_text()
    asked.clear()
    assert ca.rank_landscape(net, keep=file, effort="full") == table
    assert not asked


@pytest.mark.parametrize(
    ("number", "change", "words"),
    [
        (0, {"format": "other"}, "its format is"),
        (0, {"fingerprint": "0" * 64}, "its fingerprint is"),
        (0, {"output": 1}, "its output is '1', not 0"),
        (0, {"output": False}, "its output is"),
        (1, [1], "not a JSON object"),
        (1, {}, "not a row of a landscape"),
        (1, {"bipartition": "I" * 8}, "side J is empty"),
        (1, {"bipartition": "IJK"}, "a text of I and J"),
        (1, {"upper": 1.5}, "not a rank"),
        (1, {"upper": 10**9}, "not a rank"),
        (1, {"upper": [[2, 10**18]]}, "not a rank"),
        (1, {"upper": [["0x_", 1]]}, "not a rank"),
        (1, {"lower": 3, "upper": 2}, "invalid bounds"),
        (1, {"full": 1}, "invalid bounds"),
        (1, {"lower_by": None}, "rules of its bounds"),
    ],
)
def test_a_file_about_something_else_is_refused_and_stays(
    net, table, tmp_path, number, change, words
):
    """One sentence, and the file is as it was."""
    file = tmp_path / "kept.jsonl"
    lines = [json.loads(line) for line in table.save(file).read_text().splitlines()[:2]]
    lines[number] = {**lines[number], **change} if change and type(change) is dict else change
    before = "".join(json.dumps(line) + "\n" for line in lines)
    file.write_text(before)
    with pytest.raises(FileFormatError, match=words):
        ca.rank_landscape(net, keep=file)
    assert file.read_text() == before


def test_a_file_that_is_no_landscape_is_refused(net, tmp_path):
    """A network's file is not overwritten by mistake."""
    net.save(tmp_path / "net.json")
    with pytest.raises(FileFormatError, match="name another file"):
        ca.rank_landscape(net, keep=tmp_path / "net.json")


# Refusals


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"partitions": "most"}, ArgumentError, 'give "all" or a list'),
        ({"partitions": ca.Bipartition.odd_even(8)}, ArgumentError, "a list of bipartitions"),
        ({"partitions": [3]}, ArgumentError, "not 3"),
        ({"partitions": [ca.Bipartition.odd_even(4)]}, BipartitionError, "has 4 locations"),
        ({"output": 1}, OptionError, "no output 1"),
        ({"space": "complex"}, OptionError, "complex"),
        ({"effort": "hard"}, ValueError, "hard"),
        ({"workers": 0}, ValueError, "from 1 to"),
        ({"max_minor": 0}, ValueError, "at least 1"),
        ({"executor": "tcp://127.0.0.1:1"}, ArgumentError, "get_executor"),
    ],
)
def test_wrong_questions_are_refused_in_a_sentence(net, options, error, words):
    """What, and what to do."""
    with pytest.raises(error, match=words):
        ca.rank_landscape(net, **options)


def test_a_landscape_beyond_memory_is_refused_with_its_size():
    """2^63 rows are never begun."""
    with pytest.raises(TooLargeError, match=r"all bipartitions of 64 .* list the ones you want"):
        ca.rank_landscape(ca.ht_model(64, 2, [2] * 6))


def test_a_circuit_without_a_coefficient_tensor_is_refused():
    """A recurrent network of two layers repeats its inputs."""
    with pytest.raises(StructureError, match="no coefficient tensor"):
        ca.rank_landscape(ca.rac_model(locations=4, dim=2, width=2, layers=2))


# Other processes


def test_a_killed_process_is_told_in_a_sentence(tmp_path):
    """Of local workers, and of an executor that is given; what was finished has come."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as executor:
        for options in ({"workers": 2}, {"executor": executor}):
            with pytest.raises(NotProved, match="a worker process was killed"):
                list(parallel.completed(die, range(2), **options))


def test_any_executor_gives_the_same_table(net, table):
    """Local processes, threads of this one, row for row; the executor stays open."""
    assert ca.rank_landscape(net, workers=2) == table
    with ThreadPoolExecutor(2) as executor:
        assert ca.rank_landscape(net, executor=executor) == table
        assert executor.submit(int).result() == 0


def test_workers_of_another_version_are_refused():
    """Their numbers could come from other rules."""
    with pytest.raises(MissingDependencyError, match="same version"):
        parallel._called("0.0.1", max, (1, 2))


def test_breaking_off_leaves_no_process(net):
    """Whoever interrupts waits for no chunk."""
    before = set(multiprocessing.active_children())
    with pytest.raises(Interrupted):
        ca.rank_landscape(net, workers=2, progress=interrupt_after(1))
    assert set(multiprocessing.active_children()) == before


def test_without_dask_the_sentence_names_the_extra(monkeypatch):
    """It says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(MissingDependencyError, match=r"circuitalg\[dask\]"),
        parallel.dask_executor("tcp://127.0.0.1:1"),
    ):
        pass


def test_a_task_that_kills_every_worker_is_told_in_a_sentence(cluster):
    """Dask gives up after some; the sentence says what to do."""
    with (
        pytest.raises(NotProved, match="lost with every worker"),
        parallel.dask_executor(cluster.scheduler_address) as executor,
    ):
        list(parallel.completed(die, [0], executor=executor))


def test_a_killed_cluster_worker_loses_nothing(cluster, net, table):
    """SIGKILL in the middle: the other worker takes over, and the table is the same."""
    from distributed import Client

    with Client(cluster) as client:
        client.wait_for_workers(2, timeout="2 minutes")
        victim = next(iter(client.run(os.getpid).values()))
        killed = []

        def progress(stage, done, total):
            if stage != "symmetries" and done >= 2 and not killed:
                os.kill(victim, signal.SIGKILL)
                killed.append((done, total))

        found = ca.rank_landscape(net, executor=client.get_executor(), progress=progress)
        assert found == table
        assert killed[0][0] < killed[0][1]
        assert victim not in client.run(os.getpid, on_error="ignore").values()


def test_what_is_sent_is_small(net):
    """A class of bipartitions pickles to less than a kilobyte, and the row comes out the same."""
    asked = rows.Rows(net, 0, "real")
    task = asked.answering(rows.Effort()), [asked.class_of(ca.Bipartition.odd_even(8))]
    sent = pickle.dumps(task)
    assert len(sent) < 1000
    (here, classes), (there, copies) = task, pickle.loads(sent)  # noqa: S301  (our own)
    assert here(classes) == there(copies)


def test_a_quick_row_asks_the_kernel_once(monkeypatch):
    """The cut is computed once a question, and its value is both the target and the bound."""
    asked = []
    plain = rows.tied_cut
    monkeypatch.setattr(rows, "tied_cut", lambda block: asked.append(block) or plain(block))
    circuit = ca.tree_model(ca.ModeTree.random(7, seed=5), 2, 3)
    table = ca.rank_landscape(circuit, effort="quick")
    assert all(row.lower <= row.upper for row in table)
    assert len(asked) == len(set(asked)) > 1


def test_an_empty_list_gives_an_empty_table(tmp_path):
    """It says that nothing was asked, and claims nothing about bounds that meet."""
    table = ca.rank_landscape(ca.ht_model(4, 2, [2, 2]), [])
    assert len(table) == 0
    assert table.summary == "0 bipartitions of 4 locations; nothing was asked"
    assert "meet" not in f"{table} {table!r}"
    assert "meet" in ca.rank_landscape(ca.ht_model(4, 2, [2, 2])).summary
    assert table.to_data()["rows"] == []
    assert table.save(tmp_path / "t.csv").read_text(encoding="utf-8").count("\n") == 1
