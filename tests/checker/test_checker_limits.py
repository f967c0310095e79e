"""There is always an answer: limits on time, memory and work, in all three modes."""

from __future__ import annotations

import io
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from certificates.alter import written
from checker.common import Build, generic, ht, minor
from checker.hostile import MAKERS, for_all, independent
from hostile_formulas import HOSTILE, nested

from circuitalg import checker
from circuitalg.checker.circuit import check_scopes
from circuitalg.checker.expressions import FORMULA
from circuitalg.checker.forall.normal_form import Formulas
from circuitalg.checker.meter import MAX_WORK, MEMORY, Meter

FOLDER = Path(checker.__file__).parent
LIBRARY = """
import sys
sys.path.insert(0, sys.argv[1])
import checker
try:
    print("Verified", checker.verify_file(sys.argv[2]).kind)
except checker.Refusal as error:
    print("Not verified:", error)
except checker.Unreadable as error:
    print("Unreadable:", error)
"""
MEASURED = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.stdout + done.stderr, used.ru_maxrss >> 10]))
"""


def run(command, **options):
    """Run a command; return what it wrote, as text unless asked otherwise."""
    return subprocess.run(command, capture_output=True, check=False, text=True, **options)


def altered(folder, module, old, new):
    """Copy the checker with a piece of one module replaced."""
    copy = shutil.copytree(FOLDER, folder / "checker")
    path = copy / f"{module}.py"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    return copy


def commands(path):
    """The three modes: as a program, as a library, as a program with NumPy."""
    return {
        "program": [sys.executable, "-I", "-S", str(FOLDER), str(path)],
        "library": [sys.executable, "-I", "-S", "-c", LIBRARY, str(FOLDER.parent), str(path)],
        "numpy": [sys.executable, str(FOLDER), "--numpy", str(path)],
    }


def answer(path):
    """Return the first line of the verdict, or the reason why there is none."""
    try:
        return checker.verify_file(path).text.splitlines()[0]
    except (checker.Refusal, checker.Unreadable) as error:
        return str(error)


@pytest.mark.parametrize("name", MAKERS)
def test_every_hostile_certificate_gets_an_answer(name, tmp_path):
    """Scaled down, it is verified or refused in a sentence, in moments."""
    data = MAKERS[name](0.004)
    path = tmp_path / "hostile.json"
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    said = answer(path)
    assert said.startswith("Verified: ") or said.endswith(".")
    assert "\n" not in said
    assert len(said) < 1000


LARGE = [
    "nested_sums",
    "nested_powers",
    "many_locations_under_a_product",
    "denominators_in_an_inverse",
    "many_scopes",
]


@pytest.mark.parametrize("mode", ["program", "library", "numpy"])
@pytest.mark.parametrize("name", LARGE)
def test_large_hostile_certificates_in_every_mode(name, mode, tmp_path):
    """At a fifth of the size that used to take minutes or gigabytes: counted work, and 400 MB."""
    pytest.importorskip("resource")
    data = MAKERS[name](0.2)
    path = written(json.dumps(data), tmp_path)
    command = [sys.executable, "-c", MEASURED, *commands(path)[mode]]
    said, megabytes = json.loads(run(command).stdout)
    assert said.startswith(("Verified", "Not verified: "))
    assert "time limit" not in said
    assert megabytes < 400


REASONS = {
    "nested_sums": "100000 parts",
    "nested_powers": "65536 bits",
    "many_locations_under_a_product": "fewer channels than there are products",
    "denominators_in_an_inverse": "the inverse needs a common denominator of more than 100000 bits",
    "denominators_in_weights": "common denominator",
    "denominators_at_weights": "common denominator",
    "denominators_in_a_metric": "common denominator",
    "denominators_in_terms": "common denominator",
    "denominators_in_frames": "common denominator",
    "fractions_in_row_sums": "a row of a fixed matrix needs a common denominator",
    "powers_of_a_box": "too many digits",
}


@pytest.mark.parametrize("name", REASONS)
def test_what_is_refused_before_it_is_computed(name):
    """The refusal names what would have become too large."""
    data = MAKERS[name](0.02)
    with pytest.raises(checker.Refusal, match=REASONS[name]):
        checker.verify(data)


def test_a_common_denominator_within_the_limit_is_no_obstacle():
    """Few coprime denominators are multiplied out; the right inverse is accepted."""
    functions = [1, ["x", 0]]  # at 1/7 and 2/7: the inverse of [[1, 1/7], [1, 2/7]]
    assert checker.verify(independent(functions, 64, [[2, -1], [-7, 7]])).kind
    near = [["2000000001/1000000000", "-1000000009/1000000007"], ["-700001/100000", 7]]
    assert checker.verify(independent(functions, 64, near)).kind
    with pytest.raises(checker.Refusal, match="non-singular"):
        checker.verify(independent(functions, 64, [[2, -1], [-7, -7]]))


def test_equal_scopes_are_kept_once_and_dropped_after_their_last_use(monkeypatch):
    """Hundreds of nodes over the same locations need the room of a few sets."""
    build = Build()
    count, copies = 300, 300
    inputs = [build.input(i, 1) for i in range(count)]
    tops = [build.product(*(build.sum(1, (x, f"a{k}")) for x in inputs)) for k in range(copies)]
    build.sum(1, *((top, f"w{k}") for k, top in enumerate(tops)))
    circuit = checker.read_circuit(build.circuit())
    monkeypatch.setattr("circuitalg.checker.circuit.MAX_HELD", (count + 3) * (count + 1000))
    check_scopes(circuit, Meter())
    monkeypatch.setattr("circuitalg.checker.circuit.MAX_HELD", (count - 1) * 1000)
    with pytest.raises(checker.Refusal, match="different sets of locations"):
        check_scopes(circuit, Meter())


# Time and memory


def good():
    """A certificate that holds."""
    return generic(ht(4, 2, [2, 2], True), [0, 2], 4, 4)


def slow(size=300):
    """A certificate that holds and takes a second or more."""
    circuit = ht(4, 24, [size, 1])
    return generic(circuit, [0, 2], size, 24 * 24, minor(size))


def test_the_deadline_counts_in_a_library_call():
    """A call with a short time limit refuses, and says which limit."""
    with pytest.raises(checker.Refusal, match="longer than the time limit of 1e-06 seconds"):
        checker.verify(good(), time_limit=1e-6)
    assert checker.verify(good(), time_limit=1e6, memory_limit=1000).kind == "GenericRank"


def test_the_deadline_counts_within_a_minor():
    """Every row of a minor looks at the clock."""
    with pytest.raises(checker.Refusal, match="time limit"):
        checker.verify(slow(), time_limit=0.2)


@pytest.mark.parametrize("numpy", [False, True])
def test_the_time_limit_of_the_program(tmp_path, numpy):
    """--time-limit is refused in one sentence with exit code 1, with --json as well."""
    path = written(json.dumps(slow()), tmp_path)
    options = ["--time-limit", "0.01"] + ["--numpy"] * numpy
    for more in ([], ["--json"]):
        done = run([sys.executable, str(FOLDER), *options, *more, str(path)])
        assert done.returncode == 1
        assert "longer than the time limit of 0.01 seconds" in done.stdout + done.stderr


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "inf", "x"])
@pytest.mark.parametrize("option", ["--time-limit", "--memory-limit"])
def test_limits_must_be_positive_numbers(option, limit):
    """Anything else is wrong usage, or a ValueError of the library call."""
    done = run([sys.executable, str(FOLDER), option, limit, "x"])
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    name = option[2:].replace("-", "_")
    for number in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="positive"):
            checker.verify(good(), **{name: number})


CHILD = "    if options.for_process:\n"


def test_an_operation_that_never_looks_at_the_clock_is_ended(tmp_path):
    """The program does not wait for its second process for ever."""
    loop = "    while options.for_process:\n        9**9**4\n"
    endless = altered(tmp_path, "program", CHILD, loop + CHILD)
    done = run([sys.executable, "-I", "-S", str(endless), "--time-limit", "0.1", "none.json"])
    assert done.returncode == 1
    assert done.stderr == (
        "Not verified: checking this takes longer than the time limit of 0.1 seconds.\n"
    )


def test_a_second_process_that_dies_is_a_refusal(tmp_path):
    """Where the system kills the process that checks, the program says so."""
    dying = altered(tmp_path, "program", CHILD, CHILD + "        os.abort()\n")
    done = run([sys.executable, "-I", "-S", str(dying), "none.json"])
    assert done.returncode == 1
    assert "perhaps for want of memory" in done.stderr


linux = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")


def roomy():
    """A certificate whose numbers need some hundred MB."""
    return MAKERS["a_long_stored_number"](2.0)


@linux
@pytest.mark.parametrize("mode", ["program", "numpy"])
def test_the_memory_limit_of_the_program(tmp_path, mode):
    """A file that needs more is refused in one sentence that names the limit."""
    path = written(json.dumps(roomy()), tmp_path)
    command = commands(path)[mode]
    done = run([*command, "--memory-limit", "50"])
    assert done.returncode == 1
    assert done.stderr == (
        "Not verified: checking this needs more memory than the memory limit of 50 MB.\n"
    )


@linux
def test_the_memory_limit_of_a_library_call_is_lifted_afterwards(tmp_path):
    """The process has its old limit again, after a refusal as after a verdict."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    path = written(json.dumps(roomy()), tmp_path)
    with pytest.raises(checker.Refusal, match="memory limit of 50 MB"):
        checker.verify_file(path, memory_limit=50)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    seen = []
    with MEMORY.limited(1000), MEMORY.limited(10):
        seen.append(resource.getrlimit(resource.RLIMIT_AS))
    assert seen[0][0] != before[0]
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert checker.verify(good()).kind == "GenericRank"


