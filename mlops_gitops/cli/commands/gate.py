"""Measure a model's KPIs on DVC-tracked data and judge its gates."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mlops_gitops.cli.arguments import parse_model
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error
from mlops_gitops.gates.evaluate import baseline_environment
from mlops_gitops.gates.plan_table import prospect_lines, prospect_table, prospects_to_json
from mlops_gitops.gates.result import Baseline, GateResult, Outcome, worst
from mlops_gitops.gates.table import exit_code, gate_summary, gate_table, gates_to_json
from mlops_gitops.git.typed_revisions import commit_typed
from mlops_gitops.orchestration.evaluate_gates import Pins, baselines, evaluate_gates
from mlops_gitops.orchestration.known_names import require_known
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.pipelines.tracked_outputs import Tracking, evaluation_pins
from mlops_gitops.promotion.manifest import require_kpis
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.live_evaluation import kpis_of
from mlops_gitops.records.release import Release
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.snapshot import Snapshot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    help = (
        "the model, which may be left out where there is one; with `plan` before it: how often its gates would pass, "
        "and how many rows they need"
    )
    parser.add_argument("model", nargs="*", type=parse_model, metavar="[plan] [MODEL]", help=help)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--release", metavar="V", help="the files this release pins (default: what the work tree tracks)"
    )
    which.add_argument("--rev", metavar="REV", help="what this revision tracks")
    parser.add_argument("--environment", metavar="E", help="the environment this is for; named in the result")
    parser.add_argument("--against", metavar="E|REV", help="compare with this environment or revision instead")
    planned = parser.add_argument_group("with plan")
    planned.add_argument("--rows", type=_rows, metavar="N", help="as if there were so many rows")
    planned.add_argument("--margin", type=float, metavar="M", help="as if the true value were this far from its limit")


def _rows(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows")
    return int(text)


def run(args: argparse.Namespace) -> Report:
    """Measures and judges, or plans."""
    workspace = open_workspace(args.repo)
    rev = commit_typed(workspace.git, args.rev) if args.rev else None
    snapshot = workspace.at(rev) if rev else workspace.work
    plan, model = _plan_and_model(args, snapshot)
    kpis = require_kpis(snapshot, model)
    require_known(snapshot, environment=args.environment)
    release = _release(workspace, kpis, args.release) if args.release else None
    pins = release.evaluation if release else _pins(workspace, kpis, rev)
    known = _baselines(workspace, kpis, release, args.against)
    judged = kpis_of(kpis, release) if release else kpis
    results = evaluate_gates(workspace.store_here(), judged, pins, known, cache=workspace.measurement_cache())
    if plan:
        return _plan(results, model, args)
    return report(results, model, args.release, args.environment)


def _plan_and_model(args: argparse.Namespace, snapshot: Snapshot) -> tuple[bool, str]:
    """Whether to plan, and the model. Raises Error for arguments that do not go together."""
    models = snapshot.models()
    plan = args.model[:1] == ["plan"] and (len(args.model) > 1 or "plan" not in models)
    named = args.model[1:] if plan else args.model
    if len(named) > 1:
        raise Error(f"one model at a time, and not {' '.join(args.model)!r}", help="mlops-gitops gate [plan] MODEL")
    model = named[0] if named else _only(models, "gate plan" if plan else "gate")
    if not plan and (args.rows is not None or args.margin is not None):
        raise Error("--rows and --margin are for a plan", help=f"mlops-gitops gate plan {model}")
    return plan, model


def _only(models: Sequence[str], command: str) -> str:
    """The model, where none is named. Raises Error unless there is one."""
    if len(models) == 1:
        return models[0]
    if not models:
        raise Error("there is no model here yet", help="mlops-gitops init")
    raise Error(f"which model? there are {', '.join(models)}", help=f"mlops-gitops {command} {models[0]}")


def _plan(results: tuple[GateResult, ...], model: str, args: argparse.Namespace) -> Report:
    table = prospect_table(results, f"{model}: what to expect of its gates", args.margin, args.rows)
    data = {"version": 1, "model": model, "plan": prospects_to_json(results, args.margin, args.rows)}
    if not any(result.gate for result in results):
        return Report(data, lines=(f"nothing to plan: no KPI of {model} has a gate yet",))
    unavailable = [f"{result.id}: {result.reason}." for result in results if result.outcome is Outcome.NOT_AVAILABLE]
    how = "Shares of runs, if the true value is as today's (for a change: if the candidate equals its baseline)."
    lines = (*prospect_lines(results, args.margin, args.rows), how, *unavailable)
    return Report(data, (), (table,), lines, 3 if unavailable else 0)


def report(results: tuple[GateResult, ...], model: str, release: str | None, environment: str | None) -> Report:
    """The KPI table and the outcome."""
    outcome = worst(results)
    data = {
        "version": 1, "model": model, "release": release, "environment": environment, "outcome": outcome.value,
        "kpis": gates_to_json(results),
    }  # fmt: skip
    title = f"{model} {release or ''}".strip() + (f" for {environment}" if environment else "")
    table = gate_table(results, title)
    return Report(data, (), (table,), tuple(gate_summary(results)), exit_code(outcome))


def _pins(workspace: Workspace, kpis: Kpis, rev: str | None) -> Pins:
    tree = (workspace.at(rev) if rev else workspace.work).tree
    ignored = frozenset() if rev else workspace.git.ignored(kpis.files().values())
    return evaluation_pins(Tracking(tree), kpis.files(), ignored)


def _release(workspace: Workspace, kpis: Kpis, release: str) -> Release:
    manifest = workspace.own.release(kpis.model, release)
    if manifest is None:
        raise Error(
            f"there is no valid manifest of {kpis.model} {release} here", help="git pull, or name another release"
        )
    return manifest


def _baselines(workspace: Workspace, kpis: Kpis, candidate: Release | None, against: str | None) -> dict[str, Baseline]:
    if not any(baseline_environment(kpi) for kpi in kpis.kpis):
        if against:
            raise Error(f"no gate of {kpis.model} compares with a baseline", help="add no_worse_than to a gate")
        return {}
    base = workspace.base() if workspace.has_base() else None
    known = baselines(workspace.at(base), workspace.lazy_ledger(base), kpis, candidate, also=against) if base else {}
    if against is None:
        return known
    chosen = known.get(against) or _revision(workspace, kpis, against)
    return {str(baseline_environment(kpi)): chosen for kpi in kpis.kpis if baseline_environment(kpi)}


def _revision(workspace: Workspace, kpis: Kpis, against: str) -> Baseline:
    if against in workspace.project.environments:
        raise Error(f"{against} runs nothing of {kpis.model} yet", help="name another environment, or a revision")
    pins = evaluation_pins(Tracking(workspace.at(commit_typed(workspace.git, against)).tree), kpis.files())
    return Baseline(against, None, None, pins)


COMMAND = Command("gate", __doc__.strip(), add_arguments, run)
