"""A plan as people and programs read it: a table, a sentence on the rows that each condition needs, and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops_gitops.core.frozen import field_names
from mlops_gitops.core.table import Table
from mlops_gitops.gates.plan import POWER, Prospect, all_slices_pass, prospects
from mlops_gitops.gates.result import GateResult


def prospect_table(results: tuple[GateResult, ...], title: str, margin: float | None, rows: int | None) -> Table:
    """A row for each condition, and under it the chance that all its slices pass."""
    columns = ("KPI", "condition", "rows", "margin", "passes", "unsure", "misses")
    return Table(title, columns, tuple(row for result in results for row in _rows(result, margin, rows)))


def _rows(result: GateResult, margin: float | None, rows: int | None) -> Iterator[tuple[str, ...]]:
    if result.gate is None:
        return
    if result.gate.confidence is None:
        yield result.id, "decided by a point", *["—"] * 5
        return
    found = prospects(result, margin, rows)
    for prospect in found:
        if not prospect.slice:
            yield (result.id, *_cells(prospect))
    if (chance := all_slices_pass(found)) is not None:
        names = {prospect.slice for prospect in found if prospect.slice}
        yield (f"  all {len(names)} groups", "", "", "", f"{chance:.0%}", "", "")
        hardest = _hardest(found)
        yield (f"  {hardest.slice}", *_cells(hardest))
    if not found:
        yield result.id, "nothing measured", *["—"] * 5


def _hardest(found: list[Prospect]) -> Prospect:
    return min((prospect for prospect in found if prospect.slice), key=lambda prospect: prospect.passes)


def _cells(prospect: Prospect) -> tuple[str, ...]:
    shares = (f"{prospect.passes:.0%}", f"{prospect.unsure:.0%}", f"{prospect.misses:.0%}")
    return (prospect.condition, f"{prospect.n:,}", f"{prospect.margin:+.4g}", *shares)


def prospect_lines(results: tuple[GateResult, ...], margin: float | None, rows: int | None) -> list[str]:
    """A sentence on the rows needed for each condition of all rows, and for that of the hardest group."""
    lines = []
    for result in results:
        if result.gate and result.gate.confidence is None:
            lines.append(f"{result.id}: a point decides, which nothing can plan: add `confidence:` to the gate")
            continue
        found = prospects(result, margin, rows)
        lines += [_sentence(result.id, prospect) for prospect in found if not prospect.slice]
        if any(prospect.slice for prospect in found):
            hardest = _hardest(found)
            lines.append(_sentence(f"{result.id}, {hardest.slice} (the hardest)", hardest))
    return lines


def _sentence(name: str, prospect: Prospect) -> str:
    few = f"; out of range with {prospect.few}" if prospect.few else ""
    start = f"{name} {prospect.condition}: {POWER:.0%} of runs pass"
    if prospect.rows is None:
        return f"{start} with no number of rows{few}"
    typical = "".join(f", {_rounded(count)} {name}" for name, count in prospect.typical.items())
    return f"{start} with about {_rounded(prospect.rows)} rows{typical}{_span(prospect)}{few}"


def _span(prospect: Prospect) -> str:
    """The rows that another sample would say; empty where it would say the same."""
    if prospect.fewest is None:
        return " (another sample may say any number)"
    fewest = _rounded(prospect.fewest)
    if prospect.most is None:
        return f" (another sample would say {fewest} or more, without end)"
    most = _rounded(prospect.most)
    return "" if fewest == most else f" (another sample would say {fewest} to {most})"


def _rounded(rows: float) -> str:
    """Rows to two digits."""
    return f"{float(f'{rows:.2g}'):,.0f}"


def prospects_to_json(results: tuple[GateResult, ...], margin: float | None, rows: int | None) -> list[dict[str, Any]]:
    """The prospects of each gate as JSON data."""
    data = []
    for result in results:
        found = prospects(result, margin, rows)
        listed = [{name: getattr(prospect, name) for name in field_names(Prospect)} for prospect in found]
        data.append(
            {"id": result.id, "metric": result.metric, "all_groups": all_slices_pass(found), "prospects": listed}
        )
    return data
