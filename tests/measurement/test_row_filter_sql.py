"""`where:` in DuckDB: the rows that plain Python keeps, and nothing beyond the columns of the file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
from cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from messages import lacking

from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement import row_filter_sql
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.row_filter import Among, Compares, Condition, Empty, Joined, Not, Value, parse
from mlops_gitops.measurement.sql import identifier

ODD = 'od"d; --'  # a column's name
WORDS = ["", "EU", "eu", "É", "a'b", "a\u00a0b", "$$", "--", "/*", "\\", "%", "?", "{}", "\U0001f600", "🙂'", "Z", "ﬁ"]
LARGE = 2**53
texts = st.sampled_from(WORDS)
whole = st.one_of(st.integers(-3, 3), st.integers(LARGE - 2, LARGE + 3), st.integers(-LARGE - 3, -LARGE + 2))
real = st.one_of(st.sampled_from([0.0, -0.0, 0.1, 1.0, 2.5, math.nan, math.inf, -math.inf]), st.floats(-3, 3))
COLUMNS = {"region": texts, "age": whole, "score": real, "active": st.booleans(), ODD: texts}
TYPES = {"region": pyarrow.string(), "age": pyarrow.int64(), "score": pyarrow.float64(), "active": pyarrow.bool_(),
         ODD: pyarrow.string()}  # fmt: skip
DECLARED = {"region": "VARCHAR", "age": "BIGINT", "score": "DOUBLE", "active": "BOOLEAN", ODD: "VARCHAR"}
number_values = st.one_of(
    st.integers(-3, 3).map(float), st.sampled_from([0.1, 2.5, LARGE - 1.0, 1.0 - LARGE]), st.floats(-3, 3)
)
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "region": texts, "age": number_values, "score": number_values, "active": st.booleans(), ODD: texts,
}  # fmt: skip

rows_of = st.lists(
    st.tuples(*(st.one_of(st.none(), values) for values in COLUMNS.values())), min_size=1, max_size=30
).map(lambda rows: dict(zip(COLUMNS, zip(*rows, strict=True), strict=True)))


@st.composite
def single(draw: st.DrawFn) -> Condition:
    column = draw(st.sampled_from(list(COLUMNS)))
    kind = draw(st.sampled_from(["compares", "among", "empty"]))
    if kind == "empty":
        return Empty(column)
    if kind == "among":
        return Among(column, tuple(draw(st.lists(VALUES[column], min_size=1, max_size=3))))
    operators = ["=", "!="] if column == "active" else ["=", "!=", "<", "<=", ">", ">="]
    return Compares(column, draw(st.sampled_from(operators)), draw(VALUES[column]))


def joined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(parts.map(Not), st.builds(Joined, st.sampled_from(["and", "or"]), several))


conditions = st.recursive(single(), joined, max_leaves=8)


def written(condition: Condition) -> str:
    """A condition as a person writes it."""
    if isinstance(condition, Joined):
        return f" {condition.word} ".join(f"({written(part)})" if isinstance(part, Joined) else written(part)
                                    for part in condition.parts)  # fmt: skip
    if isinstance(condition, Not):
        return f"not ({written(condition.of)})"
    quote, twice = '"', '""'
    column = f'"{condition.column.replace(quote, twice)}"' if condition.column == ODD else condition.column
    if isinstance(condition, Empty):
        return f"{column} is null"
    if isinstance(condition, Among):
        return f"{column} IN ({', '.join(map(value, condition.values))})"
    return f"{column} {condition.operator} {value(condition.value)}"


def value(typed: Value) -> str:
    if isinstance(typed, bool):
        return str(typed).lower()
    return "'" + typed.replace("'", "''") + "'" if isinstance(typed, str) else repr(typed)


def true(condition: Condition, row: Mapping[str, Value | None]) -> bool | None:
    """The reference: three-valued logic in plain Python, NaN being empty."""
    if isinstance(condition, Joined):
        found = [true(part, row) for part in condition.parts]
        decides = condition.word == "or"
        return decides if decides in found else None if None in found else not decides
    if isinstance(condition, Not):
        of = true(condition.of, row)
        return None if of is None else not of
    cell = row[condition.column]
    if isinstance(cell, float) and math.isnan(cell):
        cell = None
    if isinstance(condition, Empty):
        return cell is None
    if cell is None:
        return None
    if isinstance(condition, Among):
        return cell in condition.values
    return {"=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}[condition.operator](cell, condition.value)  # fmt: skip


def kept(path: Path, *filters: str, types: Mapping[str, str] | None = None) -> list[list[int]]:
    """The numbers of the rows that DuckDB keeps by each of these filters."""
    types = types or ENGINE.columns(str(path), "parquet")
    ask = row_filter_sql.sql
    found = [f"(SELECT list(\"#\" ORDER BY \"#\") FROM (SELECT * FROM candidate WHERE {ask(text, types)}))"
             for text in filters]  # fmt: skip
    with ENGINE.open({"candidate": (str(path), "parquet")}) as session:
        (row,) = session.rows(f"SELECT [{', '.join(found)}] AS kept")
    return [rows or [] for rows in row["kept"]]


def written_to(path: Path, rows: Mapping[str, Sequence[Value | None]]) -> Path:
    columns = {"#": pyarrow.array(range(len(rows["age"])))}
    columns |= {name: pyarrow.array(values, TYPES[name]) for name, values in rows.items()}
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


@settings(deadline=None, max_examples=40)
@given(rows=rows_of, chosen=st.lists(conditions, min_size=1, max_size=8))
def test_duckdb_keeps_the_rows_that_plain_python_keeps(tmp_path_factory, rows, chosen) -> None:
    path = written_to(tmp_path_factory.getbasetemp() / "rows.parquet", rows)
    texts = [written(condition) for condition in chosen]
    assert [parse(text) for text in texts] == chosen
    cells = [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]
    wanted = [[n for n, row in enumerate(cells) if true(condition, row)] for condition in chosen]
    assert kept(path, *texts, types=DECLARED) == wanted, texts


def test_nan_counts_as_empty_also_where_the_statistics_of_the_file_know_of_none(tmp_path: Path) -> None:
    """DuckDB 2.0 says of this file that `isnan(score)` is false for all its rows."""
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"#": [0, 1, 2], "score": [0.0, 0.0, math.nan]}), path)
    filters = ["not score = 0", "score != 0", "score <= 0", "score is null", "not (score is null or score = 0)"]
    assert kept(path, *filters) == [[], [], [0, 1], [2], []]


def test_columns_of_any_type_can_be_asked_for_what_is_empty_and_any_number_compares(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    duckdb.execute(f"""COPY (SELECT 0 AS "#", 1.5::DECIMAL(9,2) AS price, 0.5::FLOAT AS share, 255::UTINYINT AS small,
        DATE '2026-01-01' AS day, [1, 2] AS tags UNION ALL SELECT 1, 2.5, 0.25, 0, NULL, NULL)
        TO '{path}' (FORMAT parquet)""")
    filters = ["price = 1.5", "share < 0.5", "small >= 255", "day is null", "tags is not null"]
    assert kept(path, *filters) == [[0], [1], [0], [1], [0]]


def test_dates_and_timestamps_compare_with_iso_texts(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    first = """(0, DATE '2026-01-01', TIMESTAMP '2026-01-01 10:00:00', TIMESTAMPTZ '2026-01-01 10:00:00+00',
        TIMESTAMP_NS '2026-01-01 10:00:00.000000001')"""
    second = """(1, DATE '2026-01-02', TIMESTAMP '2026-01-02 00:00:00', TIMESTAMPTZ '2026-01-01 23:00:00-02',
        TIMESTAMP_NS '2026-01-02 00:00:00')"""
    rows = f"VALUES {first}, {second}, (2, NULL, NULL, NULL, NULL)"
    names = '"#", day, naive, zoned, fine'
    duckdb.execute(f"COPY (SELECT * FROM ({rows}) AS rows({names})) TO '{path}' (FORMAT parquet)")
    kept_rows = {
        "day >= '2026-01-02'": [1], "day = '2026-01-01'": [0], "day in ('2026-01-01', '2026-01-02')": [0, 1],
        "day != '2026-01-01'": [1], "day is null": [2], "day < '2026-01-01 10:00'": [0],
        "naive > '2026-01-01'": [0, 1], "naive = '2026-01-02'": [1], "naive <= '2026-01-01T12:00:00+02:00'": [0],
        "zoned = '2026-01-01T10:00:00Z'": [0], "zoned = '2026-01-02 01:00:00'": [1],
        "zoned >= '2026-01-02T03:00:00+02:00'": [1], "fine > '2026-01-01 10:00:00'": [0, 1],
        "fine = '2026-01-01 10:00:00'": [], "not (naive = '2026-01-02')": [0],
    }  # fmt: skip
    assert dict(zip(kept_rows, kept(path, *kept_rows), strict=True)) == kept_rows


@pytest.fixture
def types() -> dict[str, str]:
    return {"region": "VARCHAR", "age": "UBIGINT", "price": "DECIMAL(9,2)", "active": "BOOLEAN", "day": "DATE",
            "tags": "INTEGER[]", "prices": "DECIMAL(9,2)[]", "key": "UUID", "unsure": ""}  # fmt: skip


@cases(
    "text, facts",
    [
        ("region = 5", ("'region' is VARCHAR", "compares it with the number 5")),
        ("region = true", ("'region' is VARCHAR", "compares it with true")),
        ("region in ('EU', 5)", ("'region' is VARCHAR", "compares it with the number 5")),
        ("age = '5'", ("'age' is UBIGINT", "compares it with '5'")),
        ("not (age = 1 and price < 'x')", ("'price' is DECIMAL(9,2)", "compares it with 'x'")),
        ("active = 1", ("'active' is BOOLEAN", "compares it with the number 1")),
        ("day > 'yesterday'", ("'day' is DATE", "compares it with 'yesterday'")),
        ("day > '2026-02-30'", ("'day' is DATE", "compares it with '2026-02-30'")),
        ("day > 5", ("'day' is DATE", "compares it with the number 5")),
        ("tags = 1", ("'tags' is INTEGER[]", "`is null` only")),
        ("prices = 1", ("'prices' is DECIMAL(9,2)[]", "`is null` only")),
        ("key = 'x'", ("'key' is UUID", "`is null` only")),
        ("Region = 'EU'", ("names column 'Region'", "not there", "nearest is 'region'")),
        ("rowid = 1", ("names column 'rowid'", "not there", "nearest")),
        ("candidate is null", ("names column 'candidate'", "not there", "nearest")),
    ],
)  # fmt: skip
def test_what_does_not_compare_is_said_before_anything_is_measured(types, text: str, facts: tuple[str, ...]) -> None:
    with pytest.raises(Undecided) as caught:
        row_filter_sql.sql(text, types)
    assert not lacking(caught.value.message, "`where`", *facts)


def test_a_type_that_is_not_known_is_no_fault(types) -> None:
    assert list(row_filter_sql.type_faults(parse("unsure = 5 or unsure = 'x' or nowhere = 1"), types)) == []


ATTACKS = [
    "x' OR 1=1 --", "x'); ATTACH '/etc/passwd' AS f; --", "' UNION SELECT * FROM read_csv('/etc/passwd') --",
    "'; PRAGMA database_list; --", "x\\' or true --", "$$ or true $$", "E'\\x27'", "/*", "*/ or true",
    "x\u2019 or true",    "\u02bc or true", "x\u00a0' or true", "\u2028' or true --", "{{x}}", "%s", "?", "$1", ":x",
]  # fmt: skip


@cases("attack", ATTACKS)
def test_what_a_value_or_a_name_says_stays_a_value_or_a_name(tmp_path: Path, attack: str) -> None:
    """Beside a row that holds the very text; a filter that got out of its quotes would keep other rows, or fail."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    table = pyarrow.table({"#": [0, 1, 2], attack: ["yes", "no", None], "text": [attack, "other", None]})
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")
    once, twice, quote, pair = "'", "''", '"', '""'
    held, named = f"'{attack.replace(once, twice)}'", f'"{attack.replace(quote, pair)}"'
    filters = [f"text = {held}", f"text != {held}", f"text in ({held}, 'other')", f"{named} = 'yes'"]
    assert kept(tmp_path / "rows.parquet", *filters) == [[0], [1], [0, 1], [0]]
    for raw in (attack, f"text = 'x' {attack}", f"text = {attack}", f"text in ({attack})"):
        with pytest.raises(Undecided):  # none of them is a filter, unquoted
            row_filter_sql.sql(raw, {"#": "BIGINT", attack: "VARCHAR", "text": "VARCHAR"})


