"""SHAP values: whether those of each row add up to the released answer."""

from __future__ import annotations

from mlops_gitops.compliance.explanations.explanation import Permutation
from mlops_gitops.compliance.explanations.level import NotReached
from mlops_gitops.measurement.contract import Session
from mlops_gitops.measurement.sql import literal, number

TOLERANCE = {"FLOAT": 1e-5, "DOUBLE": 1e-9}  # of a sum of values of this type, for each feature


def require_additive(session: Session, permutation: Permutation, tolerance: float) -> int:
    """How many rows have values that add up; that says nothing about which feature a value belongs to.

    `tolerance` is that of the released answers. Raises NotReached where some do not, or other rows have values.
    """
    explanation, pin = permutation.explanation, permutation.shap_rows
    path, stated = pin.path if pin else "", explanation.data["shap"]
    types = session.columns("shap")
    if lacking := [name for name in ("id", "feature", "value") if name not in types]:
        raise NotReached(f"{path} has no column {lacking[0]!r}", "make it again", is_refuted=True)
    if types["value"] not in TOLERANCE:
        raise NotReached(f"value in {path} is of type {types['value']}", "write it as FLOAT or DOUBLE")
    session.load("shap", types)
    n, names, base = len(explanation.features), ", ".join(map(literal, explanation.features)), number(stated["base"])
    allowed = tolerance + n * TOLERANCE[types["value"]]
    (found,) = session.rows(_SUMS.format(base=base, allowed=repr(allowed), names=names, n=n))
    if not found["n"] == found["known"] == found["whole"] == found["lots"] == stated["sample"]:
        reason = f"{path} has values of {found['n']:,} rows, {found['whole']:,} of them of all {n:,} features"
        raise NotReached(
            f"{reason}, and {stated['sample']:,} drawn rows are to have them", "make it again", is_refuted=True
        )
    if found["off"]:
        reason = f"the SHAP values of {found['off']:,} rows of {path} do not add up to what is released"
        raise NotReached(reason, "make it again from the model", is_refuted=True)
    return int(found["n"])


_SUMS = """SELECT count(*) AS n, count(r.id) AS known, count(*) FILTER (WHERE w.n = {n} AND w.names = {n}) AS whole,
coalesce(max(r.lot), 0) AS lots,
count(*) FILTER (WHERE NOT coalesce(abs({base} + w.total - r.p) <= {allowed} * greatest(1, abs(r.p)), false)) AS off
FROM (SELECT CAST(id AS VARCHAR) AS id, count(*) AS n,
count(DISTINCT feature) FILTER (WHERE feature IN ({names})) AS names, sum(value) AS total
FROM shap GROUP BY ALL) w LEFT JOIN released r ON r.id = w.id"""