# Ending it


def waiting(*options):
    """Start the program on a certificate that never comes, and wait until it runs."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(FOLDER), *options, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(600):
        below = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if below:
            return process, int(below[0])
        time.sleep(0.05)
    raise AssertionError("no second process")


def gone(pid):
    """Wait for a process to end."""
    for _ in range(600):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@linux
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ending_the_program_ends_the_process_that_checks(number, code):
    """Ctrl-C and termination leave nothing behind, and no trace."""
    process, below = waiting()
    process.send_signal(number)
    said = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in said[1]
    assert gone(below)


@linux
def test_the_process_that_checks_ends_when_nobody_waits_for_it(tmp_path):
    """Even a program that is killed leaves nothing at work."""
    meter = Meter()
    meter.parent = os.getppid()
    meter.look()
    meter.parent += 1
    with pytest.raises(SystemExit):
        meter.look()


# Reading


def test_standard_input(monkeypatch, tmp_path):
    """The file "-" is standard input, for the program and the library."""
    text = json.dumps(good())
    done = run([sys.executable, "-I", "-S", str(FOLDER), "-"], input=text)
    assert done.returncode == 0, done.stderr
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert checker.verify_file("-").kind == "GenericRank"


def test_a_byte_order_mark_is_read(tmp_path):
    """Editors on Windows put one before the text; a second one is not JSON."""
    path = tmp_path / "thm.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(good()).encode())
    assert checker.verify_file(path).kind == "GenericRank"
    path.write_bytes(b"\xef\xbb\xbf" * 2 + json.dumps(good()).encode())
    with pytest.raises(checker.Unreadable):
        checker.verify_file(path)


def test_long_integers_are_not_read_where_python_would_read_them(tmp_path):
    """Python's own limit may have been lifted; then reading them takes quadratic time."""
    path = tmp_path / "thm.json"
    path.write_text('{"format": ' + "7" * 5000 + "}")
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        with pytest.raises(checker.Unreadable, match="4300 digits"):
            checker.verify_file(path)
    finally:
        sys.set_int_max_str_digits(before)
    with pytest.raises(checker.Unreadable):
        checker.verify_file(path)


