"""Every help text that names a command or YAML to write is followed in the situation that prints it, and solves it.

A situation is made in a real repository, a command is refused in it, its help is executed as it was printed, and the
command is not refused for that reason again. A text that only shows where to look is executed too.
"""

from __future__ import annotations

import ast
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest
from house import KPIS, Answer, Repository
from outcomes import Outcomes, copy

PACKAGE = Path(__file__).parent.parent / "mlops_gitops"
PROGRAMS = ("mlops-gitops", "dvc", "git")
COMMAND = re.compile(r"\b(?:mlops-gitops|dvc|git) [a-z]|\bgh |\bpip install|\bpolicies: ")
Act: TypeAlias = Callable[[Repository], object]


@dataclass(frozen=True)
class Situation:
    """A refusal, and its help: what makes it, the command that is refused, the words of the refusal.

    `text` is the help as the source has it, with … for what varies; `file` has it. `values` stand for the words that a
    person replaces. Without `then` the commands of the help are what is done; `shows` where it only says where to look.
    """

    file: str
    text: str
    arrange: Act
    command: tuple[object, ...]
    refusal: str
    then: Callable[[Repository, str], object] | None = None
    values: tuple[tuple[str, str], ...] = ()
    shows: bool = False


# ── to follow a help text ──


def _help(answer: Answer, refusal: str) -> str:
    """The help that stands below a refusal."""
    lines = [line.strip() for line in (answer.out + answer.err).splitlines()]
    after = next(n for n, line in enumerate(lines) if refusal in line)
    return next(line.partition(": ")[2] for line in lines[after:] if line.startswith(("help: ", "fix: ")))


def _pieces(help: str) -> Iterator[str]:
    """The steps of a help text, one after the other; of two ways the first."""
    for piece in re.split(r",? then:? |, and |, |; | && ", help.partition(" or ")[0].partition(" (in ")[0]):
        yield re.sub(r"^(?:and|run|then:?|commit, then:) ", "", piece.strip().rstrip(","))


def _follow(repository: Repository, help: str) -> None:
    """Does what a help text says."""
    for piece in _pieces(help):
        words = shlex.split(piece) if piece.startswith(PROGRAMS) else []
        if words[:1] == ["mlops-gitops"]:
            answer = repository.run(*words[1:])
            assert answer.code in (0, 1) and "usage:" not in answer.err, answer
        elif words:
            repository.sh(*words)
        elif piece.startswith("commit"):
            repository.sh("git", "add", "--all")
            repository.sh("git", "commit", "-q", "--allow-empty", "-m", "As the help says")
            if "git push" not in help:
                repository.sh("git", "push", "-q", "origin", "main")
        elif piece.startswith("merge it") and "mlops-gitops release" in help:
            repository.merge()


def _append_policies(repository: Repository, help: str) -> None:
    """Merges the YAML that a help text shows."""
    shown = re.search(r"policies: \{.*\}", help)
    assert shown, help
    with (repository.root / "mlops.yaml").open("a") as file:
        file.write(shown[0].replace("YYYY-MM-DD", "2099-12-31") + "\n")
    repository.commit("The policy that the help shows")


def _ungate(repository: Repository) -> None:
    text = re.sub(r"    gate:(?:\n      .*| .*)+", "", KPIS)
    repository.write("models/churn/kpis.yaml", text)
    repository.begin_so()
    repository.release()


def _gate(repository: Repository, help: str) -> None:
    shown = re.search(r"gate: \{.*?\}", help)
    assert shown, help
    repository.edit("models/churn/kpis.yaml", "    data: holdout\n", f"    data: holdout\n    {shown[0]}\n")
    repository.agree("gate", "bob", "carol")


def _one_commit(repository: Repository, help: str) -> None:
    """Runs the three commands of the help in a shell; the message of the commit is the person's."""
    steps = help.partition(": ")[2].replace(", then ", ", ").replace("git commit", "git commit -m Limit")
    repository.sh("bash", "-e", "-c", steps.replace(", ", "\n"))


# ── to come into a situation ──


def _nothing(_: Repository) -> None:
    """As the prepared repository is."""


def _branch(repository: Repository, *edits: tuple[str, str, str], push: bool = True) -> None:
    """A branch that changes a limit, with one commit more for each other edit."""
    repository.sh("git", "switch", "-q", "-c", "mine")
    for path, old, new in (("models/churn/kpis.yaml", "at_most: 40", "at_most: 41"), *edits):
        repository.edit(path, old, new)
        repository.commit(f"Change {path}", push=False)
    if push:
        repository.sh("git", "push", "-q", "origin", "mine")


