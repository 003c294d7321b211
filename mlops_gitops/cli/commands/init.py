"""Write the first files of a repository: what its pipelines tell is filled in, the rest is plainly blank."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from mlops_gitops.cli import upgrade_files
from mlops_gitops.cli.arguments import parse_model, path_inside
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.discovery.chosen_models import Choice, choose_models
from mlops_gitops.discovery.discover import discover
from mlops_gitops.doctor.checkup import Part
from mlops_gitops.doctor.examination import Examination, examine, finding_lines
from mlops_gitops.documents.tree import Overlay, WorkTree, find_root
from mlops_gitops.git import identity
from mlops_gitops.git.local_forge import forge as local_forge
from mlops_gitops.git.process import GitFailed
from mlops_gitops.git.repository import Git
from mlops_gitops.onboarding import editor_files, init, storage_notes, workflow_drafts
from mlops_gitops.onboarding.file_drafts import Person
from mlops_gitops.onboarding.init import ELSEWHERE, InitPlan, RepositoryFacts
from mlops_gitops.onboarding.upgrade import Upgrade
from mlops_gitops.orchestration.doctor_facts import facts_of_draft
from mlops_gitops.orchestration.sample_tables import sample_tables, table_metrics
from mlops_gitops.pipelines.declared_stages import read_pipelines
from mlops_gitops.records.monitoring import KIND, Monitoring
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.snapshot import KINDS, Snapshot
from mlops_gitops.runtime import write_files
from mlops_gitops.storage.project_storage import find_projects

APP, SIMPLE, NONE = "app", "simple", "none"  # what the workflows act as
# Of these the notes and the next steps say it already.
SAID_OTHERWISE = ("bytes-pushed", "check-workflow", "hooks", "merged")
NO_GIT = "this is not a Git repository yet: `git init`, since pull requests are how releases are decided here"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "--github", nargs="?", const=APP, choices=(APP, SIMPLE), metavar="app|simple",
        help="write the workflows of GitHub Actions (default: where the remote is at GitHub and no workflow runs "
        "mlops-gitops yet): with `app`, the default, they act as an App of yours; with `simple` as the run itself, "
        "which needs no App and can be forged by anybody with write access; `app` changes simple ones",
    )  # fmt: skip
    parser.add_argument(
        "--no-github", action="store_const", const=NONE, dest="github", help="write no workflows",
    )  # fmt: skip
    parser.add_argument(
        "--solo", action="store_true", help="for one person alone: no environment in mlops.yaml asks for approvals"
    )
    parser.add_argument(
        "--model", action="append", default=[], type=_model_file, metavar="NAME=PATH", dest="files",
        help="the file of a model, tracked by DVC; repeated for each file and each model. Without it, names and "
        "pipelines decide",
    )  # fmt: skip
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        type=parse_model,
        metavar="MODEL",
        help="write files for this model alone",
    )
    parser.add_argument(
        "--skip", action="append", default=[], type=parse_model, metavar="MODEL", help="write no files for this model"
    )
    parser.add_argument(
        "--upgrade", action="store_true",
        help="renew the workflows, hooks and schemas that an older version wrote; own edits stay, and what cannot be "
        "renewed with them is shown (exit code 1)",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="print the files and write nothing")


def _model_file(text: str) -> tuple[str, str]:
    """NAME=PATH. Raises ArgumentTypeError."""
    name, equals, path = text.partition("=")
    if not equals or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PATH, such as churn=models/churn.onnx")
    return parse_model(name), path


def run(args: argparse.Namespace) -> Report:
    """Reads the work tree, committed or not; changes no file that is there."""
    if not os.path.isdir(args.repo):
        raise Error(f"there is no folder {args.repo}")
    root = find_root(args.repo)
    git, tree, name = identity.find_repository(root), WorkTree(root), os.path.basename(root)
    if args.upgrade:
        return _upgrade(git, tree, args)
    name = identity.remote_name(git) or name
    discovery = choose_models(discover(tree, name), tree, _choice(root, args))
    columns, unread = sample_tables(root, discovery)
    ignored = _ignored(git, Snapshot(tree)) if git else frozenset()
    there = workflow_drafts.is_simple(tree)
    _require_mode(tree, args.github, simple=there)
    _require_new_project(tree, solo=args.solo)
    wanted = args.github if args.github is not None or identity.at_github(git) else NONE
    github = None if wanted is None else wanted != NONE
    facts = RepositoryFacts(
        name,
        _branch(git),
        identity.person(git),
        ignored,
        columns,
        table_metrics(root, columns),
        github,
        find_projects(tree, discovery.pipelines.sources, git),
        simple=args.github == SIMPLE or (there and args.github is None),
        solo=args.solo,
    )
    plan = init.plan_init(tree, discovery, facts)
    upgrades = git is not None and there and args.github == APP
    changed = _change_to_app(git, tree, facts, dry_run=args.dry_run) if git and upgrades else []
    texts = {**plan.files, **plan.schemas}
    for path in texts:
        write_files.check_place(root, path)
    if not args.dry_run:
        write_files.write(root, {path: text.encode() for path, text in texts.items()})
    notes = [*plan.notes, *unread, *_git_notes(git)]
    after = Snapshot(Overlay({path: text.encode() for path, text in plan.files.items()}, tree))
    left = examine(facts_of_draft(after, _address(facts.person)), [Part.RELEASE], besides=SAID_OTHERWISE)
    paths = {one.path for one in changed}
    plan = replace(plan, kept=tuple(path for path in plan.kept if path not in paths))
    return _with_changed(_report(plan, notes, left, dry_run=args.dry_run), changed, dry_run=args.dry_run)


def _require_new_project(tree: WorkTree, *, solo: bool) -> None:
    """Raises Error where a project that is there says already who must approve: no file that is there is changed."""
    snapshot = Snapshot(tree)
    if solo and snapshot.project:
        help = "take `approvals:` out of its environments by hand, in a pull request"
        raise Error(f"{snapshot.project_path} is there already, and --solo is for a new one", help=help)


def _with_changed(report: Report, changed: list[Upgrade], *, dry_run: bool) -> Report:
    """The report with what became of workflows that now act as an App."""
    if not changed:
        return report
    left = [one.path for one in changed if one.text is None]
    data = {**report.data, "renewed": [one.path for one in changed if one.text is not None], "left": left}
    lines = (*upgrade_files.file_lines(changed, dry_run=dry_run), *report.lines)
    return replace(report, data=data, lines=lines, exit_code=1 if left else report.exit_code)


def _require_mode(tree: WorkTree, wanted: str | None, *, simple: bool) -> None:
    """Raises Error where workflows that act as an App would become simple ones: that is never an upgrade."""
    if wanted == SIMPLE and not simple and tree.exists(workflow_drafts.RECORD):
        help = "to go back all the same, remove the workflows mlops-gitops-*.yml first"
        raise Error("the workflows here act as an App already", help=help)


def _change_to_app(git: Git, tree: WorkTree, facts: RepositoryFacts, *, dry_run: bool) -> list[Upgrade]:
    project = Snapshot(tree).project
    live = storage_notes.live_addresses(facts.projects, Snapshot(tree).records(KIND, Monitoring))
    remotes = storage_notes.addresses(facts.projects)
    return upgrade_files.change_to_app(git, project.branch if project else facts.branch, remotes, live, dry_run=dry_run)


def _address(person: Person | None) -> str:
    return person.email if person else ""


def _upgrade(git: Git | None, tree: WorkTree, args: argparse.Namespace) -> Report:
    upgrade_files.arguments_beside(
        {"--github": args.github, "--model": args.files, "--only": args.only, "--skip": args.skip}
    )
    if git is None:
        raise Error(NO_GIT.partition(",")[0], help="git init, and commit the files first")
    snapshot = Snapshot(tree)
    project = snapshot.project
    projects = find_projects(tree, read_pipelines(tree).sources, git)
    branch = project.branch if project else _branch(git)
    remotes = storage_notes.addresses(projects)
    live = storage_notes.live_addresses(projects, snapshot.records(KIND, Monitoring))
    return upgrade_files.upgrade_files(git, branch, remotes, live, dry_run=args.dry_run)


def _choice(root: str, args: argparse.Namespace) -> Choice:
    files: dict[str, tuple[str, ...]] = {}
    for name, path in args.files:
        files[name] = (*files.get(name, ()), path_inside(root, path))
    return Choice(files, tuple(args.only), tuple(args.skip))


def _branch(git: Git | None) -> str:
    """The branch where merging promotes: the remote's default, else the usual ones, else the current one."""
    if git is None:
        return "main"
    usual = (name for name in ("main", "master") if git.local_tip(name) or git.remote_tip(name))
    return git.known_default or next(usual, None) or git.branch() or "main"


