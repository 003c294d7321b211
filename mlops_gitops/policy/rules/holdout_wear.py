"""A holdout does not judge so many releases that one passes by chance.

Each release judged on one holdout is one more try at the same exam. At a confidence of 0.95, of twenty candidates that
lie exactly at their threshold one passes. From then on a promotion says how many there were, and `max_releases` of
the data set makes more than that an error. The holdout is what the stage that made the predictions read, by digest, as
far as DVC tracks it and the artifacts did not make it; equal predictions are the same exam too, and so are the labels
that another file holds, while what lies in Git is taken for code and not counted. For a release that is judged on live
windows, each window is an exam: it wears out by the releases that were judged on it, and a new one is unworn.

Draw a new holdout, and evaluate what runs on it as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from sys import intern

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.documents.tree import Kept
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import release
from mlops_gitops.records.kpis import LABELS, DataSet, Kpis
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

_kept: Kept[tuple[str, ...]] = Kept(200_000)  # what releases were judged on, by their commit and their manifest
WORN = 20  # releases: at a confidence of 0.95 as many as give one false pass among candidates at their threshold


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each data set that has judged many releases."""
    for new in context.added(release.KIND, Release):
        _remember(context, new)
    for record in context.promotions():
        kpis, manifest = context.policy.kpis(record.model), context.head.release(record.model, record.release)
        if not record.is_gated or kpis is None or manifest is None:
            continue
        judged = _judged_before(context, record)
        for data in kpis.data.values():
            limit = data.max_releases
            most = limit or _worn(kpis, data)
            # Trees of the past are read only where the answer depends on them.
            times, path = _times_used(context, manifest, data, judged) if len(judged) >= most else (0, "")
            if times > most:
                message = (
                    f"{data.name} judges its {_ordinal(times)} release of {record.model} by the same data ({path})"
                )
                message += f", and at most {limit} may be" if limit else ""
                severity = Severity.ERROR if limit else Severity.WARNING
                document = context.head.document(record.path)
                yield document.problem(
                    RULE.id, message, ("predicate", "release"), help="draw a new holdout", severity=severity
                )


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _judged_before(context: Context, record: Promotion) -> list[str]:
    """The versions of the other releases of the model with a promotion on record."""
    judged = context.ledger.judged(record.model) if context.ledger else ()
    return [version for version in judged if version != record.release]


def _times_used(context: Context, manifest: Release, data: DataSet, judged: list[str]) -> tuple[int, str]:
    """How many releases the file behind a data set that judged most of them has judged with this one, and its path."""
    files = data.files().values()
    used = _exam(context, manifest, {name: pin for name, pin in manifest.evaluation.items() if pin.path in files})
    # Whatever name or path the data set had then: a rename makes no new holdout.
    times = Counter(digest for version in judged for digest in _digests(context, manifest.model, version))
    digest = max(used, key=times.__getitem__, default="")
    return (times[digest] + 1, used[digest]) if used else (0, "")


def _remember(context: Context, new: Release) -> None:
    """Keeps what a new release was judged on: later its tree is not at hand, and to read it again takes long."""
    identities = [context.head.tree.identity(path) for path in ("", new.path)]
    if all(identities):
        _kept.add((*identities,), tuple(map(intern, _exam(context, new, new.evaluation))))


def _digests(context: Context, model: str, version: str) -> tuple[str, ...]:
    """The digests of what an earlier release was judged on; none of one that is not there any more."""
    path = context.policy.path_of(release.KIND, model=model, version=version)
    entry = context.ledger.manifest(model, version) if context.ledger else None
    key = (entry.commit.sha if entry else None, context.policy.tree.identity(path))
    kept = _kept.get(key) if all(key) else None
    if kept is None:
        manifest = context.policy.release(model, version)
        kept = tuple(map(intern, _exam(context, manifest, manifest.evaluation))) if manifest else ()
        return _kept.add(key, kept) if all(key) else kept
    return kept


def _exam(context: Context, manifest: Release, pins: Mapping[str, Pin]) -> dict[str, str]:
    """What predictions were made from, as far as that is known, the predictions and labels: digest → path."""
    if manifest.live:
        return {window.scored: f"the window of {window.start}" for window in manifest.live.windows}
    entry = context.ledger.manifest(manifest.model, manifest.version) if context.ledger else None
    found: dict[str, str] = {}
    for name, pin in pins.items():
        if name.endswith(LABELS):
            pass  # what labels are made from, such as all the data there are, is no exam
        elif entry and context.at:
            found |= _holdout(context.at, entry.commit.sha, pin, manifest.artifacts)
        elif tree := context.introduced(manifest):
            found |= tree.tracking.holdout(pin, manifest.artifacts)
        found[pin.digest] = pin.path
    return found


# The newest of several promotions of a release asks for the same.
@lru_cache(maxsize=4096)
def _holdout(at: Callable[[str], Snapshot], commit: str, pin: Pin, artifacts: tuple[Pin, ...]) -> Mapping[str, str]:
    return at(commit).tracking.holdout(pin, artifacts)


def _worn(kpis: Kpis, data: DataSet) -> int:
    """How many candidates at their threshold give one false pass, by the least sure gate of a data set."""
    sure = [kpi.gate.confidence for kpi in kpis.kpis if kpi.data == data.name and kpi.gate and kpi.gate.confidence]
    return round(1 / (1 - min(sure))) if sure else WORN


RULE = Rule(
    "holdout-wear",
    __doc__,
    check,
    Scope.BASE,
    about="Promotion",
    severities=(Severity.ERROR, Severity.WARNING),
    waivable=True,
)