def _two_commits(repository: Repository) -> None:
    _branch(repository, ("models/churn/README.md", "Pricing.", "Prices."))
    repository.ok("pr", "open")
    for who in ("bob", "carol"):
        repository.ok("pr", "approve", 1, "--as", f"{who}@example.org")
    repository.ok("check", 1)


def _fixed_later(repository: Repository) -> None:
    _branch(repository, ("models/churn/kpis.yaml", "at_most: 41", "at_most: 42"))
    repository.ok("pr", "open")


def _diverged(repository: Repository) -> None:
    _branch(repository, push=True)
    repository.sh("git", "reset", "-q", "--hard", "HEAD~1")
    repository.write("NOTES.md", "Another commit.\n")
    repository.commit("Notes", push=False)


def _unchecked(repository: Repository) -> None:
    repository.release()
    repository.edit("models/churn/README.md", "Pricing.", "Prices.")
    repository.propose("card")


def _merged_unrecorded(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "approve", 2, "--as", "bob@example.org")
    repository.ok("check", 2)
    repository.ok("pr", "merge", "--only", 2)
    repository.pull()


def _newer_proposed(repository: Repository) -> None:
    repository.release()
    repository.release("1.1.0")
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")


def _stale_profile(repository: Repository) -> None:
    repository.ok("profile", "churn")
    path = repository.root / "models/churn/profile.json"
    path.write_text(re.sub('"digest": "md5:[0-9a-f]{32}', f'"digest": "md5:{"0" * 32}', path.read_text()))
    repository.commit("A profile of other data")


def _without_project(repository: Repository) -> None:
    repository.sh("git", "rm", "-q", "mlops.yaml")
    repository.begin_so()


def _on_a_branch(repository: Repository) -> None:
    text = (repository.root / "mlops.yaml").read_text()
    _without_project(repository)
    repository.sh("git", "switch", "-q", "-c", "begin")
    repository.write("mlops.yaml", text)
    repository.commit("Begin", push=False)
    repository.sh("git", "push", "-q", "origin", "begin")


def _proposed(repository: Repository) -> None:
    _on_a_branch(repository)
    repository.ok("pr", "open")


def _new_git(repository: Repository) -> None:
    repository.sh("rm", "-rf", ".git", "../origin.git")
    repository.sh("git", "init", "-q", "-b", "main")
    repository.sh("git", "config", "user.email", "alice@example.org")
    repository.sh("git", "config", "user.name", "Alice")


def _without_commit(repository: Repository) -> None:
    _new_git(repository)
    repository.sh("git", "init", "-q", "--bare", "-b", "main", "../origin.git")
    repository.sh("git", "remote", "add", "origin", "../origin.git")


def _without_remote(repository: Repository) -> None:
    _new_git(repository)
    repository.sh("git", "add", "--all")
    repository.sh("git", "commit", "-q", "-m", "Begin")


def _two_remotes(repository: Repository) -> None:
    repository.sh("git", "remote", "rename", "origin", "upstream")
    repository.sh("git", "remote", "add", "mine", "../mine.git")


def _unknown_default(repository: Repository) -> None:
    repository.sh("git", "push", "-q", "origin", "main:dev")
    repository.sh("git", "-C", "../origin.git", "symbolic-ref", "HEAD", "refs/heads/dev")
    repository.sh("git", "update-ref", "-d", "refs/remotes/origin/dev")
    repository.sh("git", "remote", "set-head", "origin", "--delete")


def _unknown_trunk(repository: Repository) -> None:
    repository.edit("mlops.yaml", "branch: main", "branch: trunk")
    repository.begin_so()
    repository.sh("git", "push", "-q", "origin", "main:trunk")
    repository.sh("git", "update-ref", "-d", "refs/remotes/origin/trunk")


def _shallow(repository: Repository) -> None:
    repository.write("notes.txt", "mine\n")
    repository.commit("Another")
    shutil.rmtree(repository.root)
    origin = repository.root.parent / "origin.git"
    repository.root.mkdir()
    repository.sh("git", "clone", "-q", "--depth", "1", f"file://{origin}", ".")
    repository.sh("git", "config", "user.email", "alice@example.org")
    repository.sh("git", "config", "user.name", "Alice")


def _local_settings(repository: Repository) -> None:
    repository.write(".dvc/config.local", "[core]\n    remote = other\n")
    repository.sh("git", "add", "--force", ".dvc/config.local")
    repository.commit("Settings of one machine")