def test_long_numbers_given_to_the_library_are_refused():
    """Data that never was a file is held to the same limit on digits."""
    data = independent([10**5000, ["x", 0]])
    with pytest.raises(checker.Refusal, match="must hold integers"):
        checker.verify(data)


def test_announcements_go_to_stderr_at_once(tmp_path):
    """A long minor is announced while it is being computed, and the verdict follows on stdout."""
    talking = altered(tmp_path, "meter", "seconds > 2:", "seconds > 0:")
    path = written(json.dumps(good()), tmp_path)
    done = run([sys.executable, "-I", "-S", str(talking), str(path)])
    assert done.returncode == 0, done.stderr
    assert done.stderr == "checking a minor of size 4: about 0 seconds\n"
    assert done.stdout.startswith("Verified: GenericRank\n")


def test_numbers_are_counted_before_they_are_made():
    """Bits of one number, and of all that are kept, are known in advance."""
    meter = Meter(seconds=1e9)
    long = 1 << (1 << 27) + 64
    for make, reason in (
        (lambda: meter.hold(1, 1 << 29, "this"), "this would have a number of more than 268435456"),
        (lambda: meter.hold(1 << 20, 1 << 13, "this"), "this would have too many large numbers"),
        (lambda: meter.product([long, long]), "a product would have more than 268435456 bits"),
        (lambda: meter.power(1 << 20, 1 << 25), "a power would have more than 268435456 bits"),
    ):
        with pytest.raises(checker.Refusal, match=reason):
            make()
    assert meter.power(3, 2) == 9


