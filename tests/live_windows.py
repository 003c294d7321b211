"""A model in production whose windows and labels arrive day by day, for tests of commands."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from house import Repository

DAY = timedelta(days=1)
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
PLAN = """apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: {start}
every: 1d
grace: 1d
environments: [production]
windows:
  scored: {{path: "live/{{date}}.csv", key: customer, prediction: predicted, score: probability}}
  labels: {{path: "labels/{{date}}.csv", key: customer, label: churned, delay: 1d}}
watch:
  - {{id: rows, quality: {{rows: {{at_least: 500}}, columns: {{customer: {{unique: true}}}}}}}}
  - {{id: accuracy, kpi: {{id: accuracy}}}}
  - {{id: latency, number: {{file: latency.json, key: p95_ms, at_most: 80}}, runbook: Add a machine.}}
budget: {{false_alarms: 0.1}}
"""

# Two live windows judge a candidate.
RETRAINING = """apiVersion: mlops-gitops/v1
kind: Retraining
model: churn
decides: {operations: 1}
triggers: [{id: by-hand}]
cooldown: 14d
budget: {runs: 4 per month, minutes: 60}
pipeline: {stages: [train, evaluate]}
evaluate: {windows: 2}
then: pull_request
"""


def begin_watching(repository: Repository, monkeypatch: pytest.MonkeyPatch, *edits: str) -> None:
    """Release 1.0.0 has been in production for weeks, and its monitoring.yaml, with edits of it, is merged."""

    def watch() -> None:
        with monkeypatch.context() as earlier:
            earlier.setenv("GIT_COMMITTER_DATE", f"{TODAY - 30 * DAY:%Y-%m-%dT%H:%M:%SZ}")
            repository.to_production()
        text = PLAN.format(start=f"{TODAY - 7 * DAY:%Y-%m-%d}")
        for old, new in zip(edits[::2], edits[1::2], strict=True):
            assert old in text, old
            text = text.replace(old, new, 1)
        repository.write("models/churn/monitoring.yaml", text)
        repository.write(".gitignore", "live/\nlabels/\nlatency.json\n")
        repository.agree("watch-churn", "bob")
        repository.write("latency.json", '{"p95_ms": 40}')

    repository.once(f"watched since {TODAY}, {edits}", watch)


def write_window(repository: Repository, days: int, *, rows: int = 600, hits: float = 0.95) -> None:
    """The window of so many days ago: its rows, and their labels."""
    day = f"{TODAY - days * DAY:%Y-%m-%d}"
    draw = random.Random(days)
    labels = [draw.random() < 0.5 for _ in range(rows)]
    guesses = [label if draw.random() < hits else not label for label in labels]
    scored = [f"{day}-{n},{int(guess)},{0.9 if guess else 0.1}" for n, guess in enumerate(guesses)]
    repository.write(f"live/{day}.csv", "\n".join(["customer,predicted,probability", *scored]) + "\n")
    labelled = [f"{day}-{n},{int(label)}" for n, label in enumerate(labels)]
    repository.write(f"labels/{day}.csv", "\n".join(["customer,churned", *labelled]) + "\n")
