"""The reference profile: what the columns of a data file look like, without its rows.

Every bin and every named category holds at least `FEWEST` rows, and no exact extreme is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, TypeAlias

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import asdict, frozen
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.document import Document

FORMAT = "mlops-gitops/profile/v1"
SCHEMA = "profile"
FEWEST = 20  # rows that a bin, a named category or a profiled column has at least


@frozen
class NumericColumn:
    """A column of numbers, or of dates as UTC seconds since 1970-01-01.

    `edges` increase; bin i holds the values x with edges[i-1] < x <= edges[i], and the outer bins are open, so there is
    one count more than there are edges. `mean` and the sample `variance` are those of the finite values in float64, to
    12 significant digits; None where they are beyond float64. `design_effect` is that of the mean.
    """

    kind: str
    rows: int
    nulls: int
    infinite: int
    nan: int
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    mean: float | None
    variance: float | None
    design_effect: float | None


@frozen
class CategoricalColumn:
    """A column of texts (`category`) or of booleans, with the rows of each value that enough rows share.

    `other` are the rows of all other values, and `other_values` how many values those are. `design_effect` is that of
    the shares.
    """

    kind: str
    rows: int
    nulls: int
    categories: Mapping[str, int]
    other: int
    other_values: int
    design_effect: float | None


Column: TypeAlias = NumericColumn | CategoricalColumn


@frozen
class ProfiledData:
    """The file that was profiled: its digests, and which of its rows count.

    `digest` is that of DVC or Git, such as `md5:…`. A folder has no `sha256`.
    """

    path: str
    digest: str
    sha256: str | None
    where: str | None = None


@frozen
class Segment:
    """Rows that a watch of drift looks at by themselves: those of `where`, and of these such as have these `values`.

    A text stands for each value, None for an empty one. `left_out` names each column of the profile that the segment
    has too few values of.
    """

    where: str | None
    values: Mapping[str, str | None]
    rows: int
    columns: Mapping[str, Column]
    left_out: Mapping[str, str]


@frozen
class Profile:
    """The profile of a model's data; `left_out` names each column that has none, with the reason.

    The edges of a segment's columns are among those of the column, and its categories too.
    """

    model: str
    data: ProfiledData
    rows: int
    clusters: int | None
    columns: Mapping[str, Column]
    left_out: Mapping[str, str]
    segments: tuple[Segment, ...] = ()


def to_json(profile: Profile) -> dict[str, Any]:
    """The JSON value of a profile; without segments it has no key for them."""
    data = asdict(profile)
    segments = data.pop("segments")
    return {"format": FORMAT} | data | ({"segments": segments} if segments else {})


def to_bytes(profile: Profile) -> bytes:
    """The file of a profile, a line for each column: the same bytes for the same profile."""
    data = to_json(profile)
    columns = ",\n".join(f"    {_json(name)}: {_json(column)}" for name, column in sorted(data["columns"].items()))
    texts = {name: _json(value) for name, value in data.items()} | {"columns": f"{{\n{columns}\n  }}"}
    lines = ",\n".join(f"  {_json(name)}: {text}" for name, text in sorted(texts.items()))
    return f"{{\n{lines}\n}}\n".encode("utf-8", "surrogatepass")


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def from_document(document: Document) -> Profile:
    """The profile that a parsed file holds. Raises Undecided where it is none, or contradicts itself."""
    if problems := schema_validation.check(document, SCHEMA):
        raise Undecided(f"{document.path} is not a profile: {problems[0].message}", help="write it again by profile")
    return from_json(document.data)


def from_json(data: Mapping[str, Any]) -> Profile:
    """The profile that a JSON value of the schema holds. Raises Undecided where its numbers contradict each other."""
    rest = {name: data[name] for name in ("model", "rows", "clusters", "left_out")}
    segments = tuple(Segment(**{**segment, "columns": _columns(segment)}) for segment in data.get("segments", ()))
    return Profile(data=ProfiledData(**data["data"]), columns=_columns(data), segments=segments, **rest)


def _columns(data: Mapping[str, Any]) -> dict[str, Column]:
    return {name: _column(name, column) for name, column in data["columns"].items()}


def _column(name: str, data: Mapping[str, Any]) -> Column:
    if "edges" not in data:
        column = CategoricalColumn(**data)
        counted = sum(column.categories.values()) + column.other
        if counted + column.nulls != column.rows:
            raise _contradiction(name, "its categories, `other` and `nulls` are not `rows` together")
        return column
    edges, counts = tuple(map(float, data["edges"])), tuple(data["counts"])
    number = NumericColumn(**{**data, "edges": edges, "counts": counts})
    if len(counts) != len(edges) + 1 or any(low >= high for low, high in pairwise(edges)):
        raise _contradiction(name, "`edges` must increase, and `counts` must have one number more")
    if sum(counts) + number.nulls + number.infinite + number.nan != number.rows:
        raise _contradiction(name, "`counts`, `nulls`, `infinite` and `nan` are not `rows` together")
    return number


def _contradiction(name: str, fault: str) -> Undecided:
    return Undecided(f"the profile of column {name!r} contradicts itself: {fault}", help="write it again by profile")
