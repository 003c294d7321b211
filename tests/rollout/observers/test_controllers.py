"""What the reports of the other controllers count as."""

from __future__ import annotations

from typing import Any

import pytest
from cases import cases
from observed import COMMIT, EARLIER, NEW, OLD, deployment, expected, state, values

from mlops_gitops.core.frozen import replace
from mlops_gitops.rollout.observing.observer import Expected
from mlops_gitops.rollout.observing.report import ReportFault

KUBERNETES = expected("kubernetes", "Deployment")
ARGO = expected("argocd", name="churn-eu")
KUSTOMIZATION = expected("flux", name="apps")
STUCK = [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]


def application(commit: str = COMMIT, sync: str = "Synced", health: str = "Healthy", **status: Any) -> dict[str, Any]:
    found = {"sync": {"status": sync, "revision": commit}, "health": {"status": health}}
    return {"kind": "Application", "metadata": {"name": "churn-eu", "namespace": "argocd"}, "status": found | status}


def flux(kind: str, ready: str, reason: str = "Done", digest: str = NEW, **status: Any) -> dict[str, Any]:
    found = {"observedGeneration": 2, "conditions": [{"type": "Ready", "status": ready, "reason": reason}]}
    name = "apps" if kind == "Kustomization" else "churn"
    return {"kind": kind, "metadata": {"name": name, "generation": 2}, "spec": {"image": f"s3://m/{digest}/"},
            "status": found | status}  # fmt: skip


def kustomization(ready: str, applied: str = COMMIT, tried: str = COMMIT, **status: Any) -> dict[str, Any]:
    revisions = {"lastAppliedRevision": f"main@sha1:{applied}", "lastAttemptedRevision": f"main@sha1:{tried}"}
    return flux("Kustomization", ready, **(revisions | status))


def helm_release() -> Expected:
    """What a HelmRelease shows: its kind is said, and its name is that of the selected document."""
    from mlops_gitops.records.target import Observe

    return replace(expected("flux", "HelmRelease"), observe=Observe("flux", kind="HelmRelease"))


FAILED_SYNC = {"phase": "Failed", "syncResult": {"revision": COMMIT}}
SEEN = [
    ("replicas", KUBERNETES, deployment(), "serving"),
    ("some replicas", KUBERNETES, deployment(updated=1), "updating"),
    ("stuck", KUBERNETES, deployment(updated=1, conditions=STUCK), "failed"),
    ("the old image", KUBERNETES, deployment(OLD), "old"),
    ("another image", KUBERNETES, deployment("f" * 64), "other"),
    ("not seen yet", KUBERNETES, deployment(observedGeneration=6), "updating"),
    ("no replicas", KUBERNETES, deployment(replicas=0, updatedReplicas=0, availableReplicas=0), "updating"),
    ("healthy", ARGO, application(), "serving"),
    ("an older commit", ARGO, application(EARLIER), "old"),
    ("a commit of elsewhere", ARGO, application("e" * 40), "other"),
    ("degraded", ARGO, application(health="Degraded"), "failed"),
    ("paused by its own rollout", ARGO, application(health="Suspended"), "updating"),
    ("out of sync", ARGO, application(sync="OutOfSync"), "updating"),
    ("failed to sync", ARGO, application(EARLIER, operationState=FAILED_SYNC), "failed"),
    ("several sources", ARGO, application(sync="Synced", health="Healthy") | {"status": {
        "sync": {"status": "Synced", "revisions": ["9" * 40, COMMIT]}, "health": {"status": "Healthy"}}}, "serving"),
    ("applied", KUSTOMIZATION, kustomization("True"), "serving"),
    ("an older one applied", KUSTOMIZATION, kustomization("True", EARLIER, EARLIER), "old"),
    ("failed to apply", KUSTOMIZATION, kustomization("False", EARLIER), "failed"),
    ("unhealthy for long, of before", KUSTOMIZATION, kustomization("False", EARLIER, EARLIER), "old"),
    ("applying", KUSTOMIZATION, kustomization("Unknown"), "updating"),
    ("of an older generation", KUSTOMIZATION, kustomization("True", observedGeneration=1), "updating"),
    ("released", helm_release(), flux("HelmRelease", "True"), "serving"),
    ("the old release", helm_release(), flux("HelmRelease", "True", digest=OLD), "old"),
    ("an upgrade that failed", helm_release(), flux("HelmRelease", "False", "UpgradeFailed"), "failed"),
    ("upgrading", helm_release(), flux("HelmRelease", "Unknown"), "updating"),
]  # fmt: skip


@cases("name, what, shown, counted", SEEN)
def test_what_a_controller_shows(name: str, what: Expected, shown: dict[str, Any], counted: str) -> None:
    assert state(what, shown) == counted


def _endpoint(weights: dict[str, float], status: str = "InService") -> list[dict[str, Any]]:
    """The three answers, for variants `new`, `old` and `odd`."""
    uris = {"new": f"s3://m/{NEW}/", "old": f"s3://m/{OLD}/", "odd": "s3://elsewhere"}
    variants = [{"VariantName": name, "CurrentWeight": weight} for name, weight in weights.items()]
    config = [{"VariantName": name, "ModelName": f"churn-{name}"} for name in weights]
    models = [{"ModelName": f"churn-{name}", "ModelArn": "arn:m", "PrimaryContainer": {"ModelDataUrl": uris[name]}}
              for name in weights]  # fmt: skip
    endpoint = {"EndpointName": "churn", "EndpointStatus": status, "EndpointConfigName": "c"}
    configured = {"EndpointConfigName": "c", "EndpointConfigArn": "arn:c", "ProductionVariants": config}
    return [endpoint | {"ProductionVariants": variants}, configured, *models]


