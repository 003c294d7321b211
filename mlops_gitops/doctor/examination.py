"""Runs the checkups on facts, and writes what they found as people read it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import frozen
from mlops_gitops.doctor.checkup import Checkup, Part
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import GRAVITY, Finding, State, unverified

TITLES = {Part.RELEASE: "releases and promotions", Part.SETTINGS: "settings and workflows"}
FEW = 4  # checkups that are not needed, by name: without a forge they are most of them
_LABELS = {State.FAULT: "fault", State.UNVERIFIED: "unverified", State.NOTE: "note"}


@frozen
class Examination:
    """One checkup with what it found, the gravest first; at least one finding."""

    checkup: Checkup
    findings: tuple[Finding, ...]

    def to_data(self) -> dict[str, Any]:
        """The checkup and its findings as plain data."""
        return {
            "id": self.checkup.id, "part": self.checkup.part.value, "summary": self.checkup.summary,
            "state": self.findings[0].state.value,
            "answers": [
                {"state": f.state.value, "message": f.message, "fix": f.fix, "path": f.path} for f in self.findings
            ],
        }  # fmt: skip


def examine(facts: Facts, parts: Collection[Part] = tuple(Part), *, besides: Collection[str] = ()) -> list[Examination]:
    """What every checkup of these parts finds, but for those named in `besides`."""
    checkups: Sequence[Checkup] = plugins.all_of("doctor.checkups", "CHECKUP")
    wanted = (checkup for checkup in checkups if checkup.part in parts and checkup.id not in besides)
    return [Examination(checkup, _findings(checkup, facts)) for checkup in wanted]


def _findings(checkup: Checkup, facts: Facts) -> tuple[Finding, ...]:
    """The findings of a checkup, each once."""
    findings = dict.fromkeys(checkup.examine(facts)) or [unverified("the checkup found no answer")]
    return tuple(sorted(findings, key=lambda finding: GRAVITY.index(finding.state)))


def part_lines(examinations: Sequence[Examination]) -> Iterator[str]:
    """Each part under its title: what somebody should know, with what to do below it, then what is in order."""
    for part, title in TITLES.items():
        found = [examination for examination in examinations if examination.checkup.part is part]
        if found:
            yield from ("", f"{title}:", *finding_lines(found), *_in_order(found))


def finding_lines(examinations: Iterable[Examination]) -> Iterator[str]:
    """What somebody should know, the gravest first, each with what to do below it."""
    pairs = [(each.checkup, finding) for each in examinations for finding in each.findings]
    for checkup, finding in sorted(pairs, key=lambda pair: GRAVITY.index(pair[1].state)):
        if finding.state in _LABELS:
            yield f"  {_LABELS[finding.state]}[{checkup.id}] {what(finding)}"
            if finding.fix:
                yield f"    fix: {finding.fix}"


def what(finding: Finding) -> str:
    """A finding in a sentence, after the file it is about where the sentence does not begin with it."""
    place = finding.path.partition(":")[0]
    return f"{finding.path}: {finding.message}" if place and place not in finding.message else finding.message


def _in_order(examinations: Sequence[Examination]) -> Iterator[str]:
    for state in (State.OK, State.NOT_NEEDED):
        ids = [each.checkup.id for each in examinations if each.findings[0].state is state]
        if ids:
            shown = ids if state is State.OK or len(ids) <= FEW else [*ids[:FEW], f"and {len(ids) - FEW} more"]
            yield f"  {state.value}: {', '.join(shown)}"
