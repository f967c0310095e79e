"""The commands and their options; the work is done elsewhere, and imported when it is needed."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

import circuitalg
from circuitalg.circuit.bipartition import FORMS, is_number
from circuitalg.cli import output as out
from circuitalg.errors import CircuitError, FileFormatError, OutputError
from circuitalg.files import (
    STANDARD,
    check_folder,
    check_output,
    is_regular,
    is_standard_output,
)
from circuitalg.integers import counted
from circuitalg.options import MAX_WORKERS
from circuitalg.run.progress import error_console, stages

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager

    from circuitalg.circuit import Bipartition, Circuit
    from circuitalg.kernel.theorem import Theorem

app = typer.Typer(
    name="circuitalg",
    help="Prove how expressive a network is, and check the proof independently.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Network = Annotated[
    Path, typer.Argument(help="A network file, as circuit.save() writes it; - is standard input.")
]


def _seconds(value: float | None) -> float | None:
    if value is not None and not value > 0:  # so that NaN is refused too
        raise typer.BadParameter(f"{value} is not a number of seconds above 0.")
    return value


Timeout = Annotated[
    float | None, typer.Option(callback=_seconds, help="Seconds for the search, above 0.")
]
MaxMinor = Annotated[int, typer.Option(min=1, help="Largest minor to try.")]
Output = Annotated[int, typer.Option(min=0, help="The output channel.")]
Space = Annotated[str, typer.Option(help="real, nonnegative or simplex weights of the network.")]
SaveTo = Annotated[
    Path | None,
    typer.Option("-o", "--out", help="Save the certificate here; - is standard output."),
]
Workers = Annotated[
    int, typer.Option(min=1, max=MAX_WORKERS, help="Processes that work at the same time.")
]
Dask = Annotated[
    str | None, typer.Option(help="Work on the cluster of this Dask scheduler: tcp://HOST:PORT.")
]


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(f"circuitalg {circuitalg.__version__}")
        raise typer.Exit


@app.command()
def prove(
    path: Annotated[Path, typer.Argument(help="A folder of proof scripts, or one script.")] = Path(
        "proofs"
    ),
    certificates: Annotated[
        Path, typer.Option("--out", help="Folder for the certificates.")
    ] = Path("certificates"),
    workers: Workers = 2,
    fresh: Annotated[bool, typer.Option("--fresh", help="Reuse no certificate.")] = False,
    statements: Annotated[
        Path | None, typer.Option(help="Also write a page of all statements (Markdown).")
    ] = None,
    dask: Dask = None,
    json: Json = False,
) -> None:
    """Run proof scripts, check every certificate, and print one table."""
    from circuitalg.files import write
    from circuitalg.run import scripts
    from circuitalg.run.statements_page import statements_page

    chosen = scripts.find(path)
    _check_outputs({"page of statements": statements}, chosen)
    start = time.perf_counter()
    with _executor(dask) as executor:
        run = scripts.run(chosen, certificates, fresh=fresh, workers=workers, executor=executor)
    with _beside(statements):
        out.prove_report(run, certificates, time.perf_counter() - start, json=json)
    if statements is not None and run.status == 0:
        command = ["circuitalg", "prove", str(path), *["--fresh"] * fresh]
        command += ["--statements", str(statements)]
        folder = path if path.is_dir() else path.parent
        page = statements_page(run.results, folder, shlex.join(command))
        write(statements, page, "page of statements")
    raise typer.Exit(run.status)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Certificates, or folders of them.")],
    circuit: Annotated[
        str | None,
        typer.Option(help="Demand that they are about this network (a file or a fingerprint)."),
    ] = None,
    rests_on: Annotated[
        list[str] | None,
        typer.Option(help="Refuse what rests on more than this: linear-algebra, schofield, ..."),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option(help="Demand this statement (a certificate of it, or its SHA-256)."),
    ] = None,
    numpy: Annotated[
        bool, typer.Option("--numpy", help="The faster second route for large minors.")
    ] = False,
    workers: Workers = 2,
    json: Json = False,
) -> None:
    """Re-verify certificates with the independent checker, each in a process of its own."""
    from circuitalg.run.checker import check_all, find

    with stages() as progress:
        verdicts = check_all(
            find(paths),
            circuit=circuit,
            expect=expect,
            rests_on=rests_on or (),
            numpy=numpy,
            workers=workers,
            progress=progress,
        )
    out.check_report(verdicts, json=json)
    raise typer.Exit(max(verdict.status for verdict in verdicts))


@app.command()
def checker(
    program: Annotated[
        Path, typer.Option("-o", "--out", help="The file; - is standard output.")
    ] = Path("checker.pyz"),
    json: Json = False,
) -> None:
    """Write the checker as one file, which needs nothing but Python: python -I -S FILE."""
    from circuitalg.checker.archive import archive
    from circuitalg.files import write

    write(program, archive(), "checker")
    with _beside(program):
        found = {"checker": str(program)}
        out.plain_report(
            found, f"wrote {program}; python -I -S {program} FILE verifies a certificate", json=json
        )


@app.command()
def rank(
    network: Network,
    partition: Annotated[str, typer.Option("-p", "--partition", help=FORMS)],
    output: Output = 0,
    space: Space = "real",
    max_minor: MaxMinor = 400,
    timeout: Timeout = None,
    certificate: SaveTo = None,
    json: Json = False,
) -> None:
    """Prove the generic rank of a network's coefficient tensor across a bipartition."""
    _check_outputs({"certificate": certificate}, [network])
    circuit = circuitalg.load_circuit(network)
    parts = circuitalg.Bipartition.parse(partition, circuit.num_locations)
    start = time.perf_counter()
    with _waiting("proving both sides of the rank"):
        theorem = circuitalg.prove_rank(
            circuit, parts, output=output, space=space, max_minor=max_minor, timeout=timeout
        )
    seconds = time.perf_counter() - start
    _finish(theorem, certificate, lambda at: out.theorem_report(theorem, seconds, at, json=json))