def _proposed_local_settings(repository: Repository) -> None:
    repository.sh("git", "switch", "-q", "-c", "mine")
    repository.write(".dvc/config.local", "[core]\n    remote = other\n")
    repository.sh("git", "add", "--force", ".dvc/config.local")
    repository.commit("Settings of one machine", push=False)
    repository.sh("git", "push", "-q", "origin", "mine")
    repository.ok("pr", "open")


def _commit_and_push_mine(repository: Repository, help: str) -> None:
    _follow(repository, help)
    repository.sh("git", "commit", "-q", "--allow-empty", "-m", "As the help says")
    repository.sh("git", "push", "-q", "origin", "HEAD")


def _empty_storage(repository: Repository) -> None:
    shutil.rmtree(repository.root.parent / "storage")
    (repository.root.parent / "storage").mkdir()


def _without_dvc_remote(repository: Repository) -> None:
    repository.write(".dvc/config", "")
    repository.begin_so()


def _dvc_not_merged(repository: Repository) -> None:
    repository.sh("git", "rm", "-rq", "--cached", ".dvc")
    shutil.move(repository.root / ".dvc", repository.root.parent / "kept")
    repository.begin_so()
    shutil.move(repository.root.parent / "kept", repository.root / ".dvc")


def _not_run(repository: Repository) -> None:
    repository.sh("git", "rm", "-q", "dvc.lock")
    repository.begin_so()


def _in_git(repository: Repository) -> None:
    repository.edit("models/churn/README.md", "model.skops", "other.bin")
    repository.write("models/churn/other.bin", "bytes\n")
    repository.sh("git", "add", "--force", "models/churn/other.bin")
    allowed = "policies: {unlinked_evaluation: allow}\nbranch: main\n"
    repository.edit("mlops.yaml", "branch: main\n", allowed)
    repository.begin_so()


def _out_of_git_first(repository: Repository, help: str) -> None:
    """Of the two ways the second: nothing makes this file."""
    second = help.partition("where nothing makes it: ")[2]
    out = re.search(r"first (git rm [^)]*)\)", second)
    assert out, help
    repository.sh(*shlex.split(out[1]))
    _follow(repository, re.sub(r" \(if Git .*?\)", "", second))


def _unlinked(repository: Repository) -> None:
    repository.write("latency.json", '{"p95_ms": 12.5}\n')
    repository.edit("models/churn/kpis.yaml", "file: metrics.json", "file: latency.json")
    repository.begin_so()


def _not_read(repository: Repository) -> None:
    repository.edit("dvc.yaml", "deps: [pipeline.py, models/churn/model.skops]", "deps: [pipeline.py]")
    repository.retrain(46)


def _add_the_dep(repository: Repository, help: str) -> None:
    dep = re.search(r"add (\S+) to the deps of stage (\S+) in (\S+), then", help)
    assert dep and (dep[2], dep[3]) == ("evaluate", "dvc.yaml"), help
    repository.edit(
        "dvc.yaml", "deps: [pipeline.py]\n    outs: [data", f"deps: [pipeline.py, {dep[1]}]\n    outs: [data"
    )
    _follow(repository, help.partition(", then ")[2])


def _released_elsewhere(repository: Repository) -> None:
    repository.release()
    repository.sh("git", "reset", "-q", "--hard", "HEAD~1")


def _other_default(repository: Repository) -> None:
    repository.sh("git", "-C", "../origin.git", "symbolic-ref", "HEAD", "refs/heads/gone")


def _there(repository: Repository, help: str) -> None:
    command = help.partition("there: ")[2]
    assert command.startswith("git "), help
    repository.sh("git", "-C", "../origin.git", *shlex.split(command)[1:])


