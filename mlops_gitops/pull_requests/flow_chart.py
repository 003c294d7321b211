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
    drawn = _ordered(base, record) if record.is_gated else _alone(record)
    start = f'  release(["{_label(f"{record.model} {record.release}")}"])'
    return ["```mermaid", "flowchart LR", start, *drawn, "  classDef here stroke-width:4px", "```"]


def _alone(record: Promotion) -> list[str]:
    """A rollback and an adoption keep no order."""
    return [f'  e0["{_label(_change(record))}"]:::here', "  release --> e0"]


def _ordered(base: Snapshot, record: Promotion) -> Iterator[str]:
    environments = base.project.environments if base.project else {}
    after = {name: environment.after for name, environment in environments.items()}
    ids = {name: f"e{number}" for number, name in enumerate(shown_environments(record.environment, after))}
    has_run = {step["environment"] for step in record.predicate["upstream"]}
    for name, id in ids.items():
        here = name == record.environment
        state = None if here else base.state(name, record.model)
        runs = f"{name}: runs {state.release}" if state and state.release else f"{name}: runs nothing of it"
        words = _change(record) if here else f"{name}: has run it" if name in has_run else runs
        yield f'  {id}["{_label(words)}"]{":::here" if here else ""}'
    for name, id in ids.items():
        for before in [ids[earlier] for earlier in after.get(name, ()) if earlier in ids] or ["release"]:
            yield f"  {before} --> {id}"


def shown_environments(name: str, after: Mapping[str, Sequence[str]]) -> list[str]:
    """All environments before one, and those right after it; only its neighbours where that is too many.

    `after` maps each environment to those it comes after.
    """
    before, new = set[str](), {name}
    while new:
        before |= new
        new = {earlier for later in new for earlier in after.get(later, ())} & set(after) - before
    following = {later for later, earlier in after.items() if name in earlier}
    neighbours = {name, *after.get(name, ())} | following
    wanted = next((names for names in (before | following, neighbours) if len(names) <= MOST), {name})
    return [other for other in after if other in wanted] or [name]


def _change(record: Promotion) -> str:
    if record.wave:
        return f"{record.environment}: {record.release} in {record.wave}"
    after = record.in_force or "nothing"
    return f"{record.environment}: {record.replaces or 'nothing'} to {after}"


def _label(words: str) -> str:
    """Words that end neither a label, nor a line, nor the diagram; names of environments and releases are such."""
    return markdown.plain(re.sub(r"[^A-Za-z0-9 .:-]", "_", words))