def _git_notes(git: Git | None) -> Iterator[str]:
    """What Git lacks for a pull request, and where it would go by another name than the usual one."""
    if git is None:
        yield NO_GIT
    elif not git.has_remote():
        yield f"{(lack := local_forge.no_remote(git)).message}: `{lack.help}`"
    elif git.remote != "origin":
        yield f"pull requests go to the remote {git.remote}"


def _ignored(git: Git, snapshot: Snapshot) -> frozenset[str]:
    """Those of our folders, where they are and where they could go, whose files Git ignores."""
    probes = {}
    for kind in KINDS:
        for folder in {snapshot.folders[kind.folder], f"{ELSEWHERE}{kind.folder}"} if kind.folder else ():
            probes[re.sub(r"\{\w+\}", "x", kind.location.replace("{folder}", folder))] = folder
    with suppress(GitFailed):  # as it is when none is ignored
        hidden = git.text("check-ignore", "--no-index", "--", *probes)
        return frozenset(probes[path] for path in hidden.splitlines() if path in probes)
    return frozenset()


def _report(plan: InitPlan, notes: Sequence[str], left: Sequence[Examination], *, dry_run: bool) -> Report:
    word = "would write" if dry_run else "wrote"
    lines = [*plan.summary, "", *(f"{word} {path}" for path in plan.files), *(f"kept {path}" for path in plan.kept)]
    if plan.schemas:
        lines.append(f"{word} {editor_files.FOLDER}/: a JSON Schema of each kind of file, for your editor")
    if not plan.files:
        lines.append("nothing to write: every file is there")
    if dry_run:
        lines += [line for path, text in plan.files.items() for line in ("", f"── {path}", text.rstrip())]
    remarks = [*(f"note: {note}" for note in notes), *(f"warning: {warning}" for warning in plan.warnings)]
    lines += ["", *remarks] if remarks else []
    refusals = [*finding_lines(left)]
    lines += ["", "what a release or a promotion would be refused for now:", *refusals] if refusals else []
    lines += ["", "next:", *(f"  {number}. {step}" for number, step in enumerate(plan.steps, 1))]
    data = {
        "version": 1,
        "written": [] if dry_run else list(plan.files),
        "kept": list(plan.kept),
        "schemas": list(plan.schemas),
        "models": list(plan.models),
        "notes": list(notes),
        "warnings": list(plan.warnings),
        "checkups": [examination.to_data() for examination in left],
        "next": list(plan.steps),
    }
    return Report(data | ({"files": dict(plan.files)} if dry_run else {}), lines=tuple(lines))


COMMAND = Command("init", __doc__.strip(), add_arguments, run)
