"""The tables of figures in a pull request: the gates that judged it, and how the KPIs change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from mlops_gitops.core import markdown
from mlops_gitops.core.errors import Error
from mlops_gitops.gates.result import GateResult, Outcome
from mlops_gitops.gates.serialize import judge_recorded, numbers_agree
from mlops_gitops.gates.table import format_number, gate_table, missing_lines
from mlops_gitops.metrics.lookup import better_direction
from mlops_gitops.pull_requests.release_differences import COLUMNS, differences
from mlops_gitops.records import promotion
from mlops_gitops.records.kpis import Kpi
from mlops_gitops.records.promotion import STOP, Promotion
from mlops_gitops.repository.snapshot import Snapshot

FOLDED = 25  # a table with more rows is folded away
FURTHEST = 1000  # earlier records to search for the figures of a release
_CELL = 100  # characters

_Gates: TypeAlias = Mapping[str, Mapping[str, Any]]  # as a record has them, by KPI


def gates(base: Snapshot, record: Promotion, room: int | None = None) -> list[str]:
    """The gates, judged again by the base's KPIs; if they do not fit into `room` characters, what did not pass first.

    A rollback and an adoption say why they have none.
    """
    if not record.is_gated:
        return _ungated(record)
    kpis = _kpis(base, record)
    recorded = [(kpis[gate["id"]], gate) for gate in record.predicate["gates"] if gate["id"] in kpis]
    results = [judge_recorded(kpi, _better(kpi), gate) for kpi, gate in recorded]
    head, rows = _gate_table(results)
    missing = [line for sentence in missing_lines(results) for line in ("", markdown.text(sentence))]
    if room is None or _length([*head, *rows, *missing]) <= room:
        return _headed("Gates", len(rows), [*head, *rows, *missing])
    passed_last = sorted(results, key=lambda result: result.outcome is Outcome.PASSED and not result.accepted)
    head, rows = _gate_table(passed_last)
    room -= _length(head)
    kept = 0
    while kept < len(rows) and (room := room - len(rows[kept]) - 1) >= 0:
        kept += 1
    return _headed("Gates", len(rows), [*head, *rows[:kept], "", f"… and {len(rows) - kept:,} more in the record."])


def _ungated(record: Promotion) -> list[str]:
    if record.action == "adopt":
        return ["An adoption runs no gates. Approve it only if this release runs there already."]
    if record.action in ("advance", "settle"):
        return ["This runs no gates: they judged the release when its rollout opened."]
    held = markdown.text(f"{record.model} {record.replaces} is then held in {record.environment}")
    what = "A stop" if record.action == STOP else "A rollback"
    return [f"{what} runs no gates. {held} until a lift decision."]


def _gate_table(results: Sequence[GateResult]) -> tuple[list[str], list[str]]:
    drawn = gate_table(tuple(results), "")
    return markdown.head(drawn.columns), [_row(row) for row in drawn.rows]


def kpi_change(base: Snapshot, record: Promotion) -> list[str]:
    """Each KPI's value beside the one of the release it replaces.

    That value is the baseline's where a gate measured it on the same rows, else the newest one on record here.
    """
    replaces = record.replaces
    if replaces is None or replaces == record.release:
        return []
    before, path = _recorded(base, record, replaces)
    now: _Gates = {gate["id"]: gate for gate in record.predicate["gates"]}
    if not record.is_gated:
        now, _ = _recorded(base, record, record.release)
    kpis = _kpis(base, record)
    rows = [_compared(name, kpis.get(name), now.get(name), before.get(name), record) for name in {**now, **before}]
    if not now or all(row[1] == _NOTHING for row in rows):
        return []
    columns = kpi_columns(replaces, record.release)
    title = f"KPIs against {markdown.text(replaces)}, which it replaces"
    source = ["", f"What was recorded of {markdown.text(replaces)} is in {markdown.name(path)}."] if path else []
    return _headed(title, len(rows), [*markdown.head(columns), *map(_row, rows), *source])


_NOTHING = format_number(None)


def _compared(
    name: str, kpi: Kpi | None, now: Mapping[str, Any] | None, before: Mapping[str, Any] | None, record: Promotion
) -> tuple[str, ...]:
    new = now["value"] if now else None
    baseline = (now or {}).get("baseline") or {}
    paired = (baseline.get("environment"), baseline.get("release")) == (record.environment, record.replaces)
    old = baseline["value"] if paired else before["value"] if before else None
    if not paired and now and before and now["metric"] != before["metric"]:
        return (name, format_number(old), format_number(new), _NOTHING, _NOTHING, "another metric then")
    how = "on the same rows" if paired else "as recorded"
    interval = (now or {}).get("paired", {}).get("interval") if paired else None
    return kpi_row(name, old, new, _better(kpi) if kpi else None, how, interval)


def kpi_columns(old: str, new: str) -> tuple[str, ...]:
    """The columns of `kpi_row` for two releases."""
    return "KPI", old, new, "difference", "", "compared"


def kpi_row(
    name: str, old: float | None, new: float | None, better: str | None, how: str,
    interval: Sequence[float] | None = None,
) -> tuple[str, ...]:  # fmt: skip
    """A KPI's value in two releases, in the metric's unit, the change with its bounds, and which one is better.

    `better` is `higher` or `lower`; None where nothing says which. `how` says how they were compared. Where the bounds
    hold 0, neither is shown.
    """
    shown = (name, format_number(old), format_number(new))
    if new is None or old is None:
        return (*shown, _NOTHING, _NOTHING, _NOTHING)
    if numbers_agree(new, old):
        return (*shown, "0", "the same", how)
    word = _NOTHING if better is None else "better" if (new > old) == (better == "higher") else "worse"
    word = "not shown" if interval and better and interval[0] <= 0 <= interval[1] else word
    bounds = f" ({interval[0]:+.3g} – {interval[1]:+.3g})" if interval else ""
    return (*shown, f"{format_number(new - old, sign=True)}{bounds}", word, how)


def _recorded(base: Snapshot, record: Promotion, release: str) -> tuple[_Gates, str]:
    """The gates of the newest record of a release in the environment, and its path; nothing of a broken chain."""
    for sequence in range(record.sequence - 1, max(0, record.sequence - 1 - FURTHEST), -1):
        parts = {"environment": record.environment, "model": record.model, "sequence": f"{sequence:04d}"}
        path = base.path_of(promotion.KIND, **parts)
        entry = base.entry(path, promotion.KIND)
        earlier = entry.record if entry else None
        last = sequence == record.sequence - 1
        if not isinstance(earlier, Promotion) or (last and earlier.digest != record.predicate["previous"]):
            break
        if earlier.release == release and earlier.predicate["gates"]:
            return {gate["id"]: gate for gate in earlier.predicate["gates"]}, path
    return {}, ""


def _kpis(base: Snapshot, record: Promotion) -> dict[str, Kpi]:
    kpis = base.kpis(record.model)
    return {kpi.id: kpi for kpi in kpis.kpis} if kpis else {}


def release_changes(base: Snapshot, head: Snapshot, record: Promotion) -> list[str]:
    """What a release pins otherwise than the one that it replaces; nothing where it replaces none."""
    if record.replaces in (None, record.release):
        return []
    old, new = base.release(record.model, str(record.replaces)), head.release(record.model, record.release)
    found = differences(old, new) if old and new else []
    if not found:
        return []
    command = f"mlops-gitops diff {record.model} {record.replaces} {record.release}"
    more = ["", f"Values of parameters and words of the card: {markdown.name(command, 400)}"]
    rows = [_row(each.row()) for each in found]
    title = f"What differs from {markdown.text(str(record.replaces))}"
    return _headed(title, len(rows), [*markdown.head(COLUMNS), *rows, *more])


def _better(kpi: Kpi) -> str | None:
    try:
        return better_direction(kpi)
    except Error:  # an unknown metric, which the check reports
        return None


def _headed(title: str, rows: int, lines: Sequence[str]) -> list[str]:
    if rows > FOLDED:
        return markdown.details(f"{title}: {rows:,}", lines)
    return [f"#### {title}", "", *lines] if rows else []


def _row(cells: Sequence[str]) -> str:
    return markdown.row([markdown.excerpt(cell, _CELL) for cell in cells])


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)
