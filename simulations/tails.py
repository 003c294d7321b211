"""How often bounds err far in the tail, at the levels of a budget of false alarms: those that watches of KPIs use."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence

from simulations.tables import markdown_table
from simulations.tally import Line, Scale, Study, Trial, tried

LEVELS = (1e-3, 1e-4)
SAMPLES = 20  # times as many samples as replicates: 100,000 of 5,000
CHOSEN = 12  # settings of each study
COSTLY = 1000  # samples drawn at once: a setting of fewer, of very many rows, would take minutes


def chosen(study: Study, scale: Scale) -> list[Trial]:
    """Settings of a study, evenly from its beginning to its end, but for those that take very long."""
    every = [trial for trial in study(scale) if trial.exact or trial.most >= COSTLY]
    if every and every[0].exact:
        return every
    step = max(1, -(-len(every) // CHOSEN))
    return every[::step]


def tail_lines(name: str, study: Study, scale: Scale, seed: int) -> list[Line]:
    """What each chosen setting shows at each level."""
    samples = SAMPLES * scale.replicates
    return [
        line
        for trial in chosen(study, scale)
        for line in tried(trial, (seed, zlib.crc32(name.encode())), samples, LEVELS)
    ]


def tails_table(found: Iterable[Line]) -> str:
    """The mean and the worst rate of each method in its range, in shares of the level."""
    methods: dict[tuple[str, float], list[Line]] = {}
    for line in found:
        methods.setdefault((line.method, line.alpha), []).append(line)
    rows = [_row(method, level, lines) for (method, level), lines in sorted(methods.items(), key=_order)]
    head = ("method", "level", "settings", "samples", "mean rate / level", "worst", "beyond chance", "where")
    return markdown_table(head, rows)


def _order(item: tuple[tuple[str, float], Sequence[Line]]) -> tuple[str, float]:
    (method, level), _ = item
    return method, -level


def _row(method: str, level: float, lines: Sequence[Line]) -> tuple[object, ...]:
    worst = max(lines, key=lambda line: line.worst)
    drawn = "exact" if worst.exact else f"{min(line.replicates for line in lines):,}"
    mean = sum(line.lower + line.upper for line in lines) / 2 / len(lines) / level
    beyond = sum(line.is_beyond_chance for line in lines)
    return (f"`{method}`", f"{level:g}", len(lines), drawn, f"{mean:.2f}", f"{worst.worst / level:.2f}", beyond,
            worst.setting)  # fmt: skip


def run(studies: Mapping[str, Study], scale: Scale, seed: int) -> list[Line]:
    """The lines of all studies."""
    return [line for name, study in studies.items() for line in tail_lines(name, study, scale, seed)]
