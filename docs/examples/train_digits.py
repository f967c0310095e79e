"""Train shallow and deep networks on handwritten digits: signed, non-negative and simplex weights.

    python docs/examples/train_digits.py [--quick] [--plot FILE]

It needs PyTorch and scikit-learn, whose 1,797 digits of 8 × 8 pixels it uses. The 64 pixels are the
locations; four Gaussians see each pixel. docs/learning.md tells what came out.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np

import circuitalg as ca

try:
    import torch
    from sklearn.datasets import load_digits
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is not installed: pip install torch scikit-learn (docs/learning.md)")

CLASSES, GAUSSIANS, BATCH, PATIENCE = 10, 4, 64, 10
CHANCE = 0.2
"""A run that ends with a lower accuracy than this has failed; guessing gives 0.1."""
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
NOISES = (0.2, 0.5, 1.0)
WIDTHS = {"narrow": ((8, 8, 8), 13), "wide": ((12, 24, 40), 45)}
"""Channels of the deep network's three levels; of the shallow one, for as many parameters."""
LEARNERS = ("signed", "nonnegative", "simplex")
SHARES = (0.0, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Run:
    """What is trained, and how."""

    size: str
    deep: bool
    learner: str
    rate: float
    noise: float
    seed: int
    epochs: int
    naive: bool = False
    linear: bool = False
    joint: bool = False
    raw: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a run: accuracies, by epoch on the validation images and at the end on tests."""

    run: Run
    curve: tuple[float, ...]
    test: float
    seconds: float
    steps: int
    lost: bool
    weights: dict[str, Any]

    @property
    def best(self) -> float:
        """The accuracy on the validation images by which the run was stopped."""
        return max(self.curve, default=0.0)

    @property
    def failed(self) -> bool:
        """Whether it met a number that is none, or learned nothing."""
        return self.lost or self.best < CHANCE


def network(size: str, deep: bool) -> ca.Circuit:
    """A deep network that pools 2 × 2 windows, or a shallow one with as many parameters."""
    levels, width = WIDTHS[size]
    if not deep:
        return ca.cp_model(64, GAUSSIANS, width, outputs=CLASSES)
    tree = ca.ModeTree.grid(8, 8)
    depths = [0] * len(tree.children)
    for number, children in enumerate(tree.children):
        for child in children:
            if child < 0:
                depths[-child] = depths[number] + 1
    return ca.tree_model(tree, GAUSSIANS, [levels[2 - d] for d in depths], outputs=CLASSES)


@cache
def data() -> tuple[Any, Any]:
    """The pixels and the digits, read once in each process."""
    read = load_digits()
    return read.images.reshape(-1, 64) / 16, read.target


def images(seed: int) -> tuple[Any, Any, tuple[Any, Any, Any]]:
    """Pixels (1797, 64) from 0 to 1, digits, and which images train, validate and test.

    The 360 test images are the same for all seeds.
    """
    pixels, digits = data()
    order = np.random.default_rng(2016).permutation(len(digits))
    rest = np.random.default_rng(seed).permutation(order[360:])
    return pixels, digits, (rest[359:], rest[:359], order[:360])


def representation(pixels: Any, raw: bool = False) -> Any:
    """Logarithms (images, 64, 4) of the Gaussians; NaN is a missing pixel, whose values are 1.

    They are divided by their mean at each pixel, unless raw. That multiplies all scores by one
    factor, and keeps products of 64 of them in range. Raw ones are densities of the pixels as the
    data set has them, from 0 to 16.
    """
    means = np.linspace(0, 1, GAUSSIANS)
    logs = -((pixels[..., None] - means) ** 2) / (2 * 0.2**2)
    logs = logs - np.log(0.2 * 16 * np.sqrt(2 * np.pi))
    if not raw:
        logs = logs - np.log(np.exp(logs).mean(axis=-1, keepdims=True))
    return torch.tensor(np.where(np.isnan(logs), 0.0, logs), dtype=torch.float32)


def start(circuit: ca.Circuit, run: Run) -> dict[str, Any]:
    """Weights to start from: rows scatter around equal weights of sum 1, so products keep size.

    Naive signed ones are normal with variance 1/columns, which keeps the mean square of a sum.
    """
    generator = np.random.default_rng(run.seed)
    found = {}
    for name, shape in circuit.parameters.items():
        noise = generator.standard_normal(shape)
        if run.naive:
            found[name] = noise / np.sqrt(shape[1])
        elif run.learner == "signed":
            found[name] = (1 + run.noise * noise) / shape[1]
        else:
            table = np.exp(run.noise * noise)
            found[name] = table / table.sum(axis=1, keepdims=True)
    return found


def module(run: Run, weights: dict[str, Any]) -> Any:
    """The network as a PyTorch module."""
    space = "real" if run.learner == "signed" else run.learner
    log = run.learner != "signed" and not run.linear
    return ca.to_torch(network(run.size, run.deep), weights, space=space, log=log)


def logits(model: Any, logs: Any) -> Any:
    """What softmax turns into class probabilities: log-scores, or the scores of a signed network.

    So a non-negative network's probabilities are h_y / Σ h.
    """
    if model.log:
        return model(logs)
    scores = model(torch.exp(logs))
    return scores if model.space == "real" else torch.log(scores)


def accuracy(model: Any, logs: Any, digits: Any) -> float:
    """Share of the images whose largest score is that of their digit."""
    with torch.no_grad():
        scores = logits(model, logs)
    return float(((scores.argmax(dim=1) == digits) & scores.isfinite().all(dim=1)).float().mean())


def copied(model: Any) -> dict[str, Any]:
    """Its parameters as they are now."""
    return {key: value.clone() for key, value in model.state_dict().items()}


def train(run: Run) -> Outcome:
    """Adam on batches of 64 until the validation accuracy has not risen for ten epochs."""
    torch.set_num_threads(1)
    torch.manual_seed(run.seed)
    pixels, labels, (training, validation, test) = images(run.seed)
    logs, digits = representation(pixels, run.raw), torch.tensor(labels)
    model = module(run, start(network(run.size, run.deep), run))
    optimizer = torch.optim.Adam(model.parameters(), lr=run.rate, fused=True)
    curve: list[float] = []
    best, lost, steps, begun = copied(model), False, 0, time.perf_counter()
    for _ in range(run.epochs):
        for batch in torch.tensor(training)[torch.randperm(len(training))].split(BATCH):
            scores = logits(model, logs[batch])
            loss = torch.nn.functional.cross_entropy(scores, digits[batch])
            if run.joint:  # -log P(image) by pixel, from the sum over classes
                loss = loss - torch.logsumexp(scores, dim=1).mean() / 64
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
            lost = lost or not bool(torch.isfinite(loss))
        if lost:
            break
        curve.append(accuracy(model, logs[validation], digits[validation]))
        if curve[-1] > max(curve[:-1], default=-1.0):
            best = copied(model)
        elif len(curve) - 1 - int(np.argmax(curve)) >= PATIENCE:
            break
    seconds = time.perf_counter() - begun
    model.load_state_dict(best)
    reached = accuracy(model, logs[test], digits[test])
    return Outcome(run, tuple(curve), reached, seconds, steps, lost, model.weights())


def missing(outcome: Outcome, share: float) -> tuple[float, float]:
    """Test accuracy without a share of the pixels: with values 1 for them, and with pixels 0.

    Values 1 marginalize a network with weights on the simplex: its densities integrate to 1.
    """
    run = outcome.run
    pixels, labels, (_, _, test) = images(run.seed)
    generator = np.random.default_rng(run.seed)
    gone = generator.random((len(test), 64)) < share
    digits, model = torch.tensor(labels[test]), module(run, outcome.weights)
    return (
        accuracy(model, representation(np.where(gone, np.nan, pixels[test])), digits),
        accuracy(model, representation(np.where(gone, 0.0, pixels[test])), digits),
    )


def train_all(runs: Sequence[Run], pool: Executor | None) -> list[Outcome]:
    """All runs, in the pool's processes or in this one."""
    return list(map(train, runs) if pool is None else pool.map(train, runs))


# What is compared


def tune(
    quick: bool, pool: Executor | None
) -> tuple[dict[tuple[str, bool, str], Run], list[Outcome]]:
    """For each model the learning rate and noise that validate best, from one grid for all."""
    sizes = ("wide",) if quick else tuple(WIDTHS)
    rates, noises, epochs = ((0.003, 0.03), (1.0,), 5) if quick else (RATES, NOISES, 20)
    models = list(product(sizes, (True, False), LEARNERS))
    runs = [
        Run(*model, rate, noise, seed=0, epochs=epochs)
        for model in models
        for rate in rates
        for noise in noises
    ]
    outcomes = train_all(runs, pool)
    chosen = {}
    for model in models:
        own = [o for o in outcomes if (o.run.size, o.run.deep, o.run.learner) == model]
        chosen[model] = max(own, key=lambda o: o.best).run
    return chosen, outcomes


def name(run: Run) -> str:
    """As the tables and pictures call it."""
    what = {"signed": "signed", "nonnegative": "non-negative, log", "simplex": "simplex, log"}
    return f"{'deep' if run.deep else 'shallow'}, {what[run.learner]}{' (joint)' * run.joint}"


def figures(values: Iterable[float]) -> str:
    """Mean ± standard deviation of accuracies in per cent."""
    listed = [100 * value for value in values]
    return f"{mean(listed):.1f} ± {stdev(listed):.1f}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in Markdown."""
    print()
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(str(cell) for cell in row) + " |")


