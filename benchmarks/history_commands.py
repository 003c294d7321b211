"""Measures what commands cost on long histories, and how that grows with them: see docs/benchmarks.md.

    make bench                       or: python benchmarks/history_commands.py [--histories FOLDER] [--size 50x20 ...]
    make bench-large                 or: python benchmarks/history_commands.py --size 1000x100 --rounds 1

A size is MODELSxEACH, as history.py takes them: 50x20 are 1,000 promotions, and every fifth model has as many more in a
second environment. The exponent of growth is fitted to the processor time of all sizes. A target that is missed is
printed as missed.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import tools
from measuring import Case, interleaved
from table import markdown

SMALL, LARGE = 10_000, 100_000
MOST_GROWTH = 1.1
PEER_AT = SMALL  # `gto history` takes two minutes there, and ten times as long at 100,000
MODEL = "model-0000"
WRITER = Path(__file__).parent / "history.py"


@dataclass(frozen=True)
class Target:
    """The most seconds and megabytes that a command may take; `processor` for seconds of processor time, not wall."""

    seconds: float
    megabytes: float = math.inf
    processor: bool = False

    def __str__(self) -> str:
        unit = "CPU-s" if self.processor else "s"
        limit = f"at most {self.seconds:g} {unit}"
        return limit if self.megabytes == math.inf else f"{limit}, {self.megabytes:g} MB"

    def is_met(self, case: Case) -> bool:
        """Whether a measured case stays below it."""
        taken = case.processor if self.processor else case.median
        return taken <= self.seconds and case.peak <= self.megabytes * 1e6


@dataclass(frozen=True)
class Command:
    """A command to measure, in the clone that `at` names, with its targets by the number of promotions."""

    name: str
    words: tuple[str, ...]
    at: str = "repository"
    targets: Mapping[int, Target] = field(default_factory=dict)
    code: int = 0
    first_page: bool = False
    grows: bool = False  # whether its exponent has a target


COMMANDS = (
    Command("audit", ("audit",), grows=True,
            targets={SMALL: Target(35, 110, processor=True), LARGE: Target(360, 450, processor=True)}),
    Command("audit of one new commit", ("audit", "--since-checkpoint"), "checked",
            targets={SMALL: Target(0.6), LARGE: Target(0.6)}),
    Command("status", ("status",), targets={SMALL: Target(1), LARGE: Target(3)}),
    Command("check of a pull request", ("check", "1", "--no-status"), "change", grows=True,
            targets={SMALL: Target(1), LARGE: Target(2)}),
    Command("check --push", ("check", "--push"), "change", grows=True, targets={SMALL: Target(1), LARGE: Target(2)}),
    Command("gate, its data out of reach", ("gate", MODEL), code=3, targets={SMALL: Target(1), LARGE: Target(2)}),
    Command("record, nothing missing", ("record",), grows=True, targets={SMALL: Target(1), LARGE: Target(2)}),
    Command("history, first page", ("history",), first_page=True, targets={SMALL: Target(1), LARGE: Target(3)}),
    Command("history", ("history",), grows=True),
    Command("validate", ("validate",), targets={SMALL: Target(4, 80)}),
)  # fmt: skip


@dataclass
class FirstPage(Case):
    """A program of which only the first lines are awaited, as a pager does."""

    lines: int = 24

    def run(self) -> None:
        """Runs it until it printed a page, then stops it, as a pager that is left does."""
        started = time.perf_counter()
        process = self.start(subprocess.PIPE)
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        page = [process.stdout.readline() for _ in range(self.lines)]
        self.seconds.append(time.perf_counter() - started)
        process.stdout.close()
        self.finish(process)
        if not all(page):
            sys.exit(f"{' '.join(self.words)[:300]} printed less than a page")


@dataclass(frozen=True)
class Size:
    """How many models a history has, and how many releases each of them."""

    models: int
    each: int

    @property
    def promotions(self) -> int:
        """The promotions in the first environment, by which a size is called."""
        return self.models * self.each

    @classmethod
    def parse(cls, text: str) -> Size:
        """A size as it is typed. Raises ValueError."""
        return cls(*map(int, text.split("x")))


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def made(folder: Path, size: Size, installed: tools.Tools) -> Path:
    """The folder of a history: its remote and its clones, one with a pull request and one with a checkpoint."""
    top = folder / f"{size.models}x{size.each}"
    if not top.exists():
        started = time.perf_counter()
        part = folder / f"{top.name}.part"
        shutil.rmtree(part, ignore_errors=True)
        words = [*installed.python, str(WRITER), str(part), str(size.models), str(size.each)]
        subprocess.run(words, check=True)
        _change(part, installed.ours[:-1])
        _checked(part, installed.ours[:-1])
        part.rename(top)
        sys.stderr.write(f"{size.promotions:,} promotions written in {time.perf_counter() - started:.0f} s\n")
    return top


def _change(top: Path, ours: Sequence[str]) -> None:
    """A clone that has changed a card on a branch of its own, with a pull request."""
    clone = _cloned(top, "change", "origin.git")
    _git(clone, "switch", "-q", "-c", "change")
    with open(clone / f"models/{MODEL}/README.md", "a", encoding="utf-8") as card:
        card.write("\nIt is trained once a month.\n")
    _git(clone, "commit", "-q", "-a", "-m", "Say how often it is trained")
    subprocess.run([*ours, "pr", "open"], cwd=clone, check=True, capture_output=True)


def _checked(top: Path, ours: Sequence[str]) -> None:
    """A clone of a remote of its own, whose newest commit came after a checkpoint."""
    _git(top, "clone", "-q", "--mirror", "origin.git", "checked.git")
    clone = _cloned(top, "checked", "checked.git")
    subprocess.run([*ours, "audit", "checkpoint"], cwd=clone, check=True, capture_output=True)
    (clone / "notes.txt").write_text("A commit that promotes nothing.\n")
    _git(clone, "add", "notes.txt")
    _git(clone, "commit", "-q", "-m", "Notes")
    _git(clone, "push", "-q", "origin", "main")


def _cloned(top: Path, name: str, remote: str) -> Path:
    clone = top / name
    _git(top, "clone", "-q", "--no-local", remote, name)
    for key, value in (("user.name", "Alice"), ("user.email", "alice@example.org")):
        _git(clone, "config", key, value)
    return clone


def _case(command: Command, ours: Sequence[str], top: Path) -> Case:
    kind = FirstPage if command.first_page else Case
    # The path that `clone` wrote down has moved since.
    place, remote = top / command.at, "checked.git" if command.at == "checked" else "origin.git"
    _git(place, "remote", "set-url", "origin", str(top / remote))
    return kind([*ours, *command.words], place, command.code)


def exponent(points: Sequence[tuple[int, float]]) -> float:
    """The slope of the least squares through the logarithms of sizes and times."""
    xs, ys = ([math.log(point[axis]) for point in points] for axis in (0, 1))
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum((x - mean_x) ** 2 for x in xs)


def _cell(case: Case) -> str:
    return f"{case.median:.2f} s, {case.processor:.2f} CPU-s, {case.peak / 1e6:.0f} MB"


def _row(command: Command, cases: Mapping[Size, Case]) -> list[str]:
    """A command's line: what it took at each size, its exponent, its target, and whether that was hit."""
    targets = [(target, case) for size, case in cases.items() if (target := command.targets.get(size.promotions))]
    hits = [target.is_met(case) for target, case in targets]
    growth, wanted = "", [str(target) for target, _ in targets]
    if len(cases) > 1:
        fitted = exponent([(size.promotions, case.processor) for size, case in cases.items()])
        growth = f"{fitted:.2f}"
        if command.grows:
            wanted.append(f"exponent at most {MOST_GROWTH}")
            hits.append(fitted <= MOST_GROWTH)
    verdict = "" if not hits else "hit" if all(hits) else "missed"
    return [command.name, *map(_cell, cases.values()), growth, "; ".join(wanted), verdict]


