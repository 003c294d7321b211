"""The diagram in a pull request: where a release has run, and where it is to run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from mlops_gitops.core import markdown
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.snapshot import Snapshot

MOST = 10  # environments of one diagram


def flow(base: Snapshot, record: Promotion) -> list[str]:
    """A Mermaid diagram, as lines of Markdown: the release, the environments in order, and the one this is about."""
    drawn = _ordered(base, record) if record.action == "promote" else _alone(record)
    start = f'  release(["{_label(f"{record.model} {record.release}")}"])'
    return ["```mermaid", "flowchart LR", start, *drawn, "  classDef here stroke-width:4px", "```"]


def _alone(record: Promotion) -> list[str]:
    """A rollback and an adoption keep no order."""
    return [f'  e0["{_label(_change(record))}"]:::here', "  release --> e0"]


def _ordered(base: Snapshot, record: Promotion) -> Iterator[str]:
    environments = base.project.environments if base.project else {}
    after = {name: its.after for name, its in environments.items()}
    ids = {name: f"e{number}" for number, name in enumerate(shown_environments(record.environment, after))}
    has_run = {its["environment"] for its in record.predicate["upstream"]}
    for name, id in ids.items():
        here = name == record.environment
        state = None if here else base.state(name, record.model)
        runs = f"{name}: runs {state.release}" if state else f"{name}: runs nothing of it"
        words = _change(record) if here else f"{name}: has run it" if name in has_run else runs
        yield f'  {id}["{_label(words)}"]{":::here" if here else ""}'
    for name, id in ids.items():
        for before in [ids[its] for its in after.get(name, ()) if its in ids] or ["release"]:
            yield f"  {before} --> {id}"


def shown_environments(name: str, after: Mapping[str, Sequence[str]]) -> list[str]:
    """What an environment comes after, however far back, and what comes right after it; its neighbours if too many."""
    before, new = set[str](), {name}
    while new:
        before |= new
        new = {its for one in new for its in after.get(one, ())} & set(after) - before
    behind = {its for its, earlier in after.items() if name in earlier}
    near = {name, *after.get(name, ())} | behind
    wanted = next((some for some in (before | behind, near) if len(some) <= MOST), {name})
    return [its for its in after if its in wanted] or [name]


def _change(record: Promotion) -> str:
    return f"{record.environment}: {record.replaces or 'nothing'} to {record.release}"


def _label(words: str) -> str:
    """Words that end neither a label, nor a line, nor the diagram; names of environments and releases are such."""
    return markdown.plain(re.sub(r"[^A-Za-z0-9 .:-]", "_", words))
