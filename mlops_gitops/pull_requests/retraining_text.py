"""The title and body of the pull request of a retrained model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops_gitops.core import markdown
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import clipped
from mlops_gitops.gates.result import GateResult
from mlops_gitops.gates.table import gate_notes, gate_table
from mlops_gitops.pull_requests import sections
from mlops_gitops.pull_requests.pull_text import LIMIT, Facts, facts_comment, title
from mlops_gitops.records.release import Release
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.handover.handed_run import HandedRun
from mlops_gitops.retraining.issue_text import cause_lines
from mlops_gitops.retraining.outcome import Decision

_CELL, _ROWS, _SHORT = 100, 20, 12


@frozen
class Retrained:
    """A candidate to be proposed, with what people weigh: the decision, the run, the gates, and what went into it.

    `in_force` is the release that it is compared with, and `params` are those that were set: name → before and after.
    """

    release: Release
    in_force: Release | None
    decision: Decision
    run: HandedRun
    gates: tuple[GateResult, ...]
    params: Mapping[str, tuple[Any, Any]]
    decides: Mapping[str, int]


def retraining_text(head: Snapshot, retrained: Retrained) -> tuple[str, str]:
    """The title and body; `head` is the tree with the candidate."""
    release, decision = retrained.release, retrained.decision
    triggers = ", ".join(decision.cause.triggers if decision.cause else ())
    blocks = [
        _headline(retrained),
        ["#### Why", "", *cause_lines(decision)],
        _data_window(retrained),
        _gates(retrained),
        _params(retrained),
        _data(retrained),
        [_duration(retrained.run)],
        sections.contents(release),
        sections.source(release),
        sections.card(head, release.model, release),
        _people(retrained),
        [facts_comment(_facts(release))],
    ]
    body = sections.joined(blocks) + "\n"
    if len(body) > LIMIT:
        blocks[3] = ["#### KPIs", "", "The table is left out for its length: mlops-gitops check shows it."]
        body = sections.joined(blocks) + "\n"
    return title(f"Retrain {release.model} {release.version}: {triggers}"), body


def _facts(release: Release) -> Facts:
    digest = f"sha256:{sha256(release.render())}"
    return Facts(release.path, digest, release.model, None, release.version, "release")


def _headline(retrained: Retrained) -> list[str]:
    release, before = retrained.release, retrained.in_force
    change = f"{release.model} {before.version if before else 'nothing'} → {release.version}"
    return [f"**{markdown.text(change)}**, retrained and pinned by digest. Merging this promotes nothing yet."]


def _data_window(retrained: Retrained) -> list[str]:
    end = retrained.decision.window_end
    return (
        [f"Trained on data up to {markdown.text(end)}, the end of the newest window that may be trained on."]
        if end
        else []
    )


def _gates(retrained: Retrained) -> list[str]:
    before = retrained.in_force
    versus = f" against {before.version}" if before else ""
    table = gate_table(retrained.gates, f"KPIs of {retrained.release.version}{versus}")
    notes = [markdown.excerpt(note, _CELL * 4) for note in gate_notes(retrained.gates)]
    lines = ["", *notes] if notes else []
    return [f"#### {markdown.text(table.title)}", "", *markdown.table(table.columns, table.rows), *lines]


def _params(retrained: Retrained) -> list[str]:
    changed = [(name, *map(str, pair)) for name, pair in retrained.params.items() if pair[0] != pair[1]]
    if not changed:
        return ["No params were changed."]
    return ["#### Params", "", *_table(("param", "before", "now"), changed)]


def _data(retrained: Retrained) -> list[str]:
    """What the stage of the model read that is not as the release in force read it."""
    rows = list(_changed_inputs(retrained))
    if not rows:
        return ["It was made from the same files as the release in force."] if retrained.in_force else []
    return ["#### Files it was made from", "", *_table(("file", "in force", "now"), rows)]


def _changed_inputs(retrained: Retrained) -> Iterator[tuple[str, str, str]]:
    before, now = (
        each.lineage.deps if each and each.lineage else {} for each in (retrained.in_force, retrained.release)
    )
    for path in sorted({*before, *now}) if retrained.in_force else ():
        if before.get(path) != now.get(path):
            yield path, _digest(before.get(path)), _digest(now.get(path))


def _digest(md5: str | None) -> str:
    return f"md5 {clipped(md5, _SHORT)}" if md5 else "—"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [[markdown.excerpt(cell, _CELL) for cell in row] for row in rows[:_ROWS]]
    more = ["", f"… and {len(rows) - _ROWS:,} more."] if len(rows) > _ROWS else []
    return [*markdown.head(columns), *map(markdown.row, cells), *more]


def _duration(run: HandedRun) -> str:
    minutes, seconds = divmod(round(run.seconds), 60)
    took = f"{minutes:,} min {seconds} s" if minutes else f"{seconds} s"
    return f"The pipeline started at {markdown.text(run.started)} and took {took}, by its own account."


def _people(retrained: Retrained) -> list[str]:
    needed = ", ".join(f"{count} × {markdown.text(role)}" for role, count in retrained.decides.items())
    step = f"mlops-gitops promote {retrained.release.model} --to ENV --release {retrained.release.version}"
    return [f"Approvals needed: {needed}. Next, after the merge: {markdown.name(step, 400)}"]