def step_times(chosen: Iterable[Run], rounds: int) -> dict[Run, float]:
    """Milliseconds of a training step: the models by turns in this process, the best of each."""
    torch.set_num_threads(1)
    logs = representation(np.random.default_rng(0).random((BATCH, 64)))
    digits = torch.arange(BATCH) % CLASSES
    models = {run: module(run, start(network(run.size, run.deep), run)) for run in chosen}
    adams = {run: torch.optim.Adam(m.parameters(), lr=0.0, fused=True) for run, m in models.items()}
    best = dict.fromkeys(models, float("inf"))
    for _ in range(rounds):
        for run, model in models.items():
            begun = time.perf_counter()
            adams[run].zero_grad()
            torch.nn.functional.cross_entropy(logits(model, logs), digits).backward()
            adams[run].step()
            best[run] = min(best[run], 1000 * (time.perf_counter() - begun))
    return best


def compare(quick: bool, seeds: int, pool: Executor | None) -> dict[Run, list[Outcome]]:
    """Tune, train with several seeds, and print the table of accuracies."""
    chosen, grid = tune(quick, pool)
    epochs = 8 if quick else 60
    joint = [replace(chosen["wide", deep, "simplex"], joint=True) for deep in (True, False)]
    plans = [*chosen.values(), *joint]
    runs = [replace(run, seed=seed, epochs=epochs) for run in plans for seed in range(1, seeds + 1)]
    outcomes = train_all(runs, pool)
    by_run = {run: outcomes[i * seeds : (i + 1) * seeds] for i, run in enumerate(plans)}
    times = step_times(plans, 5 if quick else 40)
    rows = []
    for run, own in by_run.items():
        tried = [o for o in grid if replace(o.run, rate=0, noise=0) == replace(
            run, rate=0, noise=0, joint=False)]  # fmt: skip
        rows.append(
            [
                run.size,
                name(run),
                network(run.size, run.deep).num_parameters,
                f"{run.rate:g}, {run.noise:g}",
                figures(o.test for o in own),
                f"{sum(o.failed for o in own)} of {len(own)}",
                f"{sum(o.failed for o in tried)} of {len(tried)}",
                f"{mean(o.steps for o in own):.0f}",
                f"{times[run]:.1f}",
            ]
        )
    head = ["size", "network", "parameters", "rate, noise", "test accuracy (%)", "failed"]
    table([*head, "failed in the grid", "steps", "ms a step"], rows)
    return by_run