@app.command()
def landscape(
    network: Network,
    partition: Annotated[
        list[str] | None,
        typer.Option(
            "-p", "--partition", help=f"One bipartition to look at; default: all. {FORMS}"
        ),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option("--random", min=1, max=1_000_000, help="This many random bipartitions."),
    ] = None,
    output: Output = 0,
    space: Space = "real",
    effort: Annotated[
        Literal["auto", "quick", "full"],
        typer.Option(help="quick: cut and routing; full: all tactics; auto: all if few are open."),
    ] = "auto",
    max_minor: MaxMinor = 400,
    workers: Workers = 2,
    dask: Dask = None,
    kept: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Keep answers here (JSON lines); a second run goes on."),
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Also write the table as CSV.")] = None,
    json: Json = False,
) -> None:
    """Bound the rank across all bipartitions of a network, or many, and print one table."""
    from circuitalg.run.scripts import terminable

    if csv is not None and is_regular(csv) and csv.suffix != ".csv":
        raise FileFormatError(f"--csv needs a name that ends in .csv, got {csv}")
    _check_outputs({"landscape": kept, "table": csv}, [network])
    circuit = circuitalg.load_circuit(network)
    count = circuit.num_locations
    asked = [circuitalg.Bipartition.parse(text, count) for text in partition or ()]
    asked += [circuitalg.Bipartition.random(count, seed) for seed in range(sample or 0)]
    start = time.perf_counter()
    try:
        with stages() as progress, terminable(), _executor(dask) as executor:
            table = circuitalg.rank_landscape(
                circuit,
                asked or "all",
                output=output,
                space=space,
                effort=effort,
                max_minor=max_minor,
                workers=workers,
                executor=executor,
                progress=progress,
                keep=kept,
            )
    except KeyboardInterrupt:
        where = f"finished answers are in {kept}; run again to go on" if kept else "nothing is kept"
        print(f"circuitalg: interrupted; {where}", file=sys.stderr)
        raise
    with _beside(kept, csv):
        out.landscape_report(table, time.perf_counter() - start, json=json)
    if csv is not None:
        table.save_csv(csv)


