"""The diagram: the order of mlops.yaml, what has run where, and nothing that ends it."""

from __future__ import annotations

import json

import sample
import yaml
from cases import cases
from proposed import trees

from mlops_gitops.core.frozen import replace
from mlops_gitops.pull_requests.flow_chart import MOST, flow, shown_environments


def _files(**environments: list[str]) -> dict[str, bytes]:
    files = sample.files()
    project = yaml.safe_load(sample.PROJECT)
    project["environments"] = {name: {"after": after} if after else {} for name, after in environments.items()}
    files["mlops.yaml"] = json.dumps(project).encode()
    return files


def test_it_shows_what_has_run_where() -> None:
    files = _files(staging=[], shadow=[], production=["staging", "shadow"])
    upstream = [{"environment": "staging", "record": "sha256:" + "0" * 64}]
    base, _, record = trees(files, environment="production", replaces=None, release="1.0.0", upstream=upstream)
    assert flow(base, record) == [
        "```mermaid",
        "flowchart LR",
        '  release(["churn 1.0.0"])',
        '  e0["staging: has run it"]',
        '  e1["shadow: runs nothing of it"]',
        '  e2["production: nothing to 1.0.0"]:::here',
        "  release --> e0",
        "  release --> e1",
        "  e0 --> e2",
        "  e1 --> e2",
        "  classDef here stroke-width:4px",
        "```",
    ]


def test_what_an_environment_runs_is_what_the_base_says() -> None:
    base, _, record = trees(environment="production", replaces=None)
    assert '  e0["staging: runs 1.0.0"]' in flow(base, record)


def test_a_rollback_keeps_no_order() -> None:
    base, _, record = trees(action="rollback")
    lines = flow(base, record)
    assert lines[3:5] == ['  e0["staging: 1.0.0 to 1.1.0"]:::here', "  release --> e0"] and len(lines) == 7


@cases(
    "name, after, wanted",
    [
        ("c", {"a": (), "b": ("a",), "c": ("b",), "d": ("c",), "e": ("d",)}, ["a", "b", "c", "d"]),
        ("b", {"a": ("b",), "b": ("a",)}, ["a", "b"]),
        ("a", {"a": ("a",)}, ["a"]),
        ("a", {"a": ("gone",)}, ["a"]),
        ("gone", {"a": ()}, ["gone"]),
        ("z", {**{f"x{n}": (f"x{n - 1}",) for n in range(1, 50)}, "z": ("x49",)}, ["x49", "z"]),
        ("z", {**{f"x{n}": () for n in range(50)}, "z": tuple(f"x{n}" for n in range(50))}, ["z"]),
    ],
)
def test_only_what_is_around_it_is_drawn(name: str, after: dict[str, tuple[str, ...]], wanted: list[str]) -> None:
    assert shown_environments(name, after) == wanted
    assert len(wanted) <= MOST


@cases("version", ['1.0.0"] --> x', "1.0.0\n```\n# head", "1.0.0 <b> @all #1", "%%{init}%%"])
def test_no_label_ends_anything(version: str) -> None:
    base, _, record = trees()
    data = json.loads(record.render())
    data["predicate"]["release"] = data["predicate"]["replaces"] = version
    tame = flow(base, record)
    lines = flow(base, replace(record, data=data))
    assert len(lines) == len(tame) and [line.count('"') for line in lines] == [line.count('"') for line in tame]
    assert not set("<>@#%`") & set("".join(lines[2:5]).replace("-->", ""))
