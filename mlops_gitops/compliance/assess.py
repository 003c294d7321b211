"""A pack and a subject to a result for each requirement: whether it applies, and the worst of its checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlops_gitops.compliance import attestations
from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import ORDER, Finding, Status, Stop, unavailable
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.pack import Attestation, CheckName, Pack, Requirement

# Of the Hub's pipeline_tag: models that write text, pictures, sound or code.
GENERATIVE = frozenset({
    "text-generation", "text2text-generation", "summarization", "translation", "conversational", "question-answering",
    "text-to-image", "image-to-image", "image-to-text", "text-to-video", "image-to-video", "video-to-video",
    "text-to-audio", "text-to-speech", "audio-to-audio", "image-text-to-text", "video-text-to-text",
    "audio-text-to-text", "text-to-3d", "image-to-3d", "unconditional-image-generation", "any-to-any",
})  # fmt: skip


@frozen
class Result:
    """One requirement, looked at. `severity` is none, warning or error, by the risk class that judges.

    `because` says why it is not applicable; `findings` are those of its checks, the worst first.
    """

    pack: Pack
    row: Requirement
    severity: str
    status: Status
    findings: tuple[Finding, ...] = ()
    because: str = ""

    @property
    def says(self) -> str:
        """The evidence, or why there is none."""
        return self.because or "; ".join(dict.fromkeys(finding.says.rstrip(".") for finding in self.findings))

    @property
    def help(self) -> str:
        """What to do where it is not met."""
        worst = self.findings[0].help if self.findings and self.is_open else ""
        return worst or (self.row.remedy if self.is_open else "")

    @property
    def is_open(self) -> bool:
        """Whether it is not met, or undecided."""
        return self.status in (Status.FAILED, Status.UNAVAILABLE)


def assess(packs: Iterable[Pack], subject: Subject) -> list[Result]:
    """The result of every requirement of some packs, in their order."""
    return [_assess(pack, row, subject) for pack in packs for row in pack.requirements]


def _assess(pack: Pack, row: Requirement, subject: Subject) -> Result:
    try:
        severity = row.severity[subject.risk()]
        because = next(_exemptions(row, severity, subject), "")
    except Stop as stop:  # a card that is missing, or not valid, exempts nothing
        return Result(pack, row, max(row.severity.values(), key=_WEIGHT.index), stop.finding.status, (stop.finding,))
    if because:
        return Result(pack, row, severity, Status.NOT_APPLICABLE, because=because)
    if not row.checks:
        return Result(pack, row, severity, Status.NOT_ASSESSED, because=f"not checked here: {row.not_assessed}")
    found = sorted((_look(check, row, subject) for check in row.checks), key=lambda f: ORDER.index(f.status))
    return Result(pack, row, severity, found[0].status, tuple(found))


_WEIGHT = ("none", "warning", "error")


def _exemptions(row: Requirement, severity: str, subject: Subject) -> Iterator[str]:
    """Why a requirement does not apply, as far as it does not."""
    if subject.context.today < row.applies_from:
        yield f"until {row.applies_from}"
    if severity == "none":
        yield f"not asked of risk class {subject.risk()}"
    for flag, wanted in row.when.items():
        says = _is_generative(subject) if flag == "generative" else subject.says(flag)
        if says is not wanted:
            yield "the card's pipeline_tag is of a generative model" if flag == "generative" else _unless(flag, wanted)


def _unless(flag: str, wanted: bool) -> str:
    return f"mlops.{flag} is {'not true' if wanted else 'true'}"


def _is_generative(subject: Subject) -> bool:
    return subject.card().data.get("pipeline_tag") in GENERATIVE


def _look(check: CheckName | Attestation, row: Requirement, subject: Subject) -> Finding:
    try:
        if isinstance(check, Attestation):
            return attestations.look(subject, row, check)
        known: Check = plugins.load("compliance.checks", check.replace("-", "_"), "CHECK")
        return known.look(subject)
    except Stop as stop:
        return stop.finding
    except LookupError as error:  # an older tool and a newer pack; the schema lists this tool's
        return unavailable(f"this version has no check {check}: {error}", help="install the version that has it")
