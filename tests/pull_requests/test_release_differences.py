"""What two manifests pin differently: all of it, and nothing that is the same."""

from __future__ import annotations

from mlops_gitops.core.frozen import replace
from mlops_gitops.pull_requests.release_differences import Details, differences
from mlops_gitops.records.release import Lineage, Pin, Release

A, B = "a" * 32, "b" * 32
OLD = Release(
    "releases/churn/1.0.0.yaml", "churn", "1.0.0", (Pin("model.bin", md5=A),), Pin("README.md", sha256=A * 2),
    Pin("kpis.yaml", sha256=A * 2), {"holdout": Pin("scored.csv", md5=A)},
    Lineage("dvc.lock", "train", {"train.py": A}, A * 2), None,
)  # fmt: skip


def _found(new: Release, *details: Details) -> list[tuple[str, str, str | None, str | None]]:
    return [(each.part, each.name, each.before, each.after) for each in differences(OLD, new, *details)]


def test_the_same_pins_differ_in_nothing() -> None:
    assert _found(replace(OLD, version="1.0.1", path="releases/churn/1.0.1.yaml", supersedes="1.0.0")) == []


def test_each_part_is_named_and_what_comes_or_goes_has_one_side() -> None:
    new = replace(
        OLD, artifacts=(Pin("model.onnx", md5=B),), evaluation={"holdout": Pin("scored.csv", md5=B)},
        lineage=Lineage("dvc.lock", "fit", {"train.py": B}, B * 2), profile=Pin("profile.json", sha256=B * 2),
    )  # fmt: skip
    assert _found(new) == [
        ("artifact", "model.bin", f"md5:{A}", None),
        ("artifact", "model.onnx", None, f"md5:{B}"),
        ("evaluation", "holdout", f"scored.csv md5:{A}", f"scored.csv md5:{B}"),
        ("parameter", "all", f"sha256:{A * 2}", f"sha256:{B * 2}"),
        ("dependency", "train.py", f"md5:{A}", f"md5:{B}"),
        ("lineage", "stage", "dvc.lock:train", "dvc.lock:fit"),
        ("profile", "profile.json", None, f"sha256:{B * 2}"),
    ]


def test_parameters_are_compared_by_value_where_both_are_known() -> None:
    new = replace(OLD, lineage=Lineage("dvc.lock", "train", {"train.py": A}, B * 2))
    before, after = Details({"params.yaml": {"lr": 0.1, "seed": 1}}), Details({"params.yaml": {"lr": 0.2, "seed": 1}})
    assert _found(new, before, after) == [("parameter", "params.yaml:lr", "0.1", "0.2")]
    assert _found(new, before, Details()) == [("parameter", "all", f"sha256:{A * 2}", f"sha256:{B * 2}")]


def test_a_table_cuts_digests_short_and_nothing_else() -> None:
    (found,) = differences(OLD, replace(OLD, artifacts=(Pin("model.bin", md5=f"{B}.dir"),)))
    assert found.row() == ("artifact", "model.bin", f"md5:{A[:12]}…", f"md5:{B[:12]}…")