def test_memory_without_a_limit():
    """`math.inf` leaves the process alone."""
    assert checker.verify(good(), memory_limit=math.inf).kind == "GenericRank"


def test_minors_that_are_too_large(monkeypatch):
    """Weights, incoming channels and NumPy's memory are counted before anything is drawn."""
    with monkeypatch.context() as patch:
        patch.setattr("circuitalg.checker.rank.minors.MAX_WEIGHTS", 9)
        with pytest.raises(checker.Refusal, match="more than 9 weights"):
            checker.verify(generic(ht(2, 2, [2]), [0], 1, 2, minor(1)))
        patch.setattr("circuitalg.checker.rank.minors.MAX_WEIGHTS", 10)
        assert checker.verify(generic(ht(2, 2, [2]), [0], 1, 2, minor(1))).lower == 1
    build = Build()
    tops = [build.sum(1, (build.input(i, 40_000), f"a{i}")) for i in (0, 1)]
    build.sum(1, (build.product(*tops), "o"))
    with pytest.raises(checker.Refusal, match="more than 32,768 incoming channels"):
        checker.verify(generic(build.circuit(), [0], 1, 1))
    pytest.importorskip("numpy")
    with pytest.raises(checker.Refusal, match="MB with NumPy"):
        checker.verify(generic(ht(2, 2, [2]), [0], 2, 2, minor(20_000)), use_numpy=True)


def test_more_time_allows_more_work():
    """The limits on estimates grow with the time limit, and do not shrink with it."""
    size = 1500
    assert Meter(seconds=10).scale == 1
    assert Meter(seconds=3000).scale == 10
    with pytest.raises(checker.Refusal, match="limit 90 for"):
        Meter(seconds=10).announce(100, size)
    Meter(seconds=3000).announce(100, size)
    meter = Meter()
    meter.spend(MAX_WORK)
    with pytest.raises(checker.Refusal, match="a longer time limit allows more"):
        meter.spend(1)
    longer = Meter(seconds=3000)
    longer.spend(9 * MAX_WORK)


# Formulas


@pytest.mark.parametrize("name", HOSTILE)
def test_formulas_that_are_large_when_written_out_are_refused_by_counting(name, tmp_path):
    """Bits, terms and steps are counted: no file of some kilobytes takes all the time allowed."""
    data = for_all(HOSTILE[name], {"N": 2, "M": 1, "Z": 1})
    data["theorems"][-1]["statement"]["networks"].update(channels=["sym", "Z"])
    path = written(json.dumps(data), tmp_path)
    said = answer(path)
    assert said.endswith(".")
    assert "time limit of" not in said
    assert len(said) < 1000