ENDPOINTS = [
    ({"new": 0.1, "old": 0.9}, "InService", 10, "serving"),
    ({"new": 1.0}, "InService", 100, "serving"),
    ({"new": 1.0}, "InService", None, "serving"),
    ({"new": 1.0, "old": 0.0}, "InService", 10, "failed"),
    ({"new": 0.05, "old": 0.95}, "InService", 10, "updating"),
    ({"old": 1.0}, "InService", 10, "old"),
    ({"odd": 1.0}, "InService", 10, "other"),
    ({"new": 0.1, "old": 0.9}, "Updating", 10, "updating"),
    ({"new": 0.1, "old": 0.9}, "RollingBack", 10, "failed"),
    ({"new": 0.0}, "InService", 10, "updating"),
]


@cases("weights, status, traffic, counted", ENDPOINTS)
def test_what_an_endpoint_of_sagemaker_shows(
    weights: dict[str, float], status: str, traffic: int | None, counted: str
) -> None:
    what = expected("sagemaker", traffic=traffic, name="churn")
    assert state(what, *_endpoint(weights, status)) == counted


SHARED = "ecr/server:3"  # an image that both releases have


@cases("digest, counted", [(NEW, "serving"), (OLD, "old"), ("e" * 64, "other")])
def test_an_image_that_two_releases_share_tells_nothing_about_either(digest: str, counted: str) -> None:
    what = expected("sagemaker", name="churn")
    image = values(SHARED, {}, "Image")
    what = replace(what, values=(*what.values, *image), before=(*what.before, *image))
    endpoint, config, model = _endpoint({"new": 1.0})
    model["PrimaryContainer"] = {"ModelDataUrl": f"s3://m/{digest}/", "Image": SHARED}
    assert state(what, endpoint, config, model) == counted


def test_a_model_of_new_bytes_in_an_old_image_is_neither_release() -> None:
    what = expected("sagemaker", name="churn")
    images = [values(f"ecr/server:{number}", {}, "Image") for number in (2, 3)]
    what = replace(what, values=(*what.values, *images[1]), before=(*what.before, *images[0]))
    endpoint, config, model = _endpoint({"new": 1.0})
    model["PrimaryContainer"]["Image"] = "ecr/server:2"
    assert state(what, endpoint, config, model) == "other"


FIRST = [("data and image", f"s3://m/{NEW}/", SHARED, "serving"), ("the image alone", "s3://m/else/", SHARED, "other"),
         ("the data alone", f"s3://m/{NEW}/", "ecr/server:2", "other")]  # fmt: skip


@cases("name, data, image, counted", FIRST)
def test_the_first_release_has_what_records_set_of_each_kind(name: str, data: str, image: str, counted: str) -> None:
    field = "Resources.Model.Properties.PrimaryContainer"
    set_ = (*values(f"s3://m/{NEW}/", {}, f"{field}.ModelDataUrl"), *values(SHARED, {}, f"{field}.Image"))
    endpoint, config, model = _endpoint({"new": 1.0})
    model["PrimaryContainer"] = {"ModelDataUrl": data, "Image": image}
    assert (
        state(replace(expected("sagemaker", name="churn"), values=set_, before=()), endpoint, config, model) == counted
    )


def _statuses(number: int, *said: tuple[str, str]) -> list[dict[str, Any]]:
    url = f"https://api.github.com/repos/o/r/deployments/{number}"
    return [{"id": 100 + n, "state": state, "creator": {"login": login, "type": "Bot"}, "deployment_url": url}
            for n, (login, state) in enumerate(said)]  # fmt: skip


def _deployment(number: int, commit: str = COMMIT) -> dict[str, Any]:
    return {"id": number, "sha": commit, "environment": "prod-eu"}


GITHUB = expected("github", name="prod-eu", app="deployer")
APP, OTHER = "deployer[bot]", "mallory"
DEPLOYMENTS = [
    ([_deployment(1), _statuses(1, (APP, "in_progress"), (APP, "success"))], "serving"),
    ([_deployment(1), _statuses(1, (APP, "failure"))], "failed"),
    ([_deployment(1), _statuses(1, (OTHER, "success"))], "updating"),
    ([_deployment(1), _statuses(1, (APP, "failure"), (OTHER, "success"))], "failed"),
    ([_deployment(1), _statuses(2, (APP, "success"))], "updating"),
    ([_deployment(1), _deployment(2, EARLIER), _statuses(1, (APP, "success"))], "old"),
    ([_deployment(1, "e" * 40), _statuses(1, (APP, "success"))], "other"),
]


@cases("shown, counted", DEPLOYMENTS)
def test_of_deployments_at_github_the_statuses_of_the_named_app_count(shown: list[Any], counted: str) -> None:
    assert state(GITHUB, *shown) == counted


FOREIGN = [
    (ARGO, application() | {"metadata": {"name": "fraud"}}, "fraud"),
    (KUSTOMIZATION, flux("HelmRelease", "True"), "Kustomization apps"),
    (expected("kubernetes", "StatefulSet"), deployment(), "no Deployment"),
    (expected("sagemaker", name="fraud"), _endpoint({"new": 1.0}), "'fraud'"),
    (expected("sagemaker", name="churn"), _endpoint({"new": 1.0})[:2], "ModelName"),
    (GITHUB, _deployment(1) | {"environment": "staging"}, "'prod-eu'"),
]


@cases("what, shown, fact", FOREIGN)
def test_a_report_about_something_else_is_refused(what: Expected, shown: Any, fact: str) -> None:
    with pytest.raises(ReportFault) as refused:
        state(what, shown)
    assert fact in str(refused.value)