def _begin_git(repository: Repository, help: str) -> None:
    command, commit = help.split(", ")
    assert commit == "and commit the files first"
    repository.sh(*shlex.split(command))
    repository.sh("git", "add", "--all")
    repository.sh("git", "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "-m", "Begin")


def _no_address(repository: Repository) -> None:
    repository.release()
    repository.sh("git", "config", "--unset", "user.email")


def _bare_folder(repository: Repository) -> None:
    for entry in list(repository.root.iterdir()):
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _unneeded_waiver(repository: Repository) -> None:
    repository.write("decisions/2026-01-01-x.yaml", WAIVER)
    repository.sh("git", "add", "--all")


def _invalid_card(repository: Repository) -> None:
    repository.edit("models/churn/README.md", "class: limited", "class: none")


def _invalid_project(repository: Repository) -> None:
    repository.edit("mlops.yaml", "kind: Project", "kind: Projekt")


def _invalid_decision(repository: Repository) -> None:
    repository.release()
    repository.write("decisions/2026-01-01-x.yaml", "apiVersion: mlops-gitops/v1\nkind: Decision\ntype: overide\n")


WAIVER = """apiVersion: mlops-gitops/v1
kind: Decision
type: waiver
subject: {rule: something-else, path: mlops.yaml}
role: operations
by: bob
reason: We know.
expires: 2099-12-31
"""
MODEL = "models/churn/model.skops"
RELEASE = ("release", "churn", "1.0.0")
PROMOTE = ("promote", "churn", "--to", "staging")
SITUATIONS = [
    # What shows where to look.
    Situation(
        "cli/commands/check.py", "mlops-gitops pr list", _nothing, ("check", 99), "no open pull request #99", shows=True
    ),
    Situation(
        "cli/commands/issue.py",
        "mlops-gitops issue list --all",
        _nothing,
        ("issue", "show", 99),
        "no issue #99",
        shows=True,
    ),
    Situation(
        "cli/commands/status.py",
        "mlops-gitops status --mine --as EMAIL",
        _nothing,
        ("status", "--as", "bob@example.org"),
        "--as is for --mine",
        values=(("EMAIL", "bob@example.org"),),
        shows=True,
    ),
    Situation(
        "cli/commands/status.py",
        "mlops-gitops status --mine",
        _nothing,
        ("status", "churn", "--mine"),
        "--mine is about every model",
        shows=True,
    ),
    Situation(
        "cli/commands/pr.py",
        "mlops-gitops pr list --all",
        _nothing,
        ("pr", "show", 99),
        "no pull request #99",
        shows=True,
    ),
    Situation(
        "orchestration/serving/running_release.py",
        "mlops-gitops status",
        _nothing,
        ("fetch", "churn", "--in", "staging", "--out", "o"),
        "staging runs nothing of churn",
        shows=True,
    ),
    Situation(
        "cli/commands/gate.py",
        "mlops-gitops gate plan …",
        _nothing,
        ("gate", "churn", "--rows", 90),
        "are for a plan",
        shows=True,
    ),
    Situation(
        "cli/commands/card.py",
        "mlops-gitops card adopt …",
        _nothing,
        ("card", "new", "churn"),
        "is there already",
        shows=True,
    ),
    Situation(
        "policy/rules/waiver_subject.py",
        "mlops-gitops rules",
        _unneeded_waiver,
        ("validate",),
        "there is no rule",
        shows=True,
        then=lambda repository, _: repository.ok("rules"),
    ),
    Situation(
        "promotion/manifest.py",
        "mlops-gitops validate …",
        _invalid_card,
        (*RELEASE, "--local"),
        "is missing or not valid",
        shows=True,
    ),
    Situation(
        "policy/rules/release_profile.py",
        "mlops-gitops profile …, then commit it",
        _stale_profile,
        (*RELEASE, "--local"),
        "the profile is of data/holdout.csv as md5:0",
    ),
    Situation(
        "orchestration/workspace.py", "mlops-gitops validate", _invalid_project, ("status",), "not valid", shows=True
    ),
    Situation(
        "orchestration/promote.py",
        "mlops-gitops validate …",
        _invalid_decision,
        (*PROMOTE, "--decision", "decisions/2026-01-01-x.yaml"),
        "is not a valid decision",
        shows=True,
    ),
    Situation(
        "git/refs.py",
        "git fetch, or name another revision",
        _nothing,
        ("gate", "churn", "--rev", "1" * 40),
        "no commit",
        shows=True,
    ),
    Situation(
        "git/refs.py",
        "find out why: git ls-remote …",
        lambda repository: repository.sh("git", "remote", "set-url", "origin", "../gone.git"),
        ("pr", "list"),
        "the remote 'origin' cannot be read",
        shows=True,
    ),
    # Git and pull requests.
    Situation(
        "policy/rules/passing_record.py",
        "make it one commit: git reset --soft …, git commit, then git push --force-with-lease origin HEAD",
        _fixed_later,
        ("check", 1),
        "error[passing-record]",
        then=_one_commit,
    ),
    Situation(
        "cli/commands/pr.py",
        "git switch -c NAME, then commit",
        _nothing,
        ("pr", "open"),
        "of a branch of its own",
        values=(("NAME", "mine"),),
    ),
    Situation(
        "cli/commands/pr.py",
        "git pull --rebase … …",
        _diverged,
        ("pr", "open"),
        "has commits that",
    ),
    Situation(
        "orchestration/pulls/merge_pull.py",
        "mlops-gitops check …",
        _unchecked,
        ("pr", "merge", "--only", 2),
        "may not be merged",
    ),
    Situation(
        "orchestration/pulls/merge_pull.py",
        "mlops-gitops pr merge … --squash",
        _two_commits,
        ("pr", "merge", "--only", 1, "--rebase"),
        "only the last was checked",
    ),
    Situation(
        "cli/commands/gate.py",
        "git pull, or name another release",
        _released_elsewhere,
        ("gate", "churn", "--release", "1.0.0"),
        "no valid manifest",
    ),
    Situation(
        "orchestration/propose.py",
        "mlops-gitops pr close …, then try again",
        _newer_proposed,
        (*PROMOTE, "--release", "1.0.0"),
        "something newer",
    ),
    Situation(
        "orchestration/promote.py", "mlops-gitops record", _merged_unrecorded, PROMOTE, "its receipt is not written yet"
    ),
    Situation(
        "git/local_forge/forge.py",
        "git init --bare -b … ../o.git && git remote add origin ../o.git && ",
        _without_remote,
        ("pr", "list"),
        "has no remote",
    ),
    Situation(
        "git/local_forge/forge.py",
        "git config checkout.defaultRemote …",
        _two_remotes,
        ("pr", "list"),
        "is named origin",
    ),
    Situation(
        "git/git_settings.py",
        "git config user.email you@example.org",
        _no_address,
        (*PROMOTE, "--dry-run"),
        "does not know who you are",
    ),
    Situation(
        "git/repository.py",
        "git fetch --unshallow --tags (in GitHub Actions: actions/checkout with fetch-depth: 0)",
        _shallow,
        RELEASE,
        "shallow",
    ),
    Situation(
        "git/refs.py",
        "…git push -u … …",
        _without_commit,
        ("history",),
        "has no default branch yet",
    ),
    Situation(
        "orchestration/workspace.py",
        "git fetch …, then: git remote set-head … --auto",
        _unknown_default,
        ("status",),
        "is the default of origin",
    ),
    Situation(
        "orchestration/workspace.py",
        "git push … …, and where HEAD there names another branch, set it there: git symbolic-ref HEAD refs/heads/…",
        _other_default,
        ("pr", "list"),
        "names no branch that exists",
        then=_there,
    ),
    Situation(
        "orchestration/check_push.py",
        "git fetch … …",
        _unknown_trunk,
        ("check", "--push"),
        "this clone does not know origin/trunk",
    ),
    Situation(
        "cli/commands/init.py",
        "git init, and commit the files first",
        lambda repository: repository.sh("rm", "-rf", ".git"),
        ("init", "--upgrade"),
        "not a Git repository yet",
        then=_begin_git,
    ),
    # The first merge.
    Situation(
        "policy/rules/project_file.py", "mlops-gitops init", _without_project, ("validate",), "there is no mlops.yaml"
    ),
    Situation(
        "orchestration/workspace.py", "mlops-gitops init", _without_project, ("doctor",), "mlops.yaml is missing"
    ),
    Situation("orchestration/first_merge.py", "mlops-gitops init", _without_project, PROMOTE, "no branch brings it"),
    Situation(
        "orchestration/governance/checkpoints.py",
        "mlops-gitops init, commit, and push or merge it",
        _without_project,
        ("audit", "checkpoint"),
        "nothing judges yet",
    ),
    Situation(
        "orchestration/first_merge.py",
        "git switch begin, then: mlops-gitops pr open",
        _on_a_branch,
        PROMOTE,
        "the branch begin brings it",
    ),
    Situation(
        "orchestration/first_merge.py",
        "mlops-gitops pr merge …",
        _proposed,
        PROMOTE,
        "is not on origin/main yet",
    ),
    Situation(
        "promotion/promotion_change.py",
        "mlops-gitops release … 1.0.0, then merge it",
        _nothing,
        PROMOTE,
        "churn has no release",
    ),
    Situation(
        "promotion/promotion_change.py",
        "mlops-gitops release … …, then merge it",
        _nothing,
        (*PROMOTE, "--release", "1.0.0"),
        "there is no valid",
    ),
    # DVC.
    Situation(
        "onboarding/init.py",
        "dvc init, then make the model and its metrics outputs of stages in dvc.yaml",
        _bare_folder,
        ("init",),
        "nothing of DVC here",
    ),
    Situation(
        "policy/rules/dvc_settings.py",
        "git rm --cached …",
        _proposed_local_settings,
        ("check", 1),
        "for one machine",
        then=_commit_and_push_mine,
    ),
    Situation(
        "storage/data_store.py",
        "git rm --cached the file, and merge that first",
        _local_settings,
        RELEASE,
        "for one machine",
        then=_commit_and_push_mine,
        values=(("the file", ".dvc/config.local"),),
    ),
    Situation(
        "orchestration/remeasure.py",
        "…, and commit what it writes into dvc.lock and .dvc files",
        _empty_storage,
        RELEASE,
        "is not in the DVC remote",
    ),
    Situation(
        "storage/dvc_project.py",
        "……, commit …, then …",
        _without_dvc_remote,
        RELEASE,
        "no DVC remote is configured",
        values=(("URL", "../storage"),),
    ),
    Situation("pipelines/dvc_commands.py", "…, commit …, then …", _not_run, RELEASE, "stage train has not run"),
    Situation(
        "pipelines/dvc_commands.py",
        "…, commit ….dvc, then …",
        _in_git,
        RELEASE,
        "DVC does not track",
        then=_out_of_git_first,
    ),
    Situation(
        "pipelines/dvc_commands.py",
        "add … to the deps of stage … in …, then …",
        _not_read,
        RELEASE,
        "did not make",
        then=_add_the_dep,
    ),
    Situation(
        "orchestration/doctor_facts.py",
        "git add --force …, commit and merge it",
        _dvc_not_merged,
        ("doctor",),
        "fault[bytes-pushed] .dvc/config",
        then=lambda repository, help: _follow(repository, help.replace(", commit and", ", commit, then")),
    ),
    # Policies.
    Situation(
        "pipelines/dvc_commands.py",
        "make it in a stage of dvc.yaml with … among its deps, or …",
        _unlinked,
        RELEASE,
        "error[evaluation-linked]",
        then=_append_policies,
    ),
    Situation(
        "promotion/preconditions.py",
        "add a gate to …, such as gate: {at_least: 0.8} below a KPI, and merge it",
        _ungate,
        PROMOTE,
        "nothing is promoted ungated",
        then=_gate,
    ),
    Situation(
        "promotion/adoption.py",
        "promote it, or first merge into …: …",
        lambda repository: repository.release(),
        (*PROMOTE, "--adopt", "--why", "It runs."),
        "allows no adoption",
        then=_append_policies,
    ),
]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: f"{situation.file}: {situation.text[:40]}")
def test_a_help_text_solves_what_it_stands_below(
    situation: Situation, prepared: Path, shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shared / "outcomes").mkdir(exist_ok=True)
    copy(prepared, tmp_path / "work")
    outcomes = Outcomes(shared / "outcomes", tmp_path / "work")
    repository = Repository(tmp_path / "work/repository", capsys, outcomes=outcomes)
    situation.arrange(repository)
    answer = repository.run(*situation.command)
    assert situation.refusal in answer.out + answer.err and answer.code, answer
    printed = _help(answer, situation.refusal)
    assert re.search(".*".join(map(re.escape, situation.text.split("…"))), printed), printed
    for word, value in situation.values:
        printed = printed.replace(word, value)
    (situation.then or _follow)(repository, printed)
    if not situation.shows:
        again = repository.run(*situation.command)
        assert situation.refusal not in again.out + again.err, again