def test_equal_parts_of_formulas_are_one_object():
    """Two orders of one sum, nested in all ways, have the same parts, and little is counted."""
    n = ["sym", "n"]

    def tower(step, order):
        def level(below, k):
            first, *more = [below, ["r", k], 1][::order]
            return step(["^", ["+", first, *more], 4])

        return nested(3, level, n)

    steps = {
        "power": lambda b: ["^", b, n],
        "exponent": lambda b: ["^", 2, ["min", n, b]],
        "least": lambda b: ["min", b, n],
        "binomial": lambda b: ["binom", b, n],
        "width": lambda b: ["r", b],
        "range": lambda b: ["minr", 0, b],
    }
    for name, step in steps.items():
        meter = Meter()
        formulas = Formulas({"n": 1}, meter)
        orders = FORMULA.read(tower(step, 1), tower(step, -1))
        first, second = map(formulas.normal, orders)
        assert [id(part) for part in first] == [id(part) for part in second], name
        assert first == second
        assert first != formulas.normal(("+", orders[0], 1))
        formulas.read(orders[0])
        assert meter.work < 5e9


def test_long_numbers_in_formulas_are_refused():
    """Data that never was a file is held to the same limit on digits in formulas, too."""
    with pytest.raises(checker.Refusal, match="an integer of 16610 bits"):
        checker.verify(for_all(10**5000))


# Formulas that are not defined


UNDEFINED = {
    "a binomial of a negative": ["binom", 3, ["-", 0, 1]],
    "a binomial from a negative": ["binom", ["-", 1, 2], 2],
    "a width before the first": ["r", ["-", 0, 1]],
    "a width before the first at the least value": ["r", ["-", ["sym", "n"], 2]],
    "an empty range": ["minr", 1, 0],
    "an empty range at the least value": ["minr", 1, ["-", ["sym", "n"], 1]],
    "a range from a negative": ["minr", ["-", 0, 1], 2],
    "a negative exponent": ["^", 2, ["-", 0, 1]],
    "a negative exponent at the least value": ["^", ["sym", "n"], ["-", ["sym", "n"], 2]],
    "a sum that ends before it begins": ["sum", "i", 1, ["-", 0, 1], 1],
    "a sum that may end before it begins": ["sum", "i", 1, ["-", 1, ["sym", "n"]], 1],
    "a negative exponent at the end of a sum": [
        "sum", "i", 0, ["sym", "n"], ["^", 2, ["-", ["-", ["sym", "n"], 1], ["sym", "i"]]],
    ],
    "a negative index at the beginning of a sum": [
        "sum", "i", 0, ["sym", "n"], ["r", ["-", ["sym", "i"], 1]],
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", UNDEFINED)
def test_formulas_must_be_defined_for_all_values(name):
    """A claim with such a part is refused even where the part cancels."""
    part = UNDEFINED[name]
    for bound in (["-", ["+", 2, part], part], ["+", 2, ["*", 0, part]], ["min", 2, part]):
        with pytest.raises(checker.Refusal, match=r"may be less than|has a negative term"):
            checker.verify(for_all(bound, {"n": 1}))


DEFINED = {
    "a binomial at zero": ["binom", 3, ["-", ["sym", "n"], 1]],
    "a small binomial": ["binom", 1, 2],
    "the first width": ["r", ["-", ["sym", "n"], 1]],
    "a range of one width": ["minr", 1, ["sym", "n"]],
    "an exponent of zero": ["^", ["sym", "n"], ["-", ["sym", "n"], 1]],
    "an empty sum": ["sum", "i", 1, ["-", 1, 1], 1],
    "an exponent that falls to zero in a sum": [
        "sum", "i", 0, ["sym", "n"], ["^", 2, ["-", ["sym", "n"], ["sym", "i"]]],
    ],
    "an exponent with a power": ["^", 3, ["-", ["^", 2, ["sym", "n"]], 2]],
    "an exponent with a minimum": ["^", 3, ["-", ["min", ["sym", "n"], ["r", 0]], 1]],
}  # fmt: skip


@pytest.mark.parametrize("name", DEFINED)
def test_formulas_at_the_edge_of_what_is_defined(name):
    """The least values themselves are allowed."""
    part = DEFINED[name]
    bound = ["-", ["+", 2, part], part]
    assert checker.verify(for_all(bound, {"n": 1})).kind == "ForAll"
    with pytest.raises(checker.Refusal, match="is not shown equal"):
        checker.verify(for_all(["+", 1, part], {"n": 1}))
