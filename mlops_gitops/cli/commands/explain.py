"""Verify how a model is explained, or write the stage that explains it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from mlops_gitops.cli.arguments import add_common_arguments, parse_model, parse_name, path_inside
from mlops_gitops.cli.command import Command
from mlops_gitops.compliance.explanations.assess import explained
from mlops_gitops.compliance.explanations.level import Explained, FeatureImportance, Level
from mlops_gitops.compliance.result import Stop
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.canonical import rounded
from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED, Error
from mlops_gitops.core.frozen import asdict
from mlops_gitops.core.table import Table
from mlops_gitops.onboarding.explanations.plan import ExplainPlan, plan
from mlops_gitops.onboarding.explanations.stage import stage_files
from mlops_gitops.orchestration.governance.evidence import evidence_of
from mlops_gitops.orchestration.governance.requirements import newest_release
from mlops_gitops.orchestration.known_names import require_known
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.pipelines.dvc_projects import dvc_command
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.runtime import clock, write_files
from mlops_gitops.storage.columns import local_columns

_SHOWN = 12  # features in a table
_INIT = "write a DVC stage that explains a model by permutation, and by SHAP where that is installed"
_VERIFY = "show how far the explanations that a card pins are verified: claimed, linked, re-derived or re-run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    verbs = parser.add_subparsers(title="what to do", metavar="init|verify", required=True)
    init = verbs.add_parser("init", help=_INIT, description=_INIT)
    init.add_argument("--kpi", type=parse_name, metavar="K", help="by this KPI (default: the first that can be)")
    init.add_argument("--data", metavar="PATH", help="the table with the features (default: as DVC has it)")
    init.add_argument("--dry-run", action="store_true", help="print the files and write nothing")
    init.set_defaults(do=_init)
    verify = verbs.add_parser("verify", help=_VERIFY, description=_VERIFY)
    verify.add_argument("--release", metavar="V", help="of this release (default: the highest)")
    verify.add_argument("--re-run", action="store_true", help="run ONNX models again, in a sandbox without network")
    verify.set_defaults(do=_verify)
    for verb in (init, verify):
        verb.add_argument("model", type=parse_model, metavar="MODEL", help="the model, as models/ names it")
        add_common_arguments(verb, nested=True)


def run(args: argparse.Namespace) -> Report:
    """Verifies what the work tree has, or writes files into it."""
    do: Callable[[argparse.Namespace], Report] = args.do
    return do(args)


def _init(args: argparse.Namespace) -> Report:
    workspace = open_workspace(args.repo)
    head, root = workspace.work, workspace.git.root
    require_known(head, model=args.model)
    card, kpis = head.card(args.model), head.kpis(args.model)
    if card is None or kpis is None:
        raise Error(f"the card or the KPIs of {args.model} are not there, or not valid", help="mlops-gitops validate")
    table = path_inside(root, args.data) if args.data else ""
    found = plan(head, args.model, card, kpis, local_columns(root), kpi=args.kpi or "", table=table)
    written = stage_files(found, head.tracking, shap=find_spec("shap") is not None)
    for path in written:
        write_files.check_place(root, path)
    if not args.dry_run:
        write_files.write(root, written)
    data = {"version": 1, "model": args.model, "written": not args.dry_run, "files": sorted(written)}
    lines = [*_files_shown(written, dry_run=args.dry_run), *_next_steps(found, card.path)]
    return Report(data | {"stage": found.stage}, lines=tuple(lines))


def _files_shown(written: Mapping[str, bytes], *, dry_run: bool) -> Iterator[str]:
    yield from (f"{'would write' if dry_run else 'wrote'} {path}" for path in written)
    for path, data in written.items() if dry_run else ():
        yield from ("", f"── {path}", data.decode().rstrip())
    if dry_run:
        yield ""


def _next_steps(found: ExplainPlan, card: str) -> Iterator[str]:
    yield f"it explains {found.kpi.id} by {len(found.features)} columns of {found.table}"
    yield f"leave out in {found.script} those that the model does not take, and keep its order"
    yield f"next: {dvc_command(f'repro {found.stage}', found.folder)}"
    yield f"then list it below mlops.evidence in {card}:"
    yield f"    - {{id: explain, type: explainability, path: {found.report('explain.json')}, sha256: }}"
    yield f"then: mlops-gitops validate --fix {card}, which writes the digest"
    yield f"then: mlops-gitops explain verify {found.model}"


def _verify(args: argparse.Namespace) -> Report:
    workspace = open_workspace(args.repo)
    head = workspace.work
    require_known(head, model=args.model)
    evidence = evidence_of(workspace.store_here(None), head.tree, rerun=args.re_run)
    subject = newest_release(Context(head, clock.today(), None, None), args.model, evidence, args.release)
    if args.release and subject.release is None:
        raise Error(f"there is no valid manifest of {args.model} {args.release} here", help="name another release")
    try:
        found = explained(subject)
    except Stop as stop:
        raise Error(stop.finding.says, help=stop.finding.help, exit_code=FAILED) from stop
    if not found:
        help = f"mlops-gitops explain init {args.model}"
        raise Error(f"the card of {args.model} pins no explanation", help=help, exit_code=FAILED)
    return _report(subject, found, Level.RE_RUN if args.re_run else Level.RE_DERIVED)


def _report(subject: Subject, found: list[Explained], wanted: Level) -> Report:
    code = _exit_code(found, wanted)
    name = " ".join(filter(None, (subject.model, subject.release.version if subject.release else "")))
    tables = [_levels(name, found), *(_importances(name, each) for each in found if each.derived)]
    data = {"version": 1, "model": subject.model, "release": subject.release.version if subject.release else None}
    return Report(
        data | {"explanations": [_to_json(each) for each in found]}, (), tuple(tables), (_VERDICTS[code],), code
    )


def _exit_code(found: list[Explained], wanted: Level) -> int:
    if any(each.is_refuted for each in found):
        return FAILED
    return UNDECIDED if any(each.is_undecided and not each.reaches(wanted) for each in found) else PASSED


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
    ranked = sorted(derived.features, key=lambda feature: -feature.value)
    rows = [*map(_row, ranked[:_SHOWN])]
    rows += [(f"{len(ranked) - _SHOWN} more", *[""] * 4)] if len(ranked) > _SHOWN else []
    title = f"{name}: importance by {derived.metric} ({derived.baseline:.6g}), {derived.rows:,} rows, "
    stability = "" if derived.stability is None else f" (stability {derived.stability:.2f})"
    title += f"{derived.repeats} repeats{stability}, bounds one-sided at {derived.confidence:.0%}; "
    title += "above 0 by Holm over all features"
    return Table(title, ("feature", "importance", "lower", "upper", "above 0"), tuple(rows))


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


_VERDICTS = {
    FAILED: "failed: what an explanation says contradicts what was found",
    UNDECIDED: "could not tell: what an explanation depends on is out of reach",
    PASSED: "passed: nothing contradicts the explanations; whether they are useful is for people to judge",
}
COMMAND = Command("explain", __doc__.strip(), add_arguments, run)
