"""The rows of a permutation as a model takes them, and its answers beside those that the explanation depends on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mlops_gitops.compliance.explanations import answers
from mlops_gitops.compliance.explanations.answers import Sources
from mlops_gitops.compliance.explanations.explanation import Permutation
from mlops_gitops.compliance.explanations.level import NotReached
from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement.contract import Engine, Session
from mlops_gitops.measurement.sql import identifier, literal

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array

MOST_NUMBERS = 20_000_000  # rows times features that are scored
TOLERANCE = 1e-4  # of an answer in single precision, on another machine
ONNX = ".onnx"  # a format without code


def require_onnx(permutation: Permutation) -> None:
    """Raises Undecided where the model is of another format than the one that is run again."""
    path = permutation.artifact.path
    if not path.lower().endswith(ONNX):
        raise Undecided(f"re-run not available: {path} is not an {ONNX} file")


def rerun(engine: Engine, permutation: Permutation, sources: Sources, score: Callable[[Array], Array]) -> int:
    """How many rows the model was run on again, each with the answer it had.

    Of more rows than can be scored they are those with the lowest digest, which the digest of their file seeds. `score`
    takes (rows, features) and gives (rows,), float64. Raises NotReached where answers differ, Undecided.
    """
    import numpy as np

    features = permutation.explanation.features
    with engine.connect(sources.files("inputs", "answers", "labels", "whatif")) as session:
        answers.load(session, permutation)
        values, drawn = _values(session, features), _drawn(session, permutation)
    own, source, feature = (np.asarray(drawn[name], np.int64) for name in ("own", "source", "feature"))
    rows, expected = values[own], np.asarray(drawn["p"], np.float64)
    rows[np.arange(len(rows)), feature] = values[source, feature]
    off = ~(np.abs(score(rows) - expected) <= TOLERANCE * np.maximum(1.0, np.abs(expected)))
    if off.any():
        first = features[feature[off][0]]
        reason = f"the model gives another answer to {off.sum():,} of {len(rows):,} permuted rows, the first of {first}"
        raise NotReached(reason, "make it again from the released model", is_refuted=True)
    return len(rows)


def _values(session: Session, features: Sequence[str]) -> Array:
    """The values of the sample, of shape (rows, features), float64, in the order of keys. Raises Undecided."""
    import numpy as np

    columns = [f"TRY_CAST(t.{identifier(name)} AS DOUBLE) AS c{n}" for n, name in enumerate(features)]
    found = session.arrays(
        f'SELECT {", ".join(columns)} FROM sample s JOIN keyed t ON t."explained id" = s.id ORDER BY s.id'  # noqa: S608 (quoted)
    )
    if any(np.ma.is_masked(column) for column in found.values()):
        raise Undecided("re-run not available: a feature has values that are no numbers")
    return np.column_stack([np.asarray(found[f"c{n}"], np.float64) for n in range(len(features))])


def _drawn(session: Session, permutation: Permutation) -> dict[str, Array]:
    """The permuted rows: the places of their `own` row and of the `source` of the feature's value, and the answer."""
    features = permutation.explanation.features
    numbers = ", ".join(f"({literal(name)}, {n:d})" for n, name in enumerate(features))
    lot = f"md5({literal(permutation.rows.digest)} || d.feature || ':' || d.repeat || ':' || d.id)"
    return session.arrays(
        "WITH placed AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM sample) "  # noqa: S608 (quoted)
        "SELECT o.place AS own, v.place AS source, f.n AS feature, d.p AS p FROM drawn d "
        "JOIN placed o ON o.id = d.id JOIN placed v ON v.id = d.from_id "
        f"JOIN (VALUES {numbers}) f(name, n) ON f.name = d.feature "
        f"ORDER BY {lot} LIMIT {max(500, MOST_NUMBERS // len(features)):d}"
    )
