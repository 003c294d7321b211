"""init --upgrade in a repository whose files an older version wrote."""

from __future__ import annotations

from house import Repository
from messages import lacking

from mlops_gitops import __version__
from mlops_gitops.doctor.stamp import read_stamp, stamped
from mlops_gitops.onboarding.file_drafts import HOOKS

CHECK, RECORD, PROMOTE = (f".github/workflows/mlops-gitops{name}.yml" for name in ("", "-record", "-promote"))
OWN = "    timeout-minutes: 7\n"


def _old(text: str) -> str:
    """A workflow as an older version may have written it: with another timeout and another version of the action."""
    body = read_stamp(text)[1].replace("timeout-minutes: 30", "timeout-minutes: 20")
    return stamped(body.replace(f"@v{__version__}", "@v0.0.1"), "0.0.1")


def _written_by_an_older_version(repository: Repository) -> None:
    repository.ok("init", "--github")
    for path in (CHECK, RECORD, PROMOTE):
        repository.write(path, _old((repository.root / path).read_text()))
    repository.edit(HOOKS, f"rev: v{__version__}", "rev: v0.0.1")
    repository.write(".schemas/kpis.json", '{"title": "older"}\n')
    repository.commit("What 0.0.1 wrote")


def _states(repository: Repository, *more: str) -> tuple[int, dict[str, str]]:
    answer = repository.run("init", "--upgrade", "--format", "json", *more)
    return answer.code, {file["path"]: file["state"] for file in answer.json["files"]}


def test_what_an_older_version_wrote_is_renewed_and_edits_stay(repository: Repository) -> None:
    _written_by_an_older_version(repository)
    repository.ok("init", "--upgrade", "--dry-run")
    assert repository.sh("git", "status", "--porcelain") == ""
    repository.edit(RECORD, "    timeout-minutes: 20\n    environment", f"{OWN}    # ours\n    environment")
    (repository.root / CHECK).write_text(read_stamp((repository.root / CHECK).read_text())[1])  # Git has the first line
    repository.edit(CHECK, "    steps:\n", "    continue-on-error: false # ours\n    steps:\n")
    code, states = _states(repository)
    assert code == 1 and states == {
        CHECK: "merged", RECORD: "left", PROMOTE: "renewed", HOOKS: "renewed", ".schemas/kpis.json": "renewed"
    }  # fmt: skip
    check, record = ((repository.root / path).read_text() for path in (CHECK, RECORD))
    assert "continue-on-error: false # ours" in check and "timeout-minutes: 30" in check
    assert OWN in record and "v0.0.1" in record  # untouched
    answer = repository.run("init", "--upgrade")
    assert answer.code == 1 and not lacking(answer.out, RECORD, "0.0.1", "sha256")
    assert "-    timeout-minutes: 7" in answer.out and "+    timeout-minutes: 30" in answer.out
    line = next(row for row in answer.out.splitlines() if row.lstrip().startswith("# written by"))
    repository.write(RECORD, line.strip() + "\n" + read_stamp(record)[1])
    code, states = _states(repository)
    assert code == 0 and set(states.values()) == {"current"}


def test_doctor_tells_the_age(repository: Repository) -> None:
    _written_by_an_older_version(repository)
    findings = [f for f in repository.run("doctor", "--format", "json").json["checkups"] if f["id"] == "written-files"]
    said = str(findings)
    assert not lacking(said, CHECK, HOOKS, "0.0.1", __version__, "mlops-gitops init --upgrade")


def test_nothing_to_renew_and_what_does_not_go_with_it(repository: Repository) -> None:
    assert "nothing" in repository.ok("init", "--upgrade").out
    answer = repository.run("init", "--upgrade", "--only", "churn")
    assert answer.code == 2 and "--only" in answer.err
