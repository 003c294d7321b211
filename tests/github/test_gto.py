"""GTO (https://github.com/iterative/gto), a reader of our tags that is not ours, tells the same as we do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

import pytest
from house import Repository

from mlops_gitops.core.frozen import replace
from mlops_gitops.git.repository import open_repository
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.promotion import promotion_change
from mlops_gitops.promotion.order import earlier_releases
from mlops_gitops.promotion.promotion_change import PromotionRequest
from mlops_gitops.repository.context import Context

pytestmark = pytest.mark.outside

MODELS, STAGES = ("churn", "uplift"), ("staging", "production")
VERSIONS = ("1.0.0", "1.1.0", "1.2.0", "2.0.0", "2.0.1", "10.0.0")
COUNT = 50


@dataclass
class Past:
    """A repository whose history is written by plain commits of what the package itself composes."""

    repository: Repository
    random: Random
    released: dict[str, list[str]] = field(default_factory=lambda: {model: [] for model in MODELS})
    made: list[str] = field(default_factory=list)

    def commit(self, files: dict[str, bytes], message: str) -> None:
        """A commit on main; every seventh or so is pushed, with those before it."""
        for path, data in files.items():
            self.repository.write(path, data.decode())
        self.repository.commit(message, push=self.random.random() < 1 / 7)

    def release(self, model: str) -> None:
        """The model's next version: the first of churn's with another name and number."""
        first = Workspace(open_repository(str(self.repository.root))).work.release("churn", VERSIONS[0])
        assert first is not None
        version = VERSIONS[len(self.released[model])]
        manifest = replace(first, path=f"releases/{model}/{version}.yaml", model=model, version=version)
        self.commit({manifest.path: manifest.render()}, f"Release {model} {version}")
        self.released[model].append(version)

    def move(self, model: str, stage: str) -> bool:
        """A rollback or a promotion of something else than what runs there; False when there is nothing else."""
        workspace = Workspace(open_repository(str(self.repository.root)))
        base, ledger = workspace.at("HEAD"), workspace.ledger("HEAD")
        current = ledger.current(stage, model)
        runs = current.record.release if current and hasattr(current.record, "release") else None
        back, on = (
            earlier_releases(ledger, stage, model),
            [release for release in self.released[model] if release != runs],
        )
        action = "rollback" if back and self.random.random() < 0.4 else "promote"
        choices = back if action == "rollback" else on
        if not choices:
            return False
        manifest = promotion_change.find_release(base, base, model, self.random.choice(choices))
        who = {"email": "alice@example.org", "via": "command line"}
        request = PromotionRequest(action, model, stage, manifest, "Why", who, "mlops-gitops", "2026-01-09T00:00:00Z")
        record = promotion_change.compose_record(Context(base, date(2026, 1, 9), base, ledger), request, (), [])
        written = promotion_change.changed_files(base, record, {})
        self.commit({path: data for path, data in written.items() if data is not None}, f"{action} {record.path}")
        self.made.append(action)
        return True


def told(repository: Repository, command: str) -> Any:
    """What GTO says."""
    return json.loads(repository.sh("gto", command, "--json"))


@pytest.fixture
def past(repository: Repository) -> Past:
    """Fifty promotions and rollbacks of two models through two stages, releases in between, and all receipts.

    The records are composed by the package and committed straight to main, several a push and a second, unjudged: the
    receipts say "unproven", which GTO does not read. One `record` writes every tag.
    """
    repository.write("models/uplift/kpis.yaml", (repository.root / "models/churn/kpis.yaml").read_text().replace(
        "model: churn", "model: uplift"))  # fmt: skip
    repository.ok("release", "churn", VERSIONS[0], "--local")
    repository.commit(f"Release churn {VERSIONS[0]}")
    entry = Past(repository, Random(20260109))
    entry.released["churn"].append(VERSIONS[0])
    entry.release("uplift")
    while len(entry.made) < COUNT:
        model = entry.random.choice(MODELS)
        if len(entry.released[model]) < len(VERSIONS) and entry.random.random() < 0.2:
            entry.release(model)
        entry.move(model, entry.random.choice(STAGES))
    repository.sh("git", "push", "-q", "origin", "HEAD:main")
    assert len(repository.ok("record", "--format", "json").json["receipts"]) == COUNT + sum(
        len(versions) for versions in entry.released.values()
    )
    return entry


def test_gto_reads_our_tags_after_fifty_random_promotions_and_rollbacks(past: Past) -> None:
    """`gto show` and `gto history` agree with `status` and `history`: what runs where, and in which order it came."""
    repository = past.repository
    assert {past.made.count("promote") > 10, past.made.count("rollback") > 10} == {True}
    shown, ours = told(repository, "show"), repository.ok("status", "--format", "json").json["models"]
    for model in MODELS:
        runs = {stage: "v" + value["release"] for stage, value in ours[model].items()}
        assert (shown[model]["stage"], shown[model]["version"]) == (runs, "v" + past.released[model][-1])
    events = [entry for entry in reversed(told(repository, "history")) if entry["event"] == "assignment"]
    history = repository.ok("history", "--format", "json").json["promotions"]
    assert (len(events), len(history)) == (COUNT, COUNT)
    for model in MODELS:
        theirs = [(event["stage"], event["version"]) for event in events if event["artifact"] == model]
        assert theirs == [
            (entry["environment"], "v" + entry["release"]) for entry in history if entry["model"] == model
        ]
