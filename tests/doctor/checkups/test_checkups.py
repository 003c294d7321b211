"""Every checkup's own examples: what it finds fault with, what it accepts, and what it cannot tell."""

from __future__ import annotations

from typing import Any

import pytest
import sound
from cases import cases

from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import field_names
from mlops_gitops.doctor.checkup import Case, Checkup, Part
from mlops_gitops.doctor.finding import Finding, State
from mlops_gitops.forges.settings import Settings, Unknown, unknown_settings

CHECKUPS: list[Checkup] = list(plugins.all_of("doctor.checkups", "CHECKUP"))
FIELDS = [name for name in field_names(Settings) if name != "token"]
UNREADABLE = Unknown("the test keeps it back")


def _cases(of: str) -> list[Any]:
    return [
        pytest.param(checkup, case, id=f"{checkup.id}-{n}")
        for checkup in CHECKUPS
        for n, case in enumerate(getattr(checkup, of))
    ]


OK = [*(pytest.param(checkup, Case(), id=f"{checkup.id}-sound") for checkup in CHECKUPS), *_cases("ok")]
BAD, UNSURE = _cases("bad"), _cases("unsure")


def _asked(checkup: Checkup, case: Case) -> list[Finding]:
    findings = list(checkup.examine(sound.of(case)))
    assert findings, "a checkup that says nothing looks like one that found nothing"
    for finding in findings:
        for text in (finding.message, finding.fix, finding.path):
            assert text.isprintable() or not text
        assert finding.message and (finding.fix or finding.state is not State.FAULT)
    return findings


def _states(findings: list[Finding]) -> set[State]:
    return {finding.state for finding in findings}


@cases("name", plugins.names("doctor.checkups"))
def test_a_checkup_is_named_after_its_file_says_what_it_asks_and_shows_it(name: str) -> None:
    checkup: Checkup = plugins.load("doctor.checkups", name, "CHECKUP")
    assert checkup.id == name.replace("_", "-")
    assert checkup.summary.endswith(".") and checkup.explanation.count("\n\n") >= 1
    assert checkup.unsure or checkup.part is Part.RELEASE  # the files here tell everything
    assert checkup.bad or checkup.id in ("bypass-actors", "hooks", "written-files")


@cases("checkup, case", OK)
def test_a_checkup_accepts(checkup: Checkup, case: Case) -> None:
    assert not _states(_asked(checkup, case)) & {State.FAULT, State.UNVERIFIED}


@cases("checkup, case", BAD)
def test_a_checkup_finds_fault_and_says_how_to_fix_it(checkup: Checkup, case: Case) -> None:
    assert State.FAULT in _states(_asked(checkup, case))


@cases("checkup, case", UNSURE)
def test_a_checkup_says_what_it_cannot_tell(checkup: Checkup, case: Case) -> None:
    states = _states(_asked(checkup, case))
    assert State.UNVERIFIED in states and State.FAULT not in states


@cases("field", FIELDS)
@cases("checkup, case", [bad for bad in BAD if not bad.values[1].local])
def test_a_setting_that_is_kept_back_never_makes_a_fault_look_well(checkup: Checkup, case: Case, field: str) -> None:
    others = {name: new for name, new in case.settings.items() if name.split(".")[0] != field}
    states = _states(_asked(checkup, Case(case.edits, others | {field: UNREADABLE})))
    assert states & {State.FAULT, State.UNVERIFIED}


@cases("checkup", CHECKUPS)
def test_of_what_nothing_is_known_nothing_is_well(checkup: Checkup) -> None:
    nothing = unknown_settings("there is no token")
    case = Case(settings={field: getattr(nothing, field) for field in FIELDS})
    by_files_alone = _asked(checkup, Case(local=True))
    fine = [answer for answer in _asked(checkup, case) if answer.state is State.OK]
    # Part of what these ask is in files.
    in_files = {
        "scheduled-record",
        "token-kind",
        "code-owners",
        "check-workflow",
        "github-app",
    }
    assert all(answer in by_files_alone for answer in fine) or checkup.id in in_files


@cases("checkup", CHECKUPS)
def test_a_folder_as_remote_has_no_settings_to_find_fault_with(checkup: Checkup) -> None:
    assert not _states(_asked(checkup, Case(local=True))) & {State.FAULT, State.UNVERIFIED}
