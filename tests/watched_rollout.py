"""A rollout of the tests' repository whose targets are observed, and reports about them."""

from __future__ import annotations

import json
from typing import Any

from house import Repository
from observed import inference_service, line
from targeted import ROSTER, TARGETS, md5_of, write_targets

OBSERVED = TARGETS.replace(
    "  web:\n", "    observe: kserve\n  web:\n"
).replace(f"tills: {{roster: {ROSTER}}}", f"tills: {{roster: {ROSTER}, observe: devices}}")  # fmt: skip
OBSERVE = ("observe", "churn", "--in", "staging", "--target")
ROLLOUT = """rollout:
  owner: operations
  waves:
    - {name: canary, targets: [eu-api], traffic: 10}
    - {name: cloud, targets: [eu-api, web], approvals: {data-science: 1}}
    - {name: fleet, targets: [tills], require: {serving: 50 %, failed: 1}}
"""
BRANCH = "origin/mlops-gitops/monitoring"


def opened(repository: Repository, rollout: str = ROLLOUT, targets: str = OBSERVED) -> Repository:
    """The repository in the first wave of a rollout whose targets are observed."""

    def work() -> None:
        repository.release()
        repository.promote("staging")
        write_targets(repository, targets=targets + rollout)
        repository.agree("rollout", "bob", "carol")
        repository.retrain(46)
        repository.release("1.1.0")
        repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
        repository.merge("bob")

    repository.once(f"observed {targets} {rollout}", work)
    return repository


def service(share: int, hits: int = 46, **status: Any) -> str:
    """What the cluster shows of the release that gets `hits` of fifty right."""
    found = inference_service(share, **status)
    found["spec"]["predictor"]["model"]["storageUri"] = f"s3://models/{md5_of(hits)}/model.skops"
    return json.dumps(found)


def device(name: str, hits: int = 46, state: str = "serving") -> str:
    """A line of a device that runs that release."""
    said = json.loads(line(name, state=state))
    del said["sha256"]
    return json.dumps(said | {"md5": md5_of(hits)}) + "\n"


def report(repository: Repository, text: str) -> str:
    """The path of a report beside the repository."""
    path = repository.root.parent / "report.json"
    path.write_text(text)
    return str(path)


def observation(repository: Repository, target: str, sequence: int) -> dict[str, Any]:
    """What an observation on record says."""
    text = repository.sh("git", "show", f"{BRANCH}:observations/staging/churn/{target}/{sequence:04}.json")
    predicate: dict[str, Any] = json.loads(text)["predicate"]
    return predicate
