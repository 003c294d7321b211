"""The tables of docs/explanation/statistics.md."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from simulations import alternatives, contaminated, gates, plans
from simulations.cases import Outcome
from simulations.tally import ALPHAS, Line, Redrawn, Scale

ALLOWED = 0.055  # of samples of a worst setting, drawn again, may pass falsely at 0.05


def markdown_table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table, its columns as wide as their text."""
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    text = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    return "\n".join([text[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *text[1:]])


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _by_method(found: Iterable[Line]) -> dict[str, list[Line]]:
    methods: dict[str, list[Line]] = {}
    for line in found:
        methods.setdefault(line.method, []).append(line)
    return methods


def _at(lines: Iterable[Line], alpha: float) -> list[Line]:
    return [line for line in lines if line.alpha == alpha]


def errors_table(found: list[Line]) -> str:
    """The worst share of wrong bounds of each method, inside its range, at each confidence."""
    rows = []
    for method, every in _by_method(found).items():
        for alpha in ALPHAS:
            lines = _at(every, alpha)
            worst = max(lines, key=lambda line: line.worst)
            over = sum(line.is_beyond_chance for line in lines)
            drawn = "exact" if worst.exact else f"{min(line.replicates for line in lines):,}"
            share = _percent(worst.worst)
            rows.append((method, f"{1 - alpha:.2f}", len(lines), drawn, _percent(alpha), share, over, worst.setting))
    head = ("method", "confidence", "settings", "samples", "agreed", "worst", "beyond chance", "where")
    return markdown_table(head, rows)


def forms_table(found: list[Line]) -> str:
    """The worst share of wrong bounds of each metric at each confidence, one line a metric."""
    rows = []
    for method, lines in _by_method(found).items():
        worst = [_percent(max(line.worst for line in _at(lines, alpha))) for alpha in ALPHAS]
        over = sum(line.is_beyond_chance for line in lines)
        usual = _at(lines, 0.05)
        few = f"{sum(line.few >= 0.5 for line in usual)} of {len(usual)}"
        setting = max(usual, key=lambda line: line.worst).setting
        rows.append((method, f"{min(line.replicates for line in lines):,}", *worst, over, few, setting))
    shares = (f"at {1 - alpha:.2f}" for alpha in ALPHAS)
    return markdown_table(("what", "samples", *shares, "beyond chance", "mostly out of range", "where, at 0.95"), rows)


def others_table(found: list[Line]) -> str:
    """What intervals without a declared range do on the same samples."""
    rows = []
    for method, every in _by_method(found).items():
        for name in dict.fromkeys(name for line in every for name in line.others):
            lines = [line for line in every if name in line.others]
            worst = [_percent(max(line.others[name] for line in _at(lines, alpha))) for alpha in ALPHAS[1:]]
            usual = _at(lines, 0.05)
            beyond = sum(line.others[name] > line.limit for line in usual)
            rows.append((name, f"as {method}", *worst, f"{beyond} of {len(usual)}"))
    head = ("interval", "settings", "at 0.90", "at 0.95", "at 0.99", "beyond chance at 0.95")
    return markdown_table(head, rows)


def coverage_table(found: list[Line]) -> str:
    """How often both bounds at a confidence of 95 % hold the true value between them, and how often `few` is said."""
    rows = []
    for method, every in _by_method(found).items():
        usual = _at(every, 0.05)
        in_range = [line for line in usual if line.few < 0.5]
        covered = [1 - (line.lower + line.upper) / (1 - line.few) for line in in_range]
        shown = [_percent(float(share)) for share in np.quantile(covered, [0, 0.5, 1])] if covered else ["—"] * 3
        rows.append((method, len(in_range), *shown, f"{len(usual) - len(in_range)} of {len(usual)}"))
    return markdown_table(("method", "settings", "least", "median", "most", "mostly out of range"), rows)


def slices_table(rng: np.random.Generator, scale: Scale) -> str:
    """How often gates over slices err."""
    head = ("require", "slices", "what", "agreed", "share", "comparing points")
    found = sorted(gates.slices(rng, scale), key=lambda gate: gate.rule == "not_refuted")
    rows = [
        (f"`{gate.rule}`", gate.slices, gate.what, _percent(gate.alpha), _percent(gate.share), _percent(gate.naive))
        for gate in found
        if gate.alpha == 0.05
    ]
    return markdown_table(head, rows)


def power_table(rng: np.random.Generator, scale: Scale) -> str:
    """How often gates decide."""
    head = ("method", "margin", "passed", "failed", "inconclusive")
    rows = [
        (gate.method, f"{gate.margin:g} se", *map(_percent, (gate.passed, gate.failed, gate.inconclusive)))
        for gate in gates.power(rng, scale)
    ]
    return markdown_table(head, rows)


def redrawn_table(found: list[Redrawn]) -> str:
    """The worst settings of each study, drawn again: how many there are, and the worst of them."""
    rows = []
    for study in dict.fromkeys(redrawn.study for redrawn in found):
        every = [redrawn for redrawn in found if redrawn.study == study]
        worst = max(every, key=lambda redrawn: redrawn.again.worst)
        over = sum(redrawn.again.worst > ALLOWED for redrawn in every)
        where = f"{worst.again.method}: {worst.again.setting}"
        shares = _percent(max(redrawn.first.worst for redrawn in every)), _percent(worst.again.worst)
        rows.append((study, len(every), f"{worst.again.replicates:,}", *shares, over, where))
    head = ("study", "settings", "samples", "worst at first", "worst again", "above 5.5 %", "where")
    return markdown_table(head, rows)


def contaminated_table(rng: np.random.Generator, scale: Scale) -> str:
    """What gates on losses do of which few rows are far worse than the others."""
    head = ("metric", "population", "rows", "key", "true value", "out of range", "passes there", "passes 20 % beyond")
    rows = [
        (f"`{one.metric}`", one.population, f"{one.n:,}", one.key, f"{one.truth:.3f}",
         *map(_percent, (one.few, one.passed, one.easier)))
        for one in contaminated.contaminated(rng, scale)
    ]  # fmt: skip
    return markdown_table(head, rows)


def plans_table(rng: np.random.Generator, scale: Scale) -> str:
    """What plans say beside what gates then do."""
    head = ("gate", "rows", "samples", "passes", "planned", "the middle plan", "by the width alone")
    rows = [
        (
            one.case.name,
            f"{one.case.n:,}",
            f"{one.samples:,}",
            *map(_percent, (one.passed, one.planned, one.middle, one.by_width)),
        )
        for one in plans.plans(rng, scale)
    ]
    return markdown_table(head, rows)


def case_row(outcome: Outcome) -> tuple[str, ...]:
    """A case of the past with its shares before and now, as a line of the table."""

    def shown(share: float | None, digits: int = 1) -> str:
        return "—" if share is None else f"{share:.{digits}f} %"

    case = outcome.case
    return (
        case.name, f"{case.n:,}", f"{outcome.samples:,}", f"{outcome.truth:.4g}", shown(case.before[0], 0),
        shown(outcome.false), shown(outcome.few, 0), shown(case.before[1], 0), shown(outcome.passed),
        shown(case.alternative, 0),
    )  # fmt: skip


def cases_table(rows: list[tuple[str, ...]]) -> str:
    """The lines of all cases."""
    head = (
        "case",
        "rows",
        "samples",
        "true value",
        "false passes before",
        "now",
        "out of range",
        "passes before",
        "now",
    )
    return markdown_table((*head, "of another method"), rows)


def alternatives_table(rng: np.random.Generator, scale: Scale) -> str:
    """Methods and ranges beside one another."""
    head = ("population", "method", "false passes", "passes", "out of range")
    rows = [
        (found.population, found.method, *map(_percent, (found.false, found.passed, found.few)))
        for found in alternatives.alternatives(rng, scale)
    ]
    return markdown_table(head, rows)