def out_of_range(quick: bool, pool: Executor | None) -> None:
    """Print what happens to signed networks without care, and to products below float32's."""
    base = Run("wide", True, "signed", 0.003, 1.0, seed=1, epochs=3 if quick else 15)
    plain = replace(base, learner="nonnegative", rate=0.03)
    cases = {
        "signed, weights of mean 1/columns, scaled inputs": base,
        "signed, normal weights, scaled inputs": replace(base, naive=True),
        "signed, weights of mean 1/columns, densities": replace(base, raw=True),
        "non-negative, linear space, scaled inputs": replace(plain, linear=True),
        "non-negative, linear space, densities": replace(plain, linear=True, raw=True),
        "non-negative, log-space, densities": replace(plain, raw=True),
    }
    pixels, _, (training, _, _) = images(1)
    rows = []
    for (what, run), outcome in zip(
        cases.items(), train_all(list(cases.values()), pool), strict=True
    ):
        model = module(run, start(network(run.size, run.deep), run))
        with torch.no_grad():
            logs = representation(pixels[training], run.raw)
            first = model(logs if model.log else torch.exp(logs)).abs()
        end = "NaN or infinity in the loss" if outcome.lost else f"{100 * outcome.test:.1f}"
        size = f"{float(first.median()):.2g}"
        rows.append([what, f"exp(−{size})" if model.log else size, end])
    table(["deep network, float32", "median score at the start", "test accuracy (%)"], rows)