@cases(
    "text",
    [
        "read_csv('/etc/passwd') is null",
        "text in (select a from read_csv('secret.csv'))",
        "text = (select 1)",
        "getenv('HOME') = 'x'",
        "text = 'x' or exists (select 1)",
        "text = current_setting('temp_directory')",
        "\"read_csv('secret.csv')\" is null",
        "\"'secret.csv'\".a = 1",
    ],
)
def test_no_function_file_or_query_can_be_reached(text: str) -> None:
    with pytest.raises(Undecided, match="`where`"):
        row_filter_sql.sql(text, {"text": "VARCHAR"})


def test_the_longest_filter_is_one_that_duckdb_reads(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"#": [0, 1], "a": [1, 2]}), tmp_path / "rows.parquet")
    filters = " or ".join(["a=1"] * 285), "not " * 18 + "(a = 1)"
    assert kept(tmp_path / "rows.parquet", *filters) == [[0], [0]]


def test_every_name_that_duckdb_knows_may_be_a_column() -> None:
    names = [word for (word,) in duckdb.execute("SELECT keyword_name FROM duckdb_keywords()").fetchall()]
    for name in [*names, "rowid", "candidate", "label"]:
        test = row_filter_sql.sql(f'"{name}" = 1', {name: "BIGINT"})
        query = f"SELECT count(*) FROM (SELECT * FROM (SELECT 1 AS {identifier(name)}) AS candidate WHERE {test})"
        assert duckdb.execute(query).fetchall() == [(1,)], name
