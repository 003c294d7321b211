"""The parts of a pull request's text that are words: each as lines of Markdown, none where there is nothing to say.

Whatever people wrote is plain text in them, and clipped: none of them grows without end with what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mlops_gitops.core import markdown
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.text import join_names
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import BACK, STOP, WAVES, Promotion
from mlops_gitops.records.release import LiveEvaluation, Pin, Release
from mlops_gitops.repository.approvals import required
from mlops_gitops.repository.snapshot import Snapshot

MOST = 10  # rows of what is seldom more than three
CLIPPED = 300  # characters of a person's words
_SHORT = 12  # hexadecimal digits of a digest


def headline(record: Promotion) -> list[str]:
    """What changes."""
    if record.wave:
        words = f"{record.environment}: {record.model} {record.release} enters the wave {record.wave}"
        stays = f"{record.in_force} stays" if record.in_force else "Nothing is"
        return [f"**{markdown.text(words)}**", "", markdown.text(f"{stays} in force until it settles.")]
    if record.action == STOP:
        words = f"{record.environment}: the rollout of {record.model} {record.release} ends, and nothing is in force"
        others = "Its other targets" if record.stays else "Its targets"
        said = f"{others} say again what they said before the rollout opened."
        return [f"**{markdown.text(words)}**", "", said, *_staying(record)]
    words = f"{record.environment}: {record.model} {record.replaces or 'nothing'} → {record.release}"
    return [f"**{markdown.text(words)}**", *_staying(record)]


def _staying(record: Promotion) -> list[str]:
    """The targets that a rollback leaves as they are."""
    if not record.stays:
        return []
    names = markdown.text(join_names([*record.stays]))
    words = f"What runs these targets cannot go back, so they stay as they are: {names}."
    return ["", f"{words} No further device gets the release, and the way on is a higher one."]


def skipped(record: Promotion) -> list[str]:
    """What an adoption skips that a promotion needs."""
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
    words = record.predicate["why"].strip()
    return [f"Why: {markdown.excerpt(words, 2000)}"] if words else []


def targets(record: Promotion) -> list[str]:
    """What is set in the files that a controller or a device applies."""
    rows = [
        [markdown.text(value.target), markdown.name(value.path), markdown.name(value.field), markdown.name(value.value)]
        for value in record.targets[:MOST]
    ]
    if not rows:
        return []
    more = len(record.targets) - len(rows)
    table = [*markdown.head(("target", "file", "field", "is set to")), *map(markdown.row, rows)]
    return ["#### Targets", "", *table, *(["", f"And {more} more fields."] if more else [])]


def card(tree: Snapshot, model: str, release: Release | None) -> list[str]:
    """What the model's card says of its use and its risk, and whether the release pinned another one."""
    found = tree.card(model)
    if found is None:
        return []
    answers = found.answers()
    lines = [f"- **{name}:** {markdown.excerpt(words, CLIPPED)}" for name, words in answers.items()]
    data = stored_if_possible(tree.tree, found.path)
    if release is not None and (data is None or release.card.sha256 not in (None, sha256(data))):
        lines += ["", f"The card has changed since {markdown.text(release.version)} was released; this is today's."]
    return markdown.details(f"Model card, risk class {found.risk}: {markdown.text(found.path)}", lines)


def contents(release: Release) -> list[str]:
    """The files of a release: artifacts with their sizes, then what its KPIs are measured on."""
    artifacts = [(pin, pin.format or "unknown format") for pin in release.artifacts]
    rows = [*_rows(artifacts), *_rows([(pin, f"evaluation: {name}") for name, pin in release.evaluation.items()])]
    return [*markdown.head(("file", "what", "digest", "bytes")), *map(markdown.row, rows)]


def _rows(pins: Sequence[tuple[Pin, str]]) -> Iterator[list[str]]:
    for pin, what in pins[:MOST]:
        size = f"{pin.size:,}" if pin.size is not None else "—"
        yield [markdown.name(pin.path), markdown.excerpt(what, 100), markdown.text(_digests(pin)), size]
    if len(pins) > MOST:
        yield [f"… and {len(pins) - MOST:,} more in the manifest", "", "", ""]


def _live(live: LiveEvaluation) -> str:
    """On which windows a release is judged, and beside what."""
    windows = f"{len(live.windows):,} windows" if len(live.windows) > 1 else "the window"
    times = f"from {markdown.text(live.windows[0].start)} to {markdown.text(live.windows[-1].end)}"
    answered = f"that {markdown.text(live.release)} answered in {markdown.text(live.environment)}"
    return f"Judged on {windows} {times} {answered}: its answers there are the baseline."