def _peer(sizes: Mapping[Size, Path]) -> list[list[str]]:
    """`gto history` on the history of 10,000, once: it takes minutes."""
    rows = []
    for size, top in sizes.items():
        if size.promotions == PEER_AT:
            case = Case(tools.for_histories(), top / "repository")
            case.run()
            rows.append(["gto history", *(_cell(case) if each == size else "" for each in sizes), "", "", ""])
    return rows


def measured(command: Command, sizes: Mapping[Size, Path], ours: Sequence[str], rounds: int) -> list[str]:
    """The line of one command."""
    cases = {size: _case(command, ours, top) for size, top in sizes.items()}
    for size, case in cases.items():
        interleaved([case], rounds if size.promotions < LARGE else 1)
    row = _row(command, cases)
    sys.stderr.write(f"{' | '.join(row)}\n")  # at once: all of them can take hours
    return row


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each command runs (default: 3)")
    parser.add_argument("--size", type=Size.parse, nargs="+", metavar="MODELSxEACH", dest="sizes",
                        default=[Size(50, 20), Size(150, 20), Size(500, 20)])  # fmt: skip
    parser.add_argument("--histories", type=Path, help="where histories are kept for the next time")
    parser.add_argument("--only", nargs="+", help="only commands whose names begin so")
    parser.add_argument("--alone", action="store_true", help="only ours, without GTO")
    args = parser.parse_args()
    installed = tools.install()
    ours = installed.ours[:-1]
    with tempfile.TemporaryDirectory() as scratch:
        sizes = {size: made(args.histories or Path(scratch), size, installed) for size in args.sizes}
        wanted = [command for command in COMMANDS if not args.only or command.name.startswith(tuple(args.only))]
        rows = [measured(command, sizes, ours, args.rounds) for command in wanted]
        rows += [] if args.alone else _peer(sizes)
    head = ["command", *(f"{size.promotions:,} promotions" for size in sizes), "exponent", "target", ""]
    print(markdown([head, *rows]))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"\nPython {platform.python_version()}, {platform.system()} {platform.machine()}, medians, whole processes")
    print(f"load of {os.cpu_count()} cores at the end, over 1, 5 and 15 minutes: {load}")


if __name__ == "__main__":
    main()