# ── every text ──

# Texts that are not followed here, each with the reason.
NOT_FOLLOWED = {
    "it names retraining, which tests/cli/commands/test_retrain.py runs": (
        ("cli/commands/retrain.py", "mlops-gitops retrain"),
        ("orchestration/retraining/candidate.py", "mlops-gitops validate …"),
        ("orchestration/retraining/conclude.py", "merge it, or: mlops-gitops pr close …"),
        ("orchestration/retraining/live_judging.py", "mlops-gitops validate"),
        ("orchestration/retraining/recover.py", "again with the folder it had, or: mlops-gitops pr close …"),
        ("orchestration/retraining/receive_run.py", "mlops-gitops retrain run … --out FOLDER fills one"),
        ("orchestration/retraining/renewed_profile.py", "mlops-gitops profile … of a data set of its KPIs"),
        ("policy/rules/live_windows.py", "mlops-gitops retrain …"),
    ),
    "it names governance, which tests/cli/commands/test_governance.py runs": (
        ("cli/commands/governance.py", "mlops-gitops governance MODEL --release V"),
        ("cli/commands/governance.py", "mlops-gitops validate …"),
        ("compliance/bias_audit.py", "mlops-gitops governance …"),
        ("compliance/subject.py", "mlops-gitops governance …"),
        ("policy/rules/attest_subject.py", "mlops-gitops governance lists them"),
    ),
    "it names receipts, which tests/cli/commands/test_audit_anchor.py fetches": (
        ("audit/anchors.py", "git fetch --tags brings those that this clone lacks"),
    ),
    "it names explain, which tests/cli/commands/test_explain.py runs": (
        ("cli/commands/explain.py", "mlops-gitops explain init …"),
        ("cli/commands/explain.py", "mlops-gitops validate"),
        ("onboarding/explanations/plan.py", "dvc pull, or name another"),
        ("onboarding/explanations/plan.py", "--data PATH…; dvc pull brings them"),
        ("onboarding/explanations/stage.py", "dvc repro …"),
        ("compliance/explanations/assess.py", "mlops-gitops explain init …"),
        ("compliance/explanations/assess.py", "mlops-gitops explain verify …"),
    ),
    "it names a rollout, which tests/cli/commands/test_rollout.py runs": (
        ("rollout/staying.py", "mlops-gitops audit"),
        ("cli/commands/advance.py", "mlops-gitops advance MODEL --in ENV"),
        ("cli/commands/advance.py", "mlops-gitops promote … --to …"),
        ("orchestration/serving/running_release.py", "mlops-gitops rollout … --in …"),
        ("cli/commands/rollout.py", "mlops-gitops status"),
        ("promotion/promotion_change.py", "mlops-gitops rollback … --in … --why …"),
        ("rollout/device_release.py", "mlops-gitops audit"),
        ("rollout/rollout_state.py", "a decision of type resume, carried by mlops-gitops advance … --decision PATH"),
        ("rollout/observing/expectation.py", "mlops-gitops audit"),
        ("rollout/observing/expectation.py", "mlops-gitops status"),
        ("rollout/observing/expectation.py", "mlops-gitops validate"),
    ),
    "tests/orchestration/test_first_merge.py follows it": (
        ("orchestration/first_merge.py", "git fetch …"),
        ("orchestration/first_merge.py", "git switch …, then: mlops-gitops pr open"),
    ),
    "it needs GitHub, or a job of it": (
        ("cli/commands/screen.py", "mlops-gitops screen N"),
        ("doctor/checkups/check_workflow.py", "mlops-gitops init --github, and merge what it writes"),
        ("doctor/checkups/scheduled_record.py", "add schedule: "),
        ("doctor/checkups/workflows_enabled.py", "gh workflow enable …"),
        ("github/forge.py", "git fetch"),
        ("runtime/ci_job.py", "GITHUB_EVENT_PATH names"),
        ("runtime/ci_job.py", "export GITHUB_TOKEN="),
    ),
    "it installs a package": (
        ("cli/commands/completion.py", "pip install"),
        ("cli/commands/demo.py", "pip install"),
        ("github/connect.py", "pip install"),
        ("measurement/engines/duckdb.py", "pip install"),
        ("runtime/programs/rerun.py", "pip install"),
        ("rollout/evidence/watch_looks.py", "pip install"),
        ("rollout/observing/signatures.py", "pip install"),
        ("metrics/scikit_learn.py", "pip install"),
        ("storage/dvc_clone.py", "pip install"),
        ("storage/remotes.py", "pip install"),
    ),
    "nothing that a command does fixes an object or a reference that somebody broke": (
        ("git/refs.py", "find out why: git ls-remote …"),
        ("git/object_format.py", "git fsck"),
        ("git/object_reader.py", "git fetch"),
        ("git/object_reader.py", "git fetch, then git fsck"),
        ("git/object_reader.py", "git fsck"),
        ("git/local_forge/forge.py", "git push … :… removes it"),
        ("git/local_forge/issue_refs.py", "git push … :… removes it"),
        ("monitoring/history/branch_tree.py", "mlops-gitops audit"),
        ("orchestration/rollouts/record_observation.py", "mlops-gitops audit"),
        ("retraining/chain.py", "mlops-gitops audit"),
    ),
    "people decide and write": (
        ("policy/rules/passing_record.py", "make it one commit: git reset --soft …, git commit, then git push"),
        ("promotion/quarantine.py", "when it is safe again"),
        ("repository/snapshot.py", "mlops-gitops init drafts one; fill it in, and merge it"),
        ("orchestration/retraining/decide.py", "mlops-gitops retrain MODEL --why TEXT"),
    ),
    "it needs Git LFS": (("storage/live/copying.py", "git lfs pull, before this runs"),),
    "the commands that it names are followed where another text names them": (
        ("audit/one_decision.py", "mlops-gitops audit names the commit"),
        ("compliance/checks/approval_proven.py", "git fetch --tags, or mlops-gitops record"),
        ("compliance/checks/records_kept.py", "git log --diff-filter=A"),
        ("compliance/subject.py", "mlops-gitops promote … --to ENVIRONMENT"),
        ("compliance/subject.py", "mlops-gitops release … 1.0.0"),
        ("cli/commands/bom.py", "mlops-gitops release … …"),
        ("git/local_forge/forge.py", "mlops-gitops check …"),
        ("repository/packs_in_force.py", "mlops-gitops validate …"),
        ("cli/commands/card.py", "mlops-gitops validate"),
        ("cli/commands/gate.py", "mlops-gitops gate [plan] MODEL"),
        ("cli/commands/gate.py", "mlops-gitops init"),
        ("cli/commands/replay.py", "mlops-gitops history lists the records"),
        ("orchestration/governance/checkpoints.py", "mlops-gitops audit"),
        ("orchestration/governance/read_other.py", "mlops-gitops schema lists these kinds"),
        ("cli/commands/history.py", "mlops-gitops history [MODEL] --retraining"),
        ("doctor/checkups/bytes_pushed.py", "dvc push"),
        ("doctor/checkups/files_valid.py", "mlops-gitops validate …"),
        ("onboarding/front_matter.py", "mlops-gitops schema card"),
        ("orchestration/doctor_facts.py", "mlops-gitops doctor, once it is merged"),
        ("onboarding/init.py", "dvc init, then the commands above"),
        ("onboarding/init.py", "mlops-gitops validate"),
        ("repository/snapshot.py", "mlops-gitops validate"),
        ("orchestration/retraining/evidence/look_again.py", "mlops-gitops validate"),
        ("policy/catalogue.py", "mlops-gitops rules"),
        ("policy/rules/monitoring_kpis.py", "mlops-gitops validate …"),
        ("policy/rules/unproven_decision.py", "mlops-gitops record"),
        ("promotion/soak.py", "mlops-gitops record"),
        ("policy/rules/waiver_subject.py", "mlops-gitops rules …"),
        ("policy/suppressions.py", "mlops-gitops schema decision"),
        ("promotion/manifest.py", "mlops-gitops validate, or write …"),
        ("promotion/manifest.py", "or by mlops-gitops profile …, and commit it"),
        ("promotion/promotion_change.py", "mlops-gitops init"),
        ("promotion/promotion_change.py", "mlops-gitops validate …"),
        ("storage/data_store.py", "git fetch"),
        ("storage/dvc_settings.py", "git rm --cached …"),
    ),
}


