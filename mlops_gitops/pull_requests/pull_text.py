"""A pull request's title and body, from its record, base and head, with its facts as a comment for scripts.

The same record, base and head give the same text: a text that differs was changed by somebody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from mlops_gitops.core import markdown
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.frozen import asdict, frozen
from mlops_gitops.core.text import clipped, join_names
from mlops_gitops.pull_requests import figures, flow_chart, sections
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.snapshot import Snapshot

LIMIT = 60_000  # GitHub takes 65,536 characters, and a reader may add a line
TITLE = 256
_VERSION = 1
_FACTS = re.compile(r"^<!-- mlops-gitops: (\{.*\}) -->[ \t]*$", re.MULTILINE)
_ENDING = re.compile(r"[<>&\[\]]|(?<=-)-|-(?=-)")  # what could end the comment, or be an order to a forge


@frozen
class Facts:
    """What a body is about: `record` is the path of a promotion record or a manifest, `digest` its digest.

    `action` is that of the record, or release; a release has no environment.
    """

    record: str
    digest: str
    model: str
    environment: str | None
    release: str
    action: str


def promotion_text(base: Snapshot, head: Snapshot, record: Promotion) -> tuple[str, str]:
    """The title and body of the pull request of a record, at most LIMIT characters."""
    model, release, environment = record.model, record.release, record.environment
    titles = {
        "promote": f"Promote {model} {release} to {environment}",
        "rollback": f"Roll back {model} in {environment} to {release}",
        "stop": f"Stop {model} {release} in {environment}",
        "adopt": f"Adopt {model} {release} in {environment}",
        "open": f"Promote {model} {release} to {environment}, wave {record.wave}",
        "advance": f"Advance {model} {release} in {environment} to wave {record.wave}",
        "settle": f"Settle {model} {release} in {environment}",
    }
    manifest = head.release(model, release)
    named = {decision["path"] for decision in record.predicate["decisions"]}
    decisions = [decision for decision in head.decisions() if decision.path in named]
    blocks = {
        "headline": sections.headline(record),
        "skipped": sections.skipped(record),
        "why": sections.why(record),
        "flow": flow_chart.flow(base, record),
        "targets": sections.targets(record),
        "gates": figures.gates(base, record),
        "KPI change": figures.kpi_change(base, record),
        "differences": figures.release_changes(base, head, record),
        "model card": sections.card(head, model, manifest),
        "lineage": sections.lineage(manifest),
        "decisions": sections.decisions(decisions),
        "around": [
            *sections.people(base, record, decisions),
            *sections.evidence(record),
            *sections.undo(record),
            *sections.place(record),
        ],
        "facts": [facts_comment(Facts(record.path, record.digest, model, environment, release, record.action))],
    }
    return title(titles[record.action]), _fitted(base, record, blocks)


def _fitted(base: Snapshot, record: Promotion, blocks: dict[str, list[str]]) -> str:
    """The body; if it is too long, without the model card, the differences, the KPI change, then with fewer gates."""
    gone: list[str] = []
    for name in ("model card", "differences", "KPI change"):
        if len(_body(blocks)) > LIMIT and blocks[name]:
            gone.append(name)
            blocks[name] = []
    if gone:
        blocks["around"] = [
            *blocks["around"],
            f"- Left out for its length: {join_names([f'the {name}' for name in gone])}.",
        ]
    if len(_body(blocks)) > LIMIT:
        room = LIMIT - len(_body({**blocks, "gates": []})) - 200  # for the lines around the table
        blocks["gates"] = figures.gates(base, record, room)
    return _body(blocks)


def _body(blocks: Mapping[str, list[str]]) -> str:
    return sections.joined(blocks.values()) + "\n"


def release_text(tree: Snapshot, release: Release) -> tuple[str, str]:
    """The title and body of the pull request that adds a release's manifest to `tree`."""
    first = next(
        (name for name, e in (tree.project.environments if tree.project else {}).items() if not e.after), "ENV"
    )
    step = f"mlops-gitops promote {release.model} --to {first} --release {release.version}"
    digest = f"sha256:{sha256(release.render())}"
    what = markdown.text(f"{release.model} {release.version}")
    blocks = [
        [f"**{what}**, pinned by digest. Merging this promotes nothing yet."],
        sections.contents(release),
        sections.source(release),
        sections.card(tree, release.model, release),
        [f"Next, after the merge: {markdown.name(step, 400)}"],
        [facts_comment(Facts(release.path, digest, release.model, None, release.version, "release"))],
    ]
    return title(f"Release {release.model} {release.version}"), sections.joined(blocks) + "\n"


def title(words: str) -> str:
    """A title: not Markdown, but the first line of a commit message."""
    return clipped(markdown.plain(words), TITLE)


def commit_message(subject: str, why: str, trailers: Mapping[str, str]) -> str:
    """A commit message. `why` is quoted, so that none of its lines is a trailer or a command to a forge."""
    quoted = "\n".join(f"> {markdown.plain(line)}".rstrip() for line in clipped(why.strip(), 4000).splitlines())
    last = "\n".join(f"{name}: {value}" for name, value in trailers.items())
    return "\n\n".join(part for part in (subject, quoted, last) if part) + "\n"


def facts_comment(facts: Facts) -> str:
    """The facts as JSON in one comment of HTML, for the scripts of others: this package reads no fact from a body."""
    data = json.dumps({"version": _VERSION, **asdict(facts)}, separators=(",", ":"))
    for pattern in (_ENDING, markdown.REFERENCE):
        data = pattern.sub(lambda match: match[0][:-1] + f"\\u{ord(match[0][-1]):04x}", data)
    return f"<!-- mlops-gitops: {data} -->"


def same_text(text: str, other: str) -> bool:
    """Whether two titles or bodies are the same: a forge returns other line ends, and no space at an end."""
    return _normal(text) == _normal(other)


def _normal(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def terminal_text(body: str) -> str:
    """A body as a terminal shows it: without the facts, the diagram, and what a forge folds away."""
    text = _FACTS.sub("", body.replace("\r\n", "\n"))
    text = re.sub(r"(?ms)^```mermaid$.*?^```$\n*", "", text)
    text = re.sub(r"(?m)^<details><summary>(.*)</summary>$", r"\1", text)
    text = re.sub(r"(?m)^</details>$\n*", "", text)
    return markdown.shown(text).strip()
