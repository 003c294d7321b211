"""The promotions on record: the newest first to read, the oldest first in JSON, a page at a time."""

from __future__ import annotations

import pytest
from house import Repository
from messages import lines_with

from mlops_gitops.cli.commands import history


def test_text_begins_with_the_newest_and_json_with_the_oldest(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.to_production()
    repository.release("1.1.0")
    repository.promote("staging", version="1.1.0")
    asked = ([], ["churn"], ["--in", "staging"], ["churn", "--in", "production"])
    for words in asked:
        rows = repository.ok("history", *words, "--format", "json").json["promotions"]
        expected = [(row["environment"], row["release"]) for row in rows]
        shown = [line.split()[2:5:2] for line in lines_with(repository.ok("history", *words).out, "churn", "met")]
        assert [tuple(pair) for pair in shown] == expected[::-1], words
    assert [row["release"] for row in rows] == ["1.0.0"]
    monkeypatch.setattr(history, "PAGE", 1)
    text = repository.ok("history").out
    assert len(lines_with(text, "environment", "approvals")) == 3, text  # each page has a head of its own


def test_the_newest_of_each_pair_on_a_day(repository: Repository) -> None:
    repository.to_production()
    repository.release("1.1.0")
    repository.promote("staging", version="1.1.0")
    day = repository.ok("history", "--format", "json").json["promotions"][0]["day"]
    ran = repository.ok("history", "--at", day, "--format", "json").json["promotions"]
    assert {(row["environment"], row["release"]) for row in ran} == {("staging", "1.1.0"), ("production", "1.0.0")}
    assert repository.ok("history", "--at", "2020-01-01").out == "no promotions on record\n"
