"""The how-to pages about live data: files that are valid, commands that run, on an S3 and on late labels."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from buckets import S3
from house import Repository
from messages import lines_with

pytestmark = pytest.mark.outside

HOW_TO = Path(__file__).parent.parent / "docs/how-to"
MONITORING = "models/churn/monitoring.yaml"
WEEK = timedelta(days=7)
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
HEAD: dict[str, Any] = {"apiVersion": "mlops-gitops/v1", "kind": "Monitoring", "model": "churn", "owner": "operations",
        "start": "2026-01-05", "every": "7d", "grace": "2d", "environments": ["production"]}  # fmt: skip


def _blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (HOW_TO / page).read_text(), re.MULTILINE | re.DOTALL)


def _plans(page: str) -> list[dict[str, Any]]:
    """Each file that a page shows a part of, the parts before it filled in."""
    plans, plan = list[dict[str, Any]](), HEAD
    for block in _blocks(page, "yaml"):
        shown = yaml.safe_load(re.sub("^start.*\n", "", block))
        windows = plan.get("windows", {}) | shown.get("windows", {})
        plan = plan | shown | {"windows": windows}
        plans.append(plan)
    return plans


def _commands(page: str) -> list[list[str]]:
    return [line.split() for block in _blocks(page, "console") for line in block.splitlines()]


def _watch(repository: Repository, plan: dict[str, Any], weeks: int) -> None:
    repository.write(MONITORING, yaml.safe_dump(plan | {"start": f"{TODAY - weeks * WEEK:%Y-%m-%d}"}))
    repository.commit("Watch churn")


def test_windows_in_s3(repository: Repository, s3: S3) -> None:
    page = "watch-windows-in-s3.md"
    (plan,), commands = _plans(page), _commands(page)
    assert [words[0] for words in commands] == ["dvc", *["mlops-gitops"] * 3]
    repository.sh(*commands[0])
    repository.sh("dvc", "remote", "modify", "--local", "live", "endpointurl", s3.url)
    _watch(repository, plan, 2)
    client = s3.client
    client.create_bucket(Bucket="example-live")
    day = f"{TODAY - WEEK:%Y-%m-%d}"
    for part in (1, 2):
        rows = "".join(f"{part}-{n},{n % 2},0.{1 + n % 9}\n" for n in range(300))
        key = f"churn/scored/production/{day}/part-{part}.csv"
        client.put_object(Bucket="example-live", Key=key, Body=f"customer,predicted,probability\n{rows}".encode())

    answers = [repository.run(*words[1:]) for words in commands[1:]]
    assert [answer.code for answer in answers] == [0, 0, 0]
    assert lines_with(answers[1].out, "rows", "600", "fine") and lines_with(answers[1].out, "customer", "fine")
    assert lines_with(answers[2].out, day, "fine")
    client.put_object(Bucket="example-live", Key=f"churn/scored/production/{day}/part-3.csv.gz", Body=b"x")
    refused = repository.run("monitor", "churn", "--dry-run")
    assert refused.code == 3 and lines_with(refused.out, "part-3.csv.gz", ".csv")


def test_labels_that_come_late(repository: Repository, tmp_path: Path) -> None:
    page = "labels-that-come-late.md"
    plans = _plans(page)
    assert len(plans) == 3
    repository.sh("dvc", "remote", "add", "live", str(tmp_path))
    for plan in reversed(plans):  # the first is the one that is used
        _watch(repository, plan, 6)
        repository.ok("validate", MONITORING)
    for words in _commands(page):
        repository.ok(*words[1:])
    seen = repository.ok("monitor", "churn", "--backtest", "--format", "json").json["observations"]
    watched = [[finding["watch"] for finding in window["findings"]] for window in seen]
    assert watched == [["predictions", "accuracy"], *[["predictions"]] * 5]  # one window's labels are complete