def without_pixels(by_run: dict[Run, list[Outcome]]) -> dict[Run, Any]:
    """Print test accuracies with missing pixels; return their means, (shares, 2) by run."""
    found, rows = {}, []
    for run, own in by_run.items():
        if run.size == "wide":
            results = np.array([[missing(o, share) for share in SHARES] for o in own])
            found[run] = results.mean(axis=0)
            for how, title in enumerate(("values 1", "pixel 0")):
                cells = [figures(results[:, i, how]) for i in range(len(SHARES))]
                rows.append([name(run), title, *cells])
    table(["network", "a missing pixel has", *(f"{share:.0%} missing" for share in SHARES)], rows)
    return found


COLOURS = {"signed": "#b5482a", "nonnegative": "#2f6f9f", "simplex": "#3d8b4f"}


def draw(by_run: dict[Run, list[Outcome]], without: dict[Run, Any], path: Path) -> None:
    """Write learning curves, final accuracies, and accuracies with missing pixels."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
    shown = [run for run in by_run if not run.joint]
    draw_curves(axes[0], {run: by_run[run] for run in shown if run.size == "wide"})
    middle = axes[1]
    for place, run in enumerate(shown):
        tests = [100 * o.test for o in by_run[run]]
        places = place + np.linspace(-0.2, 0.2, len(tests))
        shape = "o" if run.deep else "s"
        middle.plot(tests, places, shape, color=COLOURS[run.learner], ms=5, alpha=0.8)
    middle.set_yticks(range(len(shown)), [f"{run.size} {name(run)}" for run in shown], fontsize=8)
    middle.invert_yaxis()
    middle.set(xlabel="test accuracy (%), a mark for each seed", title="After training")
    for run, means in without.items():
        if run.deep and (run.joint or run.learner == "signed"):
            for how, (line, title) in enumerate((("-", "values 1"), (":", "pixel 0"))):
                style = {"color": COLOURS[run.learner], "ls": line}
                percent = 100 * np.array(SHARES)
                axes[2].plot(percent, 100 * means[:, how], label=f"{name(run)}: {title}", **style)
    axes[2].set(xlabel="missing pixels (%)", ylabel="test accuracy (%)", title="Missing pixels")
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.grid(alpha=0.3)
    for each in (axes[0], axes[2]):
        each.set_ylim(0, 100)
        each.legend(fontsize=8, frameon=False, loc="lower left" if each is axes[2] else "best")
    ca.save_picture(figure, path)
    plt.close(figure)


def draw_curves(axes: Any, runs: dict[Run, list[Outcome]]) -> None:
    """Mean validation accuracies by epoch; a run that has ended keeps its best."""
    length = max(len(o.curve) for own in runs.values() for o in own)
    for run, own in runs.items():
        curves = np.array([[*o.curve, *[o.best] * (length - len(o.curve))] for o in own])
        style = {"color": COLOURS[run.learner], "ls": "-" if run.deep else "--"}
        axes.plot(range(1, length + 1), 100 * curves.mean(axis=0), label=name(run), **style)
    axes.set(xlabel="epoch", ylabel="validation accuracy (%)", title="Training, wide networks")


def main() -> None:
    """Train everything and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few epochs, two seeds, one size")
    parser.add_argument("--plot", type=Path, help="write the pictures into this file")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    if options.workers < 1:
        parser.error("--workers is at least 1")
    if options.plot:
        try:
            ca.check_picture(options.plot)  # before minutes of training
        except ca.CircuitalgError as error:
            parser.error(f"--plot: {error}")
    begun = time.perf_counter()
    one = options.workers == 1
    with (
        nullcontext()
        if one
        else ProcessPoolExecutor(options.workers, mp_context=get_context("spawn"))
    ) as pool:
        by_run = compare(options.quick, 2 if options.quick else 5, pool)
        out_of_range(options.quick, pool)
    without = without_pixels(by_run)
    if options.plot:
        draw(by_run, without, options.plot)
    print(f"\n{time.perf_counter() - begun:.0f} s, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
