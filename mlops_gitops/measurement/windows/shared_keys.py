"""Which keys of a file are in another one too, such as the rows that judge a model in its training data."""

from __future__ import annotations

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement import label_join
from mlops_gitops.measurement.columns.column_types import key_kind
from mlops_gitops.measurement.contract import Engine, Session
from mlops_gitops.measurement.data_checks import schema_fault
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import identifier, select_list
from mlops_gitops.records.kpis import DataSet

MOST_NAMED = 3


@frozen
class KeyedFile:
    """A file on this machine, or a folder of parts, and its column of keys; `title` is what messages call it."""

    title: str
    path: str
    format: str
    key: str


@frozen
class SharedKeys:
    """How many keys are in both files, of how many of the first, and the first few of them, as text."""

    count: int
    total: int
    examples: tuple[str, ...] = ()


def shared_keys(engine: Engine, mine: KeyedFile, theirs: KeyedFile) -> SharedKeys:
    """The keys of the first file that the second has: compared as text, or as whole numbers where one has those.

    Raises Undecided for a file that cannot be read, without the column, and for keys that do not compare.
    """
    with engine.connect({"mine": (mine.path, mine.format), "theirs": (theirs.path, theirs.format)}) as session:
        ours, others = _rows(session, "mine", mine), _rows(session, "theirs", theirs)
        integer = _require_alike(ours, others)
        keys = [f"SELECT DISTINCT {_key(rows, integer)} AS key FROM {identifier(rows.view)}" for rows in (ours, others)]
        both = f"SELECT key FROM ({keys[0]}) SEMI JOIN ({keys[1]}) USING (key)"
        counts = {"shared": f"(SELECT count(*) FROM ({both}))", "total": f"(SELECT count(*) FROM ({keys[0]}))"}
        (row,) = session.rows(f"SELECT {select_list(counts)}")
        examples = session.rows(f"SELECT key FROM ({both}) ORDER BY key LIMIT {MOST_NAMED}")
    return SharedKeys(row["shared"], row["total"], tuple(str(example["key"]) for example in examples))


def _rows(session: Session, view: str, file: KeyedFile) -> Rows:
    data = DataSet(file.title, file.path, file.format, "", file.key)
    try:
        types = session.columns(view)
    except Undecided as error:
        raise Undecided(f"{file.title} cannot be read: {error.message}", help=error.help) from error
    rows = Rows(data, types, view, written=label_join.texts(types, file.format))
    if fault := schema_fault(rows, "key"):
        raise Undecided(fault)
    session.load(view, types, [file.key])
    return rows


def _require_alike(ours: Rows, others: Rows) -> bool:
    """Whether keys compare as whole numbers, since one file has those. Raises Undecided where they do not compare."""
    kinds = {key_kind(rows.key_type) for rows in (ours, others)}
    if len(kinds) > 1 and "VARCHAR" not in kinds:
        named = (f"column {rows.data.key!r} is {rows.key_type} in {rows.title}" for rows in (ours, others))
        raise Undecided(f"{' and '.join(named)}, which do not compare as keys", help="write both with one type")
    return "integer" in kinds


def _key(rows: Rows, integer: bool) -> str:
    text = rows.declared()["key"]
    return f"coalesce(CAST(TRY_CAST({text} AS HUGEINT) AS VARCHAR), {text})" if integer else text
