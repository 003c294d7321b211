"""Verify how a model is explained, or write the stage that explains it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from mlops_gitops.cli.arguments import add_common_arguments, parse_model
from mlops_gitops.cli.command import Command
from mlops_gitops.compliance.explanations.assess import explained
from mlops_gitops.compliance.explanations.level import Explained, FeatureImportance
from mlops_gitops.compliance.result import Stop
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.canonical import rounded
from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED, Error
from mlops_gitops.core.frozen import asdict
from mlops_gitops.core.table import Table
from mlops_gitops.orchestration.governance.evidence import evidence_of
from mlops_gitops.orchestration.governance.requirements import newest_release
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.runtime import clock

_VERIFY = "look how far the explanations that a card pins are verified: claimed, linked, re-derived or re-run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    verbs = parser.add_subparsers(title="what to do", metavar="verify", required=True)
    verify = verbs.add_parser("verify", help=_VERIFY, description=_VERIFY)
    verify.add_argument("--release", metavar="V", help="of this release (default: the highest)")
    verify.set_defaults(do=_verify)
    for verb in (verify,):
        verb.add_argument("model", type=parse_model, metavar="MODEL", help="the model, as models/ names it")
        add_common_arguments(verb, nested=True)


def run(args: argparse.Namespace) -> Report:
    """Verifies what the work tree has, or writes files into it."""
    do: Callable[[argparse.Namespace], Report] = args.do
    return do(args)


def _verify(args: argparse.Namespace) -> Report:
    workspace = open_workspace(args.repo)
    head = workspace.work
    workspace.require_known(head, model=args.model)
    evidence = evidence_of(workspace.store_here(None), head.tree)
    subject = newest_release(Context(head, clock.today(), None, None), args.model, evidence, args.release)
    if args.release and subject.release is None:
        raise Error(f"there is no valid manifest of {args.model} {args.release} here", help="name another release")
    try:
        found = explained(subject)
    except Stop as stop:
        raise Error(stop.finding.says, help=stop.finding.help, exit_code=FAILED) from stop
    return _report(subject, found)


def _report(subject: Subject, found: list[Explained]) -> Report:
    code = _exit_code(found)
    name = " ".join(filter(None, (subject.model, subject.release.version if subject.release else "")))
    tables = [_levels(name, found), *(_importances(name, each) for each in found if each.derived)]
    data = {"version": 1, "model": subject.model, "release": subject.release.version if subject.release else None}
    return Report(
        data | {"explanations": [_to_json(each) for each in found]}, (), tuple(tables), (_verdict(found),), code
    )


def _exit_code(found: list[Explained]) -> int:
    if any(each.is_refuted for each in found):
        return FAILED
    return UNDECIDED if any(each.is_undecided for each in found) else PASSED


def _levels(name: str, found: list[Explained]) -> Table:
    rows = tuple((_level(each), _why(each)) for each in found)
    return Table(f"{name}: explanations", ("level", "file, and why it has no higher level"), rows)


def _why(found: Explained) -> str:
    reason = found.reason or f"the model gives all {found.rerun:,} answers again"
    return f"{found.path}: {reason}." + (f" To do: {found.help}" if found.help else "")


def _level(found: Explained) -> str:
    if found.is_refuted:
        return "refuted"
    additive = found.derived is not None and found.derived.additive is not None
    return f"{found.level}, additive" if additive else str(found.level)


def _importances(name: str, found: Explained) -> Table:
    derived = found.derived
    if derived is None:
        return Table("", (), ())
    rows = sorted(derived.features, key=lambda feature: -feature.value)
    title = f"{name}: importance by {derived.metric} ({derived.baseline:.6g}), {derived.rows:,} rows, "
    title += f"{derived.repeats} repeats, bounds one-sided at {derived.confidence:.0%}"
    return Table(title, ("feature", "importance", "lower", "upper", "above 0"), tuple(map(_row, rows)))


def _row(feature: FeatureImportance) -> tuple[str, ...]:
    numbers = (feature.value, feature.lower, feature.upper)
    shown = "yes" if feature.is_important else "too few rows" if feature.few else "not shown"
    return feature.name, *(f"{number:+.4f}" for number in numbers), shown


def _to_json(found: Explained) -> dict[str, Any]:
    data = {"path": found.path, "level": found.level.value, "refuted": found.is_refuted, "reason": found.reason}
    if found.derived is None:
        return data
    derived = asdict(found.derived)
    derived["features"] = [
        {key: rounded(value) if isinstance(value, float) else value for key, value in asdict(feature).items()}
        for feature in found.derived.features
    ]
    return data | {"derived": derived, "rerun": found.rerun}


def _verdict(found: list[Explained]) -> str:
    return {
        FAILED: "failed: what an explanation says contradicts what was found",
        UNDECIDED: "could not tell: what an explanation rests on is out of reach",
        PASSED: "passed: nothing contradicts the explanations; whether they are of use is for people to say",
    }[_exit_code(found)]


COMMAND = Command("explain", __doc__.strip(), add_arguments, run)
