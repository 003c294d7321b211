"""Record what a target of a rollout runs, by a report of what runs it: a cluster, a cloud, or devices."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from mlops_gitops.cli.arguments import add_environment, add_model, parse_name
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error
from mlops_gitops.orchestration.first_merge import judging
from mlops_gitops.orchestration.known_names import require_known
from mlops_gitops.orchestration.rollouts.record_observation import HandedIn, observe, record_observation
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.records.evidence.observation import Measure, Observation, to_data
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.rollout.observing import report
from mlops_gitops.rollout.observing.expectation import Subject, find_subject
from mlops_gitops.rollout.observing.measures import read_measures
from mlops_gitops.runtime import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    add_environment(parser, "--in")
    parser.add_argument("--target", required=True, type=parse_name, metavar="T", help="the target that it is about")
    parser.add_argument("--from", required=True, dest="source", metavar="FILE", help="the report; - for standard input")
    help = 'numbers about the release since its wave began: {"errors": {"hits": 3, "rows": 9000}}'
    parser.add_argument("--measures", metavar="FILE", help=help)
    parser.add_argument("--dry-run", action="store_true", help="say what the report shows, and record nothing")


def run(args: argparse.Namespace) -> Report:
    """Reads the report and appends its observation to the branch of monitoring records."""
    if args.source == args.measures == "-":
        raise Error("standard input holds the report or the measures, and not both", help="write one to a file")
    workspace = open_workspace(args.repo)
    base = workspace.sync()
    trusted, now = judging(workspace, base), clock.utc_now()
    require_known(trusted, model=args.model, environment=args.environment)
    context = Context(trusted, now.date(), trusted, workspace.lazy_ledger(base), at=workspace.at, now=now)
    subject = find_subject(context, args.environment, args.model, args.target)
    if not subject.is_reached:
        reason = f"no wave has brought {args.model} {subject.record.release} to {args.target} yet: nothing is recorded"
        return Report({"version": 1, "observation": None}, lines=(reason,))
    with _opened(args.source) as stream:
        handed = HandedIn(report.Report(stream), _name(args.source), _measures(args.measures))
        seen = observe(workspace, context, subject, handed)
    if args.dry_run:
        lines = (_words(seen), *_notes(subject, seen), "nothing is recorded")
        return Report({"version": 1, "observation": to_data(seen)}, lines=lines)
    record = record_observation(workspace, seen)
    data = {"version": 1, "path": record.path, "digest": record.digest, "observation": to_data(seen)}
    return Report(data, lines=(_words(seen), *_notes(subject, seen), f"recorded: {record.path}"))


def _notes(subject: Subject, seen: Observation) -> list[str]:
    """What the numbers that came along do not say of the wave's watches, or say of none: most often a wrong name."""
    wave = subject.running.wave if subject.running else None
    if wave is None or subject.target.name not in wave.targets:
        return []
    watched, measured = {watch.name for watch in wave.watches}, {measure.name for measure in seen.measures}
    missing = [f"note: --measures says nothing of {name}, which the wave {wave.name} watches"
               for name in sorted(watched - measured)]  # fmt: skip
    return missing + [f"note: the wave {wave.name} does not watch {name}" for name in sorted(measured - watched)]


def _words(seen: Observation) -> str:
    """What was seen, and what that depends on, in a line."""
    odd = {"about strangers": seen.beside.strangers, "without a signature": seen.beside.unproven,
           "signed at another time": seen.beside.untimely}  # fmt: skip
    beside = [f"{quantity(number, 'line')} {what}" for what, number in odd.items() if number]
    traffic = [f"{seen.traffic:g} % of the traffic"] if seen.traffic is not None else []
    parts = [seen.counts.words(), *traffic, *beside, f"trust: {seen.trust}", f"proof: {seen.proof}"]
    return f"{seen.target} and {seen.model} {seen.release}: {'; '.join(parts)}" + (f"; {seen.why}" if seen.why else "")


@contextmanager
def _opened(source: str) -> Iterator[IO[bytes]]:
    """The bytes of a report. Raises Error."""
    if source == "-":
        if sys.stdin is None:  # a service may close it
            raise Error("there is no standard input", help="name the file of the report")
        yield sys.stdin.buffer
        return
    try:
        stream = open(source, "rb")  # noqa: SIM115 - closed below, and an error in between is none of the file's
    except OSError as error:
        raise Error(
            f"{source}: {error.strerror}", help="name the file of the report, or - for standard input"
        ) from error
    with stream:
        yield stream


def _name(source: str) -> str:
    return "standard input" if source == "-" else source


def _measures(source: str | None) -> tuple[Measure, ...]:
    if source is None:
        return ()
    with _opened(source) as stream:
        try:
            return read_measures(stream.read(report.LARGEST))
        except (ValueError, OSError) as error:
            reason = f"it cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
            raise Error(f"{_name(source)} holds no measures: {reason}") from error


COMMAND = Command("observe", __doc__.strip(), add_arguments, run)
