"""The workflows that init writes, run from start to end by act: jobs and git are real, GitHub is on loopback.

`ground/act.py` says what stands in. Each test is one story, since each run of a workflow takes seconds.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ground import act, events
from ground.act import Act
from ground.house import House
from messages import lacking, lines_with

pytestmark = pytest.mark.outside

CHECK, RECORD, PROMOTE = "mlops-gitops", "mlops-gitops-record", "mlops-gitops-promote"
MONITOR, RETRAIN = "mlops-gitops-monitor", "mlops-gitops-retrain"
CARD = "models/churn/README.md"
STATUS = "mlops-gitops/promotion"
POLICY = """apiVersion: mlops-gitops/v1
kind: Retraining
model: churn
decides: {operations: 1}
triggers: [{id: by-hand}]
cooldown: 1d
budget: {runs: 4 per month, minutes: 5}
pipeline: {stages: [train, evaluate], params: {hits: 48}}
evaluate: holdout
then: pull_request
"""
WITHOUT_A_TOKEN = """import os
assert not [name for name in os.environ if "TOKEN" in name], "the pipeline has a token"
"""
# What a shell, an expression, the runner and Markdown would each make something of.
HOSTILE = "$(touch pwned) `touch pwned`; touch pwned & ${{ github.token }} \"'\\ ::set-output name=x::y ##[error]z"


@pytest.fixture(scope="session")
def program() -> Path:
    return act.found()


@pytest.fixture
def runner(program: Path, published: Path, shared: Path, tmp_path: Path) -> Act:
    folder = tmp_path / "act"
    folder.mkdir()
    return Act(program, act.packed(published, shared), shared, folder)


@pytest.fixture
def automated(released: House) -> House:
    """Release 1.0.0 merged and recorded, and the workflows on main, the data where every clone reaches them."""
    released.edit(".dvc/config", "../../storage", str(released.root.parent / "storage"))
    released.ok("init", "--github")
    (released.root / ".pre-commit-config.yaml").unlink()
    released.commit("Workflows")
    released.mirror()
    return released


def test_a_good_pull_request_passes_and_a_bad_card_fails_on_its_line(automated: House, runner: Act) -> None:
    card = automated.text(CARD, "main")
    automated.write_branch("good", {"docs/churn.md": "More on it.\n"})
    automated.write_branch("bad", {CARD: card.replace("class: limited", "class: hihg")})
    good, bad = automated.open("good"), automated.open("bad")

    run = runner.run(automated, CHECK, "pull_request", events.pull_request(automated, good), at="good")
    assert (run.code, run.annotations) == (0, []), run
    assert f"passed: pull request #{good} may be merged" in run.printed
    assert "may be merged" in run.summary

    run = runner.run(automated, CHECK, "pull_request_review", events.review(automated, bad, "bob"), at="bad")
    assert run.code == 1, run
    line = 1 + card[: card.index("class: limited")].count("\n")
    first = run.annotations[0]
    assert (first.properties["file"], first.properties["line"]) == (CARD, str(line))
    assert "hihg" in first.text and first.properties["title"] == "schema"
    assert automated.status(good) == automated.status(bad) == ""  # its token could not set one

    run = runner.run(automated, RECORD, "pull_request_target", events.pull_request(automated, good))
    assert run.code == 0, run
    assert automated.status(good) == "success" and [name for name, _ in run.ran] == ["screen"]


def test_promote_opens_the_pull_request_and_merging_and_record_write_receipt_and_deployment(
    automated: House, runner: Act
) -> None:
    form = {"action": "promote", "model": "churn", "environment": "staging", "release": "", "why": "Better on new ones"}
    run = runner.run(automated, PROMOTE, "workflow_dispatch", events.dispatch(automated, **form))
    assert run.code == 0, run
    (pull,) = automated.pull_requests()
    assert pull["head"]["ref"] == "promote/staging/churn/0001-1.0.0" and "Better on new ones" in pull["body"]
    mark = automated.front.mark()
    run = runner.run(automated, PROMOTE, "workflow_dispatch", events.dispatch(automated, **form))
    assert (run.code, automated.front.writes(mark)) == (0, []), run

    base, group = automated.head(), automated.queue(1, who="bob")
    run = runner.run(automated, CHECK, "merge_group", events.merge_group(automated, 1, group, base), at=group)
    assert (run.code, run.annotations) == (0, []), run
    assert lines_with(run.printed, "files and gates", "pull request #1", "in order")
    automated.approve(1, "bob")
    run = runner.run(automated, RECORD, "workflow_run", events.workflow_run(automated, 1))
    assert run.code == 0, run
    assert automated.status(1) == "success"

    automated.merge_pull(1, how="squash")
    run = runner.run(automated, RECORD, "push", events.push(automated))
    assert run.code == 0, run
    assert "churn#staging#1" in automated.bridge.one(
        "tag", "--points-at", automated.bridge.one("rev-parse", "churn@v1.0.0^{}")
    )
    assert [deployment["environment"] for deployment in automated.api("GET", "deployments")] == ["staging"]
    mark = automated.front.mark()
    run = runner.run(automated, RECORD, "schedule", {"schedule": "23 * * * *"})
    assert (run.code, automated.front.writes(mark)) == (0, []), run


def test_what_fails_its_gate_is_not_proposed_and_the_run_fails(automated: House, runner: Act) -> None:
    automated.retrain(35)
    automated.ok("release", "churn", "1.1.0", "--local")
    automated.commit("Release 1.1.0")
    form = {"action": "promote", "model": "churn", "environment": "staging", "release": "1.1.0", "why": "Newer"}
    run = runner.run(automated, PROMOTE, "workflow_dispatch", events.dispatch(automated, **form))
    assert run.code == 1, run
    assert "churn 1.1.0 was not proposed for staging" in run.printed and automated.pull_requests() == []


def test_nothing_that_people_write_is_executed_or_taken_for_a_command(automated: House, runner: Act) -> None:
    branch = "x$(touch${IFS}pwned)`touch${IFS}pwned`;\"'${{github.token}}"
    automated.sh("git", "switch", "-q", "-c", branch)
    automated.edit(CARD, "rationale: Ranks accounts for a call.", f"rationale: {json.dumps(HOSTILE)}")
    automated.edit(CARD, "# Churn", f"# {HOSTILE}\n\n::error::forged\n\n##[error]forged\n\n# Churn")
    for name in (
        "$(touch pwned).md",
        "`touch pwned`\n::error::forged\n.yaml",
        "${{ github.token }}",
        "::set-output name=x::y",
    ):
        automated.write(f"models/{name}", HOSTILE)
        automated.write(f"releases/{name}", HOSTILE)
    automated.sh("git", "add", "--all")
    automated.sh("git", "commit", "-q", "-m", f"{HOSTILE}\n\n::error::forged")
    automated.sh("git", "push", "-q", "origin", f"HEAD:refs/heads/{branch}")
    automated.sh("git", "switch", "-q", "main")
    automated.mirror()
    number = automated.open(branch, title=f"::error::forged {HOSTILE}", body=f"::error::forged\n{HOSTILE}")
    head = automated.head(branch)

    payload = events.pull_request(automated, number)
    runs = [runner.run(automated, CHECK, "pull_request", payload, at=head)]
    assert runs[0].code == 1, runs[0]
    assert {annotation.properties["title"] for annotation in runs[0].annotations} == {
        "card-placeholders",
        "unexpected-file",
    }, runs[0]
    runs.append(runner.run(automated, RECORD, "workflow_run", events.workflow_run(automated, number)))
    form = {"action": "promote", "model": "churn", "environment": "staging", "release": "", "why": HOSTILE}
    runs.append(runner.run(automated, PROMOTE, "workflow_dispatch", events.dispatch(automated, **form)))
    lines = form | {"why": "Better\n--adopt"}
    runs.append(runner.run(automated, PROMOTE, "workflow_dispatch", events.dispatch(automated, **lines)))
    form |= {"model": "--adopt", "environment": HOSTILE, "release": HOSTILE}
    runs.append(runner.run(automated, PROMOTE, "workflow_dispatch", events.dispatch(automated, **form)))
    assert [run.code for run in runs] == [1, 0, 0, 1, 1]
    assert not lacking(runs[3].annotations[0].text, "answer", "line break", "backslash")
    assert "argument --to: '$(touch pwned) `touch pwned`" in str(runs[4])
    for run in runs:
        rest = [command for command in run.commands if command not in run.annotations]
        assert {entry.name for entry in rest} <= {"notice", "group", "endgroup", "add-mask"} and "forged" not in str(
            rest
        )
        assert "forged" not in {command.text for command in run.commands}
        assert not re.search(r"^\s*::|##\[", run.printed, re.MULTILINE), run.printed  # GitHub looks for ##[ anywhere
        assert act.RUN_TOKEN not in str(run)
    promoted = automated.pull_requests()[-1]
    assert promoted["head"]["ref"] == "promote/staging/churn/0001-1.0.0" and len(automated.pull_requests()) == 2
    record = json.loads(automated.text("promotions/staging/churn/0001.json", promoted["head"]["sha"]))
    assert (record["predicate"]["action"], record["predicate"]["why"]) == ("promote", HOSTILE)
    assert not list(runner.folder.parent.rglob("pwned"))


WATCHED = """apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: {start}
every: 1d
grace: 1d
environments: [staging]
windows: {{scored: {{path: "remote://live/{{date}}/", key: customer}}}}
watch: [{{id: rows, quality: {{rows: {{at_least: 3}}, columns: {{customer: {{unique: true}}}}}}}}]
"""


def _alarms(house: House) -> list[str]:
    return [issue["title"] for issue in house.api("GET", "issues") if issue["title"].startswith("churn in ")]


def test_live_data_is_judged_on_a_schedule_and_a_schedule_that_stopped_is_noticed(
    automated: House, runner: Act, tmp_path: Path
) -> None:
    today = datetime.now(UTC)
    run = runner.run(automated, RECORD, "schedule", {"schedule": "23 * * * *"})
    assert run.code == 0 and "nothing can be late" in run.printed, run
    live, start = tmp_path / "live", f"{today - timedelta(days=4):%Y-%m-%d}"
    part = live / f"{today - timedelta(days=1):%Y-%m-%d}" / "part-1.csv"
    part.parent.mkdir(parents=True)
    part.write_text("customer\n1\n2\n2\n")
    remote = f"['remote \"live\"']\n    url = {live}\n"
    automated.write(".dvc/config", automated.text(".dvc/config", "main") + remote)
    automated.write("models/churn/monitoring.yaml", WATCHED.format(start=start))
    written = automated.ok("init", "--github", "--format", "json").json["written"]
    assert [path for path in written if "workflows" in path] == [f".github/workflows/{MONITOR}.yml"]
    (automated.root / ".pre-commit-config.yaml").unlink()
    automated.commit("Watch churn")

    run = runner.run(automated, RECORD, "schedule", {"schedule": "23 * * * *"})
    assert run.code == 1 and lines_with(run.printed, "churn", "staging", "no outcome"), run
    run = runner.run(automated, MONITOR, "schedule", {"schedule": "41 6 * * *"})
    assert run.code == 1 and lines_with(run.printed, "customer", "ALARM"), run
    records = automated.bridge.one("ls-tree", "-r", "--name-only", "refs/heads/mlops-gitops/monitoring").split()
    assert [path for path in records if path.endswith(".json")] == ["monitoring/staging/churn/0001.json"]
    assert _alarms(automated) == ["churn in staging: rows"]

    mark = automated.front.mark()
    run = runner.run(automated, MONITOR, "schedule", {"schedule": "41 6 * * *"})
    assert (run.code, automated.front.writes(mark)) == (0, []), run
    assert lines_with(run.printed, "already on record", "rows ALARM"), run
    run = runner.run(automated, RECORD, "schedule", {"schedule": "23 * * * *"})
    assert run.code == 0 and lines_with(run.printed, "no monitor is overdue"), run
    assert lines_with(run.printed, "churn in staging", "rows ALARM"), run


def test_what_is_decided_is_run_without_a_token_and_proposed_by_the_app(automated: House, runner: Act) -> None:
    automated.promote("staging")
    automated.write("models/churn/retraining.yaml", POLICY)
    written = automated.ok("init", "--github", "--format", "json").json["written"]
    assert [path for path in written if "workflows" in path] == [f".github/workflows/{RETRAIN}.yml"]
    (automated.root / ".pre-commit-config.yaml").unlink()
    script = automated.root / "pipeline.py"
    script.write_text(f"{WITHOUT_A_TOKEN}{script.read_text()}")
    automated.commit("Retrain churn")

    mark = automated.front.mark()
    run = runner.run(automated, RETRAIN, "schedule", {"schedule": "17 8 * * *"})
    assert (run.code, automated.front.writes(mark)) == (0, []), run
    assert lines_with(run.printed, "churn", "not retrained"), run
    form = {"model": "churn", "why": "A new market: $(touch pwned)"}
    run = runner.run(automated, RETRAIN, "workflow_dispatch", events.dispatch(automated, **form))
    assert run.code == 0, run
    (pull,) = automated.pull_requests()
    assert pull["head"]["ref"] == "retrain/churn/1.1.0" and "A new market" in pull["body"]
    records = automated.bridge.one("ls-tree", "-r", "--name-only", "refs/heads/mlops-gitops/monitoring").split()
    assert "retraining/churn/0001.json" in records

    mark = automated.front.mark()
    run = runner.run(automated, RETRAIN, "workflow_dispatch", events.dispatch(automated, **form))
    assert (run.code, len(automated.pull_requests())) == (0, 1), run
    assert lines_with(run.printed, "churn", "not retrained"), run


def test_our_own_workflow_tries_the_action_of_this_very_checkout(runner: Act, published: Path) -> None:
    run = runner.run_own(published, "ci", "action", "--matrix", "runner:ubuntu-latest")
    assert run.code == 0, run
    assert "mlops-gitops: installed" in run.printed and "3 files checked: 0 errors" in run.printed


def test_the_first_day_of_a_repository_that_has_dvc_and_no_app(hub: House, runner: Act) -> None:
    for path in ("mlops.yaml", CARD, "models/churn/kpis.yaml"):
        (hub.root / path).unlink()
    hub.edit(".dvc/config", "../../storage", str(hub.root.parent / "storage"))
    hub.sh("git", "update-ref", "-d", "HEAD")  # its history begins here
    hub.commit("A repository with DVC", push=False)
    hub.sh("git", "push", "-q", "--force", "origin", "HEAD:main")

    hub.sh("git", "switch", "-q", "-c", "begin")
    written = hub.ok("init", "--github", "simple", "--format", "json").json["written"]
    hub.fill_in()
    hub.edit("mlops.yaml", "# - {login: bob", "- {login: bob")
    hub.edit("models/churn/kpis.yaml", "# gate:", "gate:")
    workflows = [path for path in written if path.startswith(".github/workflows/")]
    assert len(workflows) == 2
    hub.commit("Begin", push=False)
    hub.sh("git", "push", "-q", "origin", "begin")
    hub.sh("git", "switch", "-q", "main")
    hub.mirror()
    begin = hub.open("begin")
    run = runner.run(hub, CHECK, "pull_request", events.pull_request(hub, begin), at="begin")
    assert (run.code, run.annotations) == (0, []), run
    hub.merge_pull(begin)
    run = runner.run(hub, RECORD, "push", events.push(hub))
    assert run.code == 0 and "receipts of the policy" in run.printed, run

    hub.ok("release", "churn", "1.0.0")
    hub.merge_pull(begin + 1)
    hub.by_hand("promote", "churn", "--to", "staging", "--why", "The first", who="alice")
    hub.approve(begin + 2, "bob")
    run = runner.run(hub, RECORD, "workflow_run", events.workflow_run(hub, begin + 2))
    assert (run.code, hub.status(begin + 2)) == (0, "success"), run
    hub.merge_pull(begin + 2)
    run = runner.run(hub, RECORD, "push", events.push(hub))
    assert run.code == 0, run
    *receipts, policy = hub.bridge.one("tag").split()
    assert receipts == ["churn#staging#1", "churn@v1.0.0"] and policy.startswith("mlops-gitops/policy/")
    assert len(hub.api("GET", "deployments")) == 1
    hub.pull()
    assert "1.0.0" in hub.ok("status").out
