"""observations/<environment>/<model>/<target>/0007.json, on the branch of monitoring records: what a target ran.

An in-toto statement (https://github.com/in-toto/attestation, Statement v1), stored indented with a final newline; its
digest is over the RFC 8785 form of the parsed value. Its subject is the report, which itself is kept nowhere: the
record has its digest and what was counted in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from mlops_gitops.core.canonical import digest
from mlops_gitops.core.frozen import asdict, field_names, frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind
from mlops_gitops.documents.tree import Tree
from mlops_gitops.records.evidence.chained_record import ChainedRecord, load_record, require_own_path
from mlops_gitops.records.evidence.counts import Beside, Counts
from mlops_gitops.records.evidence.trust import INTENT
from mlops_gitops.records.promotion import STATEMENT

PREDICATE = "mlops-gitops/observation/v1"
FOLDER = "observations"


@frozen
class Measure:
    """A number about the release since its wave began: `hits` of `rows`, or a `value` without statistics."""

    name: str
    hits: int | None = None
    rows: int | None = None
    value: float | None = None


@frozen
class Observation:
    """What a report shows of a target.

    `record` is the digest of the promotion record that says what is to run, `wave` its wave. `by` is who handed the
    report in, and `trust` what that depends on. `traffic` is the share of the requests that the release gets, in
    percent; None where a report does not say. `start` is when the forge merged the record, where a receipt says so, and
    `end` when the report was handed in: both UTC. `why` says what failed or is missing, in a sentence.
    """

    model: str
    environment: str
    target: str
    observer: str
    release: str
    record: str
    wave: str | None
    trust: str
    by: Mapping[str, str]
    report: str
    start: str | None
    end: str
    counts: Counts
    beside: Beside = Beside()
    proof: str = INTENT
    traffic: float | None = None
    why: str = ""
    measures: tuple[Measure, ...] = ()

    @property
    def moment(self) -> datetime:
        """When the report was handed in, UTC."""
        return datetime.fromisoformat(self.end)

    @property
    def pair(self) -> tuple[str, str]:
        """The environment and the model."""
        return self.environment, self.model


@frozen
class ObservationRecord(ChainedRecord):
    """One observation of a target on record; `observation` is what it says."""

    observation: Observation


def statement(
    observation: Observation, previous: ObservationRecord | None, tool: str, created: str
) -> ObservationRecord:
    """The record of an observation after `previous`. Raises ValueError where it contradicts itself."""
    sequence = previous.sequence + 1 if previous else 1
    predicate = to_data(observation) | {
        "sequence": sequence,
        "previous": previous.digest if previous else None,
        "tool": tool,
        "created": created,
    }
    data = {"_type": STATEMENT, "subject": _subject(observation), "predicateType": PREDICATE, "predicate": predicate}
    names = ("environment", "model", "target")
    parts = {name: getattr(observation, name) for name in names} | {"sequence": f"{sequence:04d}"}
    return _record(KIND.path({}, **parts), data)


def from_tree(tree: Tree, path: str) -> ObservationRecord:
    """The record at a path. Raises ValueError, in one line, where it cannot be read as one or contradicts itself."""
    return _record(path, load_record(tree, path, KIND).data)


def read(document: Document) -> ObservationRecord:
    """The record of a document that is valid by its schema. Raises ValueError where it contradicts itself."""
    require_own_path(document, KIND)
    return _record(document.path, document.data)


def _record(path: str, data: Mapping[str, Any]) -> ObservationRecord:
    observation = _observation(data["predicate"])
    found = ObservationRecord(path, data, digest(data), observation)
    if fault := next(_contradictions(found), ""):
        raise ValueError(fault)
    return found


def _contradictions(found: ObservationRecord) -> Iterator[str]:
    observation, predicate = found.observation, found.data["predicate"]
    if found.data["subject"] != _subject(observation):
        yield "its subject is not the report that its predicate names"
    if (found.previous is None) != (found.sequence == 1):
        yield f"its sequence is {found.sequence}, and the record before it {found.previous}"
    for moment in filter(None, (observation.start, observation.end, found.created)):
        if not _is_moment(moment):
            yield f"invalid moment {moment}"
            return
    if observation.end > found.created:
        yield f"it was written at {found.created}, before what it saw at {observation.end}"
    if not observation.counts.is_whole:
        yield f"its counts do not add up: {predicate['counts']}"
    for measure in observation.measures:
        if measure.hits is not None and measure.rows is not None and measure.hits > measure.rows:
            yield f"its measure {measure.name} has {measure.hits} hits in {measure.rows} rows"


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo == UTC
    except ValueError:
        return False


def _subject(observation: Observation) -> list[dict[str, Any]]:
    return [{"name": "report", "digest": {"sha256": observation.report}}]


# ── to JSON and back: what is absent or zero is left out ──


def to_data(observation: Observation) -> dict[str, Any]:
    """The JSON of an observation, as its record has it."""
    names = ("model", "environment", "target", "observer", "release", "record", "wave", "trust", "proof")
    data = {name: getattr(observation, name) for name in names}
    data |= {"by": dict(observation.by), "report": {"sha256": observation.report}}
    data |= {"window": {"start": observation.start, "end": observation.end}}
    data |= {"counts": asdict(observation.counts), "beside": asdict(observation.beside)}
    data |= {"traffic": observation.traffic} if observation.traffic is not None else {}
    data |= {"why": observation.why} if observation.why else {}
    measures = [{n: v for n, v in asdict(measure).items() if v is not None} for measure in observation.measures]
    return data | ({"measures": measures} if measures else {})


def _observation(predicate: Mapping[str, Any]) -> Observation:
    taken = {name: predicate[name] for name in field_names(Observation) if name in predicate}
    taken |= {"counts": Counts(**predicate["counts"]), "beside": Beside(**predicate["beside"])}
    taken |= {"report": predicate["report"]["sha256"], "measures": tuple(map(_measure, predicate.get("measures", ())))}
    return Observation(**taken, **predicate["window"])


def _measure(data: Mapping[str, Any]) -> Measure:
    return Measure(**data)


KIND = Kind(
    "ObservationRecord", "observation", None, "observations/{environment}/{model}/{target}/{sequence}.json", read
)