@app.command()
def conjecture(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="Python code with conjectures, or a folder.")
    ],
    examples: Annotated[
        int | None, typer.Option(min=1, help="Cases to try of each; default: its own.")
    ] = None,
    timeout: Timeout = None,
    seed: Annotated[int, typer.Option(min=0, help="Begins the random choices.")] = 0,
    workers: Workers = 2,
    dask: Dask = None,
    database: Annotated[
        Path | None,
        typer.Option(help="Folder for what was tried; a second run goes on with new cases."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Folder for the findings and their certificates."),
    ] = None,
    json: Json = False,
) -> None:
    """Search for counterexamples to the conjectures of a Python file, which is run."""
    from circuitalg import strategies  # without Hypothesis it says what to install
    from circuitalg.run.scripts import terminable
    from circuitalg.strategies.conjecture_file import declared, files, search

    del strategies
    if folder is not None:
        check_folder(folder, "findings")
    asked = [each for file in files(path) for each in declared(file)]
    results: list[tuple[str, Any]] = []
    with stages() as progress, terminable(), _executor(dask) as executor:
        for each in asked:
            findings = search(
                each,
                examples=examples,
                timeout=timeout,
                seed=seed,
                database=database,
                workers=workers,
                executor=executor,
                progress=progress,
            )
            results.append((each.name, findings))
            if findings.counterexample is not None:
                findings.counterexample.check()
            if folder is not None:
                findings.save_in(folder, f"{each.path.stem}-{each.name}")
            if findings.ending == "interrupted":
                break
    out.conjecture_report(results, json=json)
    if results[-1][1].ending == "interrupted":
        raise KeyboardInterrupt
    new = [
        found.refuted and not each.conjecture.known_false
        for each, (_, found) in zip(asked, results, strict=True)
    ]
    raise typer.Exit(int(any(new)))


@app.command()
def separate(
    network: Annotated[
        Path | None, typer.Argument(help="A network file; or give --locations, --dim, --widths.")
    ] = None,
    locations: Annotated[int | None, typer.Option(min=2, help="Locations N = q^L.")] = None,
    dim: Annotated[int | None, typer.Option(min=1, help="Representation channels M.")] = None,
    widths: Annotated[str | None, typer.Option(help="Channels by level: 4,4,4,4.")] = None,
    window: Annotated[int, typer.Option(min=2, help="Pooling windows q.")] = 2,
    shared: Annotated[bool, typer.Option("--shared", help="Tie the weights of a level.")] = False,
    levels: Annotated[
        int | None,
        typer.Option(
            min=1, max=63, help="Compare with networks of this many levels; default: CP models."
        ),
    ] = None,
    family: Annotated[
        str, typer.Option(help="Or compare with: tt, rac, or a mode tree: [[0,1],[2,3]].")
    ] = "cp",
    partition: Annotated[
        str, typer.Option("-p", "--partition", help=f"best, paper, {FORMS}")
    ] = "best",
    output: Output = 0,
    space: Space = "real",
    max_minor: MaxMinor = 400,
    timeout: Timeout = None,
    certificate: SaveTo = None,
    json: Json = False,
) -> None:
    """Prove how many channels a shallow, or shallower, network needs to match a deep one."""
    from circuitalg.prove.rank.separation import as_family, paper_bound

    _check_outputs({"certificate": certificate}, [] if network is None else [network])
    if network is not None:
        if any(option is not None for option in (locations, dim, widths)):
            raise CircuitError("give a network file, or --locations, --dim and --widths, not both")
        deep = circuitalg.load_circuit(network)
    elif locations is None or dim is None or widths is None:
        raise CircuitError(
            "separate needs a network: a file, or all of --locations, --dim and --widths"
        )
    else:
        deep = circuitalg.ht_model(
            locations, dim, _numbers(widths, "--widths"), window=window, shared=shared
        )
    if levels is not None and family != "cp":
        raise CircuitError("--levels is about truncated networks: give it, or --family, not both")
    kind = as_family(family) if levels is None else circuitalg.truncated_family(levels, window)
    parts = (
        partition
        if partition in ("best", "paper")
        else circuitalg.Bipartition.parse(partition, deep.num_locations)
    )
    start = time.perf_counter()
    with _waiting("proving a separation"):
        theorem = circuitalg.prove_separation(
            deep,
            kind,
            bipartition=parts,
            output=output,
            space=space,
            max_minor=max_minor,
            timeout=timeout,
        )
    seconds = time.perf_counter() - start
    bound = paper_bound(deep, kind)
    _finish(
        theorem,
        certificate,
        lambda at: out.separation_report(theorem, bound, seconds, at, json=json),
    )