def _digests(pin: Pin) -> str:
    digests = {"md5": pin.md5, "sha256": pin.sha256, "git": pin.git_blob}
    return ", ".join(f"{name} {digest[:_SHORT]}…" for name, digest in digests.items() if digest)


def source(release: Release) -> list[str]:
    """Where the release came from."""
    lines = []
    if release.lineage:
        count = len(release.lineage.deps)
        made = f"Made by stage {markdown.name(release.lineage.stage)} of {markdown.name(release.lineage.lock)}"
        made += f" from {count:,} file{'' if count == 1 else 's'}"
        params = release.lineage.params_sha256
        lines.append(made + (f" and parameters with the digest {markdown.text(params[:_SHORT])}…." if params else "."))
    if release.live:
        lines.append(_live(release.live))
    if release.profile:
        lines.append(f"Monitoring measures drift from {markdown.name(release.profile.path)}.")
    if release.supersedes:
        lines.append(f"It supersedes {markdown.text(release.supersedes)}.")
    return [*lines, f"Manifest: {markdown.name(release.path)}."]


def lineage(release: Release | None) -> list[str]:
    """Files and their source, folded away."""
    if release is None:
        return []
    summary = f"Files and lineage of {markdown.text(f'{release.model} {release.version}')}"
    return markdown.details(summary, [*contents(release), "", *source(release)])


def decisions(found: Sequence[Decision]) -> list[str]:
    """What a promotion depends on besides its gates."""
    rows = [_decision(decision) for decision in found[:MOST]]
    if not rows:
        return []
    more = ["", f"… and {len(found) - MOST:,} more in the record."] if len(found) > MOST else []
    table = [*markdown.head(("type", "decision", "role", "by", "reason")), *map(markdown.row, rows), *more]
    return ["#### Decisions it depends on", "", *table]


def _decision(decision: Decision) -> list[str]:
    by, reason = (markdown.excerpt(words, CLIPPED) for words in (decision.by, decision.reason))
    return [decision.type, markdown.name(decision.path), markdown.text(decision.role), by, reason]


def people(base: Snapshot, record: Promotion, found: Sequence[Decision]) -> list[str]:
    """The requester and the approvals needed; the check knows which are missing."""
    who = record.predicate["requested_by"]
    needs = required(record, base.project) or {}
    wanted = [f"{count} × {markdown.text(role)}" for role, count in needs.items()]
    wanted += [
        f"1 × {markdown.text(decision.role)} for {markdown.name(decision.path)}"
        for decision in found
        if not base.tree.exists(decision.path)
    ]
    requester = markdown.excerpt(who.get("login") or who.get("email", "somebody"), 100)
    need = f"- Approvals needed: {_some(wanted)}." + (" The check lists those that are missing." if wanted else "")
    return [f"- Requested by {requester}, according to the record.", need]


def _some(words: Sequence[str]) -> str:
    more = [f"and {len(words) - MOST:,} more"] if len(words) > MOST else []
    return ", ".join([*words[:MOST], *more]) or "none"


def evidence(record: Promotion) -> list[str]:
    """What a step of a rollout, or the return from it, depends on; and whether that is approved already."""
    if not record.evidence:
        return []
    named = ", ".join(markdown.name(f"{digest[:17]}…") for digest in record.evidence[:MOST])
    command = f"mlops-gitops rollout {record.model} --in {record.environment}"
    lines = [f"- It depends on what was seen: {named} below `observations/`; {markdown.name(command, 400)} shows it."]
    approved = "- The opening of the rollout has approved this return in advance: nobody has to approve it."
    return [*lines, *([approved] if record.is_approved_in_advance else [])]


def undo(record: Promotion) -> list[str]:
    """How to go back after the merge."""
    command = f"mlops-gitops rollback {record.model} --in {record.environment} --why …"
    if record.action in BACK:
        command = (
            f"mlops-gitops promote {record.model} --to {record.environment} --release {record.replaces} --decision PATH"
        )
        return [f"- To undo it after the merge: a decision of type lift, and {markdown.name(command, 400)}"]
    if record.action in WAVES:
        return [f"- To take the rollout back after the merge: {markdown.name(command, 400)}"]
    return [f"- To undo it after the merge: {markdown.name(command, 400)}"] if record.replaces else []


def place(record: Promotion) -> list[str]:
    """The place of the record."""
    return [f"- Record: {markdown.name(record.path)}, {markdown.text(record.digest)}."]


def joined(blocks: Iterable[Sequence[str]]) -> str:
    """The parts that say something, with an empty line between them."""
    return "\n\n".join("\n".join(block) for block in blocks if block)
