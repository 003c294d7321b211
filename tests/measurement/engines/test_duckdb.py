"""The embedded engine reads the files it is given, says plainly why it cannot, and can reach nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pytest
from cases import cases
from messages import lacking

from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.sql import identifier

ROWS = "id,label,score\n1,1,0.75\n2,0,0.25\n"


@pytest.fixture
def file(tmp_path):
    def write(content, name="object"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.fixture
def parquet(tmp_path):
    def write(select):
        path = tmp_path / "object"
        duckdb.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        return str(path)

    return write


def read(path, file_format="csv", query="SELECT * FROM rows"):
    with ENGINE.open({"rows": (path, file_format)}) as session:
        return session.rows(query)


def test_a_csv_object_of_the_cache_has_no_extension(file):
    path = file(ROWS)
    assert ENGINE.columns(path, "csv") == dict.fromkeys(("id", "label", "score"), "VARCHAR")
    assert read(path) == [{"id": "1", "label": "1", "score": "0.75"}, {"id": "2", "label": "0", "score": "0.25"}]


def test_a_parquet_object_too(parquet):
    path = parquet("SELECT 1 AS id, true AS label, {'a': 1, 'b': 2} AS nested, 0.5::FLOAT AS score")
    assert ENGINE.columns(path, "parquet")["label"] == "BOOLEAN"
    assert read(path, "parquet", "SELECT label, score FROM rows") == [{"label": True, "score": 0.5}]


def test_two_files_are_joined_in_one_query(file):
    files = {"candidate": (file(ROWS, "a"), "csv"), "baseline": (file(ROWS, "b"), "csv")}
    query = "SELECT count(*) AS pairs FROM candidate JOIN baseline USING (id)"
    with ENGINE.open(files) as session:
        assert session.rows(query) == [{"pairs": 2}]


@cases("content", [ROWS.replace("\n", "\r\n"), "\ufeff" + ROWS, ROWS.rstrip(), ROWS.replace("\n2", "\n\n2")])
def test_line_ends_marks_and_blank_lines_of_other_tools_are_read(file, content):
    assert [row["score"] for row in read(file(content))] == ["0.75", "0.25"]


def test_an_index_that_pandas_wrote_without_a_name_does_no_harm(file):
    assert list(ENGINE.columns(file(",label,score\n0,1,0.5\n"), "csv")) == ["column0", "label", "score"]


@cases(
    "content, facts",
    [
        ("", ("empty",)),
        ("\n\n", ("first line", "no column names")),
        ("1,1,0.75\n2,0,0.25\n", ("first line", "no column names")),
        ("id,label,label\n1,1,1\n", ("two columns of one name", "'label' and 'label'")),
        ("id,label,Label\n1,1,1\n", ("two columns of one name", "'label' and 'Label'")),
        (ROWS + "3,1\n", ("line 4", "2 values", "header has 3")),
        (ROWS + "3,1,0.5,9\n", ("line 4", "4 values", "header has 3")),
        (ROWS * 3000 + "3,1\n", ("line 9001", "2 values", "header has 3")),
        (ROWS + '3,1,"0.5\n', ("line 4", "quote", "not closed")),
        (ROWS + "3,1,0.5\r\n4,1,0.5\n", ("not valid CSV",)),
        (ROWS.encode() + b"3,1,caf\xe9\n", ("not UTF-8",)),
        (ROWS.encode("utf-16"), ("not UTF-8",)),
        (b"PAR1\x15\x04\x15", ("Parquet, not CSV",)),
    ],
)
def test_csv_that_cannot_be_trusted_is_undecided_with_one_plain_line(file, content, facts):
    with pytest.raises(Undecided) as undecided:
        read(file(content))
    (line,) = undecided.value.message.splitlines()
    assert not lacking(line, *facts)


@cases(
    "content, why",
    [(ROWS, "it is not Parquet"), ("", "the file is empty"), (b"PAR1garbage PAR1", "DuckDB fails on it")],
)
def test_parquet_that_is_none_is_undecided(file, content, why):
    with pytest.raises(Undecided, match=why) as undecided:
        read(file(content), "parquet")
    assert "/" not in undecided.value.message


def test_parquet_with_two_columns_of_one_name_is_undecided(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = [pyarrow.array([{"label_1": 1}]), pyarrow.array([1]), pyarrow.array([0])]
    table = pyarrow.Table.from_arrays(columns, names=["nested", "label", "label"])
    parquet.write_table(table, tmp_path / "object")
    with pytest.raises(Undecided, match="two columns of one name, 'label' and 'label'"):
        ENGINE.columns(str(tmp_path / "object"), "parquet")


def test_a_format_nobody_declared_is_undecided(file):
    with pytest.raises(Undecided, match="its format is not declared"):
        ENGINE.columns(file(ROWS), "")


def test_a_file_that_is_not_there_is_undecided_without_its_path(tmp_path):
    with pytest.raises(Undecided) as undecided:
        ENGINE.columns(str(tmp_path / "gone"), "csv")
    assert not lacking(undecided.value.message, "does not open", "No such file or directory")
    assert str(tmp_path) not in undecided.value.message


def test_without_duckdb_the_help_says_what_to_install(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(Undecided, match="DuckDB is not installed") as undecided:
        ENGINE.columns(file(ROWS), "csv")
    assert undecided.value.help == "pip install 'mlops-gitops[gates]'"


@cases(
    "attack",
    [
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{folder}/written.csv'",
        "ATTACH '{folder}/new.db'",
        "SET enable_external_access=true",
        "SET allowed_paths=['{secret}']",
        "INSTALL httpfs",
        "SELECT * FROM local_table",
    ],
)
def test_a_query_reaches_its_own_files_only(file, attack):
    local_table = duckdb.sql("SELECT 42 AS secret")
    assert local_table
    path, secret = file(ROWS), file("secret\n42\n", "secret.csv")
    folder = Path(path).parent
    with pytest.raises(Undecided):
        read(path, query=attack.format(secret=secret, folder=folder))
    assert sorted(entry.name for entry in folder.iterdir()) == ["object", "secret.csv"]


def test_names_and_cells_that_look_like_sql_are_names_and_cells(file):
    secret = file("secret\n42\n", "secret.csv")
    names = [f"x\" FROM read_csv('{secret}') --", "y'}) UNION SELECT * FROM 'secret.csv' --"]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    path = file(f'{header}\n1,"\'); DROP VIEW rows; --"\n')
    assert list(ENGINE.columns(path, "csv")) == names
    chosen = ", ".join(map(identifier, names))
    assert read(path, query=f"SELECT {chosen} FROM rows") == [{names[0]: "1", names[1]: "'); DROP VIEW rows; --"}]


def test_a_path_is_never_a_pattern(file):
    file(ROWS, "a1.csv")
    with pytest.raises(Undecided, match="takes for a pattern"):
        read(file(ROWS, "[a]*.csv"))


@cases("name", ["it's.csv", "a b;--.csv", "label=1/rows.csv"])
def test_a_path_is_neither_sql_nor_a_partition(file, name):
    assert read(file("id,score\n1,0.5\n", name)) == [{"id": "1", "score": "0.5"}]


def test_a_folder_of_parts_is_one_table(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "1.csv").write_text("id,score\n1,1\n2,0\n")
    (tmp_path / "b/2.csv").write_text("id,score\n3,0.5\n")
    (tmp_path / "notes.txt").write_text("id\n")
    assert ENGINE.columns(str(tmp_path), "csv") == {"id": "VARCHAR", "score": "VARCHAR"}
    assert read(str(tmp_path), query="SELECT count(*) AS n, sum(CAST(score AS DOUBLE)) AS s FROM rows") == [
        {"n": 3, "s": 1.5}
    ]
    duckdb.execute(f"COPY (SELECT 1 AS id) TO '{tmp_path}/1.parquet' (FORMAT parquet)")
    duckdb.execute(f"COPY (SELECT 2 AS id) TO '{tmp_path}/b/2.parquet' (FORMAT parquet)")
    assert read(str(tmp_path), "parquet", "SELECT sum(id) AS s FROM rows") == [{"s": 3}]


@cases(
    "second, why",
    [
        ("id,scores\n3,1\n", "b/2.csv has another header than 1.csv"),
        ("score,id\n3,1\n", "b/2.csv has another header than 1.csv"),
        ("", "the file is empty"),
    ],
)
def test_parts_that_do_not_fit_together_are_named(tmp_path, second, why):
    (tmp_path / "b").mkdir()
    (tmp_path / "1.csv").write_text("id,score\n1,1\n")
    (tmp_path / "b/2.csv").write_text(second)
    with pytest.raises(Undecided, match=why):
        ENGINE.columns(str(tmp_path), "csv")


def test_a_folder_without_a_file_of_the_format_says_so(tmp_path):
    (tmp_path / "1.csv").write_text("id\n1\n")
    with pytest.raises(Undecided, match=r"folder .* no file .*\.parquet"):
        ENGINE.columns(str(tmp_path), "parquet")
    duckdb.execute(f"COPY (SELECT 1 AS id) TO '{tmp_path}/1.parquet' (FORMAT parquet)")
    duckdb.execute(f"COPY (SELECT 'x' AS id) TO '{tmp_path}/2.parquet' (FORMAT parquet)")
    with pytest.raises(Undecided, match=r"2\.parquet .* other types.* 1\.parquet"):
        ENGINE.columns(str(tmp_path), "parquet")