@app.command()
def draw(
    network: Network,
    picture: Annotated[
        Path | None, typer.Option("-o", "--out", help="The picture: .svg, .png or .pdf.")
    ] = None,
    partition: Annotated[
        str | None, typer.Option("-p", "--partition", help=f"Show sides and cut: {FORMS}")
    ] = None,
    json: Json = False,
) -> None:
    """Draw a network; with a bipartition its sides are coloured and the least cut highlighted."""
    from circuitalg.view import draw as draw_circuit

    if picture is None:
        picture = network.with_suffix(".svg") if is_regular(network) else Path(STANDARD)
    _check_outputs({"drawing": picture}, [network])
    circuit = circuitalg.load_circuit(network)
    parts, cut = None, None
    if partition is not None:
        parts = circuitalg.Bipartition.parse(partition, circuit.num_locations)
        cut = _cut(circuit, parts)
    with _waiting("drawing"):
        draw_circuit(circuit, picture, bipartition=parts, cut=cut)
    found: dict[str, Any] = {"picture": str(picture), "nodes": len(circuit.nodes)}
    found |= {"fingerprint": circuit.fingerprint}
    if parts is not None:
        found["bipartition"] = parts.letters
    if cut is not None:
        found["cut"] = sorted(cut)
    with _beside(picture):
        out.plain_report(
            found, f"drew {counted(len(circuit.nodes), 'node')} into {picture}", json=json
        )


def _check_outputs(places: Mapping[str, Path | None], inputs: Sequence[Path]) -> None:
    """Refuse places where the results could not be written, before the work; by their kinds."""
    for kind, place in places.items():
        if place is not None:
            check_output(place, kind, inputs)
    if sum(map(is_standard_output, places.values())) > 1:
        raise OutputError("only one of the results can go to standard output")


def _executor(dask: str | None) -> AbstractContextManager[Executor | None]:
    from circuitalg.run.parallel import dask_executor

    return nullcontext() if dask is None else dask_executor(dask)


def _beside(*places: Path | None) -> AbstractContextManager[Any]:
    """Where a result goes to standard output, what is said about it goes to standard error."""
    return redirect_stdout(sys.stderr) if any(map(is_standard_output, places)) else nullcontext()


def _finish(
    theorem: Theorem, certificate: Path | None, report: Callable[[Path | None], None]
) -> None:
    """Save and report; what was proved is reported even if it cannot be saved."""
    saved, failed = None, None
    if certificate is not None:
        try:
            saved = theorem.save(certificate)
        except OutputError as error:
            failed = error
    with _beside(certificate):
        report(saved)
    if failed is not None:
        raise failed


def _cut(circuit: Circuit, parts: Bipartition) -> frozenset[str] | None:
    """Nodes of a least cut; a circuit that is not a tree has none, and is drawn without."""
    from circuitalg.prove.rank.cut import minimal_cut

    if not circuit.is_tree:
        print(
            f"circuitalg: no cut is drawn, since it needs a tree: {circuit.is_tree.reason}",
            file=sys.stderr,
        )
        return None
    return minimal_cut(circuit, parts)


def _numbers(text: str, option: str) -> list[int]:
    parts = text.split(",")
    if not all(is_number(part) for part in parts):
        raise FileFormatError(
            f"{option} must be numbers with commas between, such as 4,4,4; got {text!r}"
        )
    return [int(part) for part in parts]


def _waiting(what: str) -> AbstractContextManager[Any]:
    """Show a spinner on a terminal, nothing in a pipe."""
    console = error_console()
    return console.status(what + " ...") if console.is_terminal else nullcontext()
