"""An endpoint of SageMaker, as three commands of `aws sagemaker` print it one after another: models and weights.

`describe-endpoint` has the weights in use and no model, so `describe-endpoint-config` and `describe-model` of each
variant come along. A variant serves the release where its model has one of the values that the record changed, and
none that it replaced: an image that two releases share tells nothing about either. Where records set both its image
and its data, it has one of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops_gitops.documents.foreign_json import quoted
from mlops_gitops.rollout.observing.objects import State, Unit, number, part, sighting
from mlops_gitops.rollout.observing.observer import Expected, Observer, Sighting
from mlops_gitops.rollout.observing.report import Report, ReportFault

_FAILED = ("Failed", "UpdateRollbackFailed", "RollingBack", "OutOfService", "SystemUpdateFailed")
_SOURCES = ("ModelDataUrl", "ModelPackageName", "Image")


def read(report: Report, expected: Expected) -> Sighting:
    """The endpoint that the target names. https://docs.aws.amazon.com/sagemaker/latest/APIReference/."""
    objects = report.objects()
    endpoint = _one(objects, "EndpointName", expected.observe.name, "EndpointStatus")
    config = _one(objects, "EndpointConfigName", part(endpoint, "EndpointConfigName"), "EndpointConfigArn")
    return sighting([_unit(endpoint, config, objects, expected)], len(objects))


def _one(objects: Sequence[Mapping[str, Any]], key: str, name: Any, mark: str) -> Mapping[str, Any]:
    """The object with a name; `mark` is a key that only such objects have. Raises ReportFault."""
    found = [each for each in objects if each.get(key) == name and mark in each]
    if len(found) != 1:
        raise ReportFault(f"it holds {len(found) or 'no'} objects with {key} {quoted(name)} and {mark}")
    return found[0]


def _unit(
    endpoint: Mapping[str, Any], config: Mapping[str, Any], objects: Sequence[Mapping[str, Any]], expected: Expected
) -> Unit:
    status = part(endpoint, "EndpointStatus")
    models = {str(each.get("VariantName")): each.get("ModelName") for each in _mappings(config, "ProductionVariants")}
    variants = [(_state(objects, models.get(str(each.get("VariantName"))), expected), _weight(each))
                for each in _mappings(endpoint, "ProductionVariants")]  # fmt: skip
    total = sum(weight for _, weight in variants)
    share = 100 * sum(weight for state, weight in variants if state is State.SERVING) / total if total else None
    if status in _FAILED:
        return Unit(State.FAILED, f"SageMaker says {status}", share)
    if status != "InService" or share is None:
        return Unit(State.UPDATING, f"SageMaker says {status}", share)
    return _with_share(share, [state for state, _ in variants], expected)


def _with_share(share: float, states: Sequence[State], expected: Expected) -> Unit:
    asked = 100 if expected.traffic is None else expected.traffic
    shown = f"{share:.4g} % of the traffic goes to {expected.release}, and it is to get {asked} %"
    if not share:
        return Unit(State.OTHER if State.OTHER in states else State.OLD, shown, share)
    if abs(share - asked) < 0.01:  # weights such as 0.1 and 0.9 are not exact
        return Unit(State.SERVING, traffic=share)
    return Unit(State.FAILED if share > asked else State.UPDATING, shown, share)


def _state(objects: Sequence[Mapping[str, Any]], name: Any, expected: Expected) -> State:
    """Which release a model is, by the values that records set. Raises ReportFault where it is not in the report."""
    found = list(_sources(_one(objects, "ModelName", name, "ModelArn")))
    sources = {text for _, text in found}
    wanted, before = ({value.value for value in values} for values in (expected.values, expected.before))
    if sources & (wanted - before or wanted):
        return State.OTHER if sources & (before - wanted) or _is_mixed(found, expected) else State.SERVING
    return State.OLD if sources & (before - wanted or before) else State.OTHER


def _is_mixed(sources: Sequence[tuple[str, str]], expected: Expected) -> bool:
    """Whether records set a source of a kind that the model has, and it has none of theirs."""
    fields = [(value.field.rpartition(".")[2], value.value) for value in expected.values]
    kinds = {kind for kind, _ in fields} & {kind for kind, _ in sources}
    return kinds != {kind for kind, _ in set(fields) & set(sources)}


def _sources(model: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where a model's bytes come from, each with the key that says it."""
    for container in (part(model, "PrimaryContainer"), *_mappings(model, "Containers")):
        yield from ((key, str(part(container, key))) for key in _SOURCES if part(container, key))
        if isinstance(uri := part(container, "ModelDataSource", "S3DataSource", "S3Uri"), str):
            yield "S3Uri", uri


def _weight(variant: Mapping[str, Any]) -> float:
    return number(variant, "CurrentWeight")


def _mappings(found: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    listed = found.get(key)
    return [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []


OBSERVER = Observer(
    "sagemaker",
    __doc__,
    "aws sagemaker describe-endpoint --endpoint-name NAME; aws sagemaker describe-endpoint-config …; "
    "aws sagemaker describe-model …",
    read,
)
