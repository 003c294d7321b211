"""Params written into their files: one value each, every other byte as it was."""

from __future__ import annotations

import pytest
from cases import cases

from mlops_gitops.core.errors import Error
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.retraining.set_params import filled, place_of, value_at, with_params

YAML = b"# ours\ntrain:\n  until: 2026-01-01  # a day\n  layers: [{size: 8}, {size: 4}]\nseed: 'x'\r\n"
TREE = Overlay({"params.yaml": YAML, "config/more.json": b'{"train": {"rate": 0.1}}\n', "params.toml": b"a = 1\n"})


@cases("name, path, route", [
    ("seed", "params.yaml", ("seed",)), ("train.until", "params.yaml", ("train", "until")),
    ("config/more.json:train.rate", "config/more.json", ("train", "rate")),
    ("train.layers[1].size", "params.yaml", ("train", "layers", 1, "size")),
])  # fmt: skip
def test_where_a_param_is(name: str, path: str, route: tuple[str | int, ...]) -> None:
    assert place_of(name) == (path, route)
    assert value_at(TREE, name) is not None


def test_several_in_two_files() -> None:
    values = {"train.until": "2026-03-01", "train.layers[1].size": 16, "config/more.json:train.rate": 0.5, "seed": True}
    edited = YAML.replace(b"2026-01-01", b'"2026-03-01"').replace(b"size: 4", b"size: 16")
    assert with_params(TREE, values) == {
        "params.yaml": edited.replace(b"'x'", b"true"),
        "config/more.json": b'{"train": {"rate": 0.5}}\n',
    }  # fmt: skip


@cases("name, fact", [
    ("train.from", "train.from"), ("gone.yaml:a", "gone.yaml"), ("params.toml:a", "params.toml"), ("train", "train"),
    ("train.layers[5].size", "train.layers"), (f"train.layers[{'9' * 5000}].size", "train.layers"),
])  # fmt: skip
def test_what_cannot_be_set(name: str, fact: str) -> None:
    with pytest.raises(Error, match=fact.replace("[", r"\[")):
        with_params(TREE, {name: 1})


def test_a_text_names_a_fact() -> None:
    values = {"train.until": "{window_end}", "rows": 5, "note": "until {window_end}."}
    facts = {"window_end": "2026-03-01T00:00:00Z"}
    assert filled(values, facts) == {
        "train.until": "2026-03-01T00:00:00Z", "rows": 5, "note": "until 2026-03-01T00:00:00Z."
    }  # fmt: skip
    with pytest.raises(Error, match=r"train\.until.*window_end"):
        filled(values, {"window_end": None})
