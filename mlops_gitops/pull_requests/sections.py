"""The parts of a pull request's text that are words: each as lines of Markdown, none where there is nothing to say.

Whatever people wrote is plain text in them, and clipped: none of them grows without end with what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mlops_gitops.core import markdown
from mlops_gitops.core.canonical import sha256
from mlops_gitops.documents.tree import read_if_possible
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.repository.approvals import required
from mlops_gitops.repository.snapshot import Snapshot

MOST = 10  # rows of what is seldom more than three
CLIPPED = 300  # characters of a person's words
_SHORT = 12  # hexadecimal digits of a digest


def headline(record: Promotion) -> list[str]:
    """What changes."""
    words = f"{record.environment}: {record.model} {record.replaces or 'nothing'} → {record.release}"
    return [f"**{markdown.text(words)}**"]


def skipped(record: Promotion) -> list[str]:
    """What an adoption skips that a promotion needs, for nobody to miss."""
    if record.skipped is None:
        return []
    gates, order = ([markdown.text(name) for name in record.skipped[part]] for part in ("gates", "order"))
    return [
        "#### Skipped: this release was not judged",
        "",
        f"- **Gates that are not measured:** {_some(gates)}.",
        f"- **Environments before {markdown.text(record.environment)} that it need not have run in:** {_some(order)}.",
    ]


def why(record: Promotion) -> list[str]:
    """In the requester's words."""
    said = record.predicate["why"].strip()
    return [f"Why: {markdown.excerpt(said, 2000)}"] if said else []


def card(tree: Snapshot, model: str, its: Release | None) -> list[str]:
    """What the model's card says of its use and its risk, and whether the release pinned another one."""
    found = tree.card(model)
    if found is None:
        return []
    block = found.data["mlops"]
    owners = ", ".join(f"{owner['name']} ({owner['role']})" for owner in block["owners"])
    said = {
        "Intended use": block["intended_use"],
        "Out of scope": block["out_of_scope"],
        "Limitations": block["limitations"],
        f"Risk class {found.risk}": block["risk"]["rationale"],
        "Owners": owners,
    }
    lines = [f"- **{name}:** {markdown.excerpt(words, CLIPPED)}" for name, words in said.items()]
    data = read_if_possible(tree.tree, found.path)
    if its is not None and (data is None or its.card.sha256 not in (None, sha256(data))):
        lines += ["", f"The card has changed since {markdown.text(its.version)} was released; this is today's."]
    return markdown.details(f"Model card, risk class {found.risk}: {markdown.text(found.path)}", lines)


def contents(its: Release) -> list[str]:
    """The files of a release: artifacts with their sizes, then what its KPIs are measured on."""
    artifacts = [(pin, pin.format or "unknown format") for pin in its.artifacts]
    rows = [*_rows(artifacts), *_rows([(pin, f"evaluation: {name}") for name, pin in its.evaluation.items()])]
    return [*markdown.head(("file", "what", "digest", "bytes")), *map(markdown.row, rows)]


def _rows(pins: Sequence[tuple[Pin, str]]) -> Iterator[list[str]]:
    for pin, what in pins[:MOST]:
        size = f"{pin.size:,}" if pin.size is not None else "—"
        yield [markdown.name(pin.path), markdown.excerpt(what, 100), markdown.text(_digests(pin)), size]
    if len(pins) > MOST:
        yield [f"… and {len(pins) - MOST:,} more in the manifest", "", "", ""]


def _digests(pin: Pin) -> str:
    digests = {"md5": pin.md5, "sha256": pin.sha256, "git": pin.git_blob}
    return ", ".join(f"{name} {digest[:_SHORT]}…" for name, digest in digests.items() if digest)


def source(its: Release) -> list[str]:
    """Where the release came from."""
    lines = []
    if its.lineage:
        count = len(its.lineage.deps)
        made = f"Made by stage {markdown.name(its.lineage.stage)} of {markdown.name(its.lineage.lock)}"
        made += f" from {count:,} file{'' if count == 1 else 's'}"
        params = its.lineage.params_sha256
        lines.append(made + (f" and parameters with the digest {markdown.text(params[:_SHORT])}…." if params else "."))
    if its.supersedes:
        lines.append(f"It supersedes {markdown.text(its.supersedes)}.")
    return [*lines, f"Manifest: {markdown.name(its.path)}."]


def lineage(its: Release | None) -> list[str]:
    """Files and their source, folded away."""
    if its is None:
        return []
    summary = f"Files and lineage of {markdown.text(f'{its.model} {its.version}')}"
    return markdown.details(summary, [*contents(its), "", *source(its)])


def decisions(found: Sequence[Decision]) -> list[str]:
    """What a promotion rests on besides its gates."""
    rows = [_decision(its) for its in found[:MOST]]
    if not rows:
        return []
    more = ["", f"… and {len(found) - MOST:,} more in the record."] if len(found) > MOST else []
    table = [*markdown.head(("type", "decision", "role", "by", "reason")), *map(markdown.row, rows), *more]
    return ["#### Decisions it rests on", "", *table]


def _decision(its: Decision) -> list[str]:
    said = [markdown.excerpt(words, CLIPPED) for words in (its.by, its.reason)]
    return [its.type, markdown.name(its.path), markdown.text(its.role), *said]


def people(base: Snapshot, record: Promotion, found: Sequence[Decision]) -> list[str]:
    """Who asked for it and who must approve; who did is for the check to tell."""
    who = record.predicate["requested_by"]
    needs = required(record, base.project) or {}
    wanted = [f"{count} × {markdown.text(role)}" for role, count in needs.items()]
    wanted += [
        f"1 × {markdown.text(its.role)} for {markdown.name(its.path)}"
        for its in found
        if not base.tree.exists(its.path)
    ]
    asked = markdown.excerpt(who.get("login") or who.get("email", "somebody"), 100)
    need = f"- Approvals needed: {_some(wanted)}." + (" The check tells which are missing." if wanted else "")
    return [f"- Requested by {asked}, which is a claim.", need]


def _some(words: Sequence[str]) -> str:
    more = [f"and {len(words) - MOST:,} more"] if len(words) > MOST else []
    return ", ".join([*words[:MOST], *more]) or "none"


def undo(record: Promotion) -> list[str]:
    """How to go back after the merge."""
    command = f"mlops-gitops rollback {record.model} --in {record.environment} --why …"
    if record.action == "rollback":
        command = (
            f"mlops-gitops promote {record.model} --to {record.environment} --release {record.replaces} --decision PATH"
        )
        return [f"- To undo it after the merge: a decision of type lift, and {markdown.name(command, 400)}"]
    return [f"- To undo it after the merge: {markdown.name(command, 400)}"] if record.replaces else []


def place(record: Promotion) -> list[str]:
    """Where all of it is."""
    return [f"- Record: {markdown.name(record.path)}, {markdown.text(record.digest)}."]


def joined(blocks: Iterable[Sequence[str]]) -> str:
    """The parts that say something, with an empty line between them."""
    return "\n\n".join("\n".join(block) for block in blocks if block)