def _texts(node: ast.AST) -> Iterator[str]:
    """The strings of an expression, with … for what varies in them."""
    strings = [found for found in ast.walk(node) if isinstance(found, ast.JoinedStr)]
    inner = {id(part) for string in strings for part in ast.walk(string) if part is not string}
    for found in ast.walk(node):
        if isinstance(found, ast.JoinedStr) and id(found) not in inner:
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in found.values)
        elif isinstance(found, ast.Constant) and isinstance(found.value, str) and id(found) not in inner:
            yield found.value


def _help_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """What a module gives as help: the argument `help`, the fix of a finding, and what is assigned to such a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if not name.startswith("add_"):
                yield from (keyword.value for keyword in node.keywords if keyword.arg == "help")
            if name in ("Diagnostic", "Wait", "fault"):
                yield from node.args[1:]
        elif isinstance(node, ast.Assign):
            names = [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
            if any("help" in name.lower() for name in names):
                yield node.value


def _help_texts() -> set[tuple[str, str]]:
    """Every help text of the package that names a command or YAML to write, with its file."""
    return {
        (path.relative_to(PACKAGE).as_posix(), text)
        for path in PACKAGE.rglob("*.py")
        for node in _help_nodes(ast.parse(path.read_text()))
        for text in _texts(node)
        if COMMAND.search(text)
    }


def test_every_help_text_is_followed_or_says_why_not() -> None:
    left_out = [entry for entries in NOT_FOLLOWED.values() for entry in entries]
    followed = {(situation.file, situation.text) for situation in SITUATIONS}
    texts = _help_texts()
    assert len(texts) > 50
    unknown = {
        (file, text)
        for file, text in texts - followed
        if not any(file == known and beginning in text for known, beginning in left_out)
    }
    assert unknown == set(), "follow each in SITUATIONS"
    gone = [entry for entry in left_out if not any(entry[0] == file and entry[1] in text for file, text in texts)]
    assert gone == [], "no such text is left"
