"""Cloud-versioned remotes: the pinned version is fetched, and held to its digest all the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from buckets import S3, Project
from messages import lacking

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.pipelines.dvc_hashes import folder_md5


def _remotes(s3: S3, name: str) -> dict[str, dict[str, str]]:
    """A version-aware remote and a worktree one, in folders of their own."""
    settings = {"endpointurl": s3.url}
    return {
        "storage": {"url": f"s3://versioned/{name}/storage", "version_aware": "true"} | settings,
        "live": {"url": f"s3://versioned/{name}/live", "worktree": "true"} | settings,
    }


def test_a_file_is_fetched_by_its_pinned_version_whatever_was_pushed_since(tmp_path: Path, s3: S3) -> None:
    project = Project.begin(tmp_path / "r", _remotes(s3, tmp_path.name))
    project.write("data/one.csv", "a,b\n1,2\n")
    first = project.add("data/one.csv")
    assert (first.remote, first.version_id) == ("storage", s3.versions(tmp_path.name).popitem()[1])
    project.write("data/one.csv", "a,b\n3,4\n")
    second = project.add("data/one.csv")
    project.forget("data")

    store = project.store
    assert [store.read(pin) for pin in (first, second)] == [b"a,b\n1,2\n", b"a,b\n3,4\n"]
    assert [store.absence_reason(pin) for pin in (first, second)] == [None, None]
    with pytest.raises(Undecided, match="altered in the DVC remote 'storage'"):
        store.read(replace(first, version_id=second.version_id))
    unpushed = replace(first, version_id=None)
    with pytest.raises(Undecided, match=r"without a version_id.* DVC remote 'storage'"):
        store.read(unpushed)
    assert not lacking(str(store.absence_reason(unpushed)), "data/one.csv", "no version_id", "DVC remote 'storage'")

    key = f"{tmp_path.name}/storage/data/one.csv"
    s3.client.delete_object(Bucket="versioned", Key=key)  # a marker: the versions stay
    assert store.absence_reason(first) is None
    s3.client.delete_object(Bucket="versioned", Key=key, VersionId=first.version_id)
    gone = str(store.absence_reason(first))
    assert not lacking(gone, "data/one.csv", f"version {first.version_id}", "not in the DVC remote 'storage'")
    with pytest.raises(Undecided, match=r"not in the DVC cache.*not in the work tree.*not in the DVC remote 'storage'"):
        store.read(first)


def test_a_folder_has_no_listing_there_and_its_files_are_pinned_one_by_one(tmp_path: Path, s3: S3) -> None:
    project = Project.begin(tmp_path / "r", _remotes(s3, tmp_path.name))
    files = {"a.csv": "x\n1\n", "deep/b.csv": "x\n2\n", "README.txt": "not data\n"}
    for path, text in files.items():
        project.write(f"parts/{path}", text)
    pin = project.add("parts")
    assert pin.md5 == folder_md5({path: hashlib.md5(text.encode()).hexdigest() for path, text in files.items()})
    assert str(pin.md5) not in (project.root / "parts.dvc").read_text()  # DVC now writes the files alone
    project.forget("parts")

    store = project.store
    assert store.absence_reason(pin) is None
    folder = Path(store.copy(pin, str(tmp_path), parts=(".csv", ".parquet")))
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {"a.csv", "deep/b.csv"}
    assert (folder / "deep/b.csv").read_text() == files["deep/b.csv"]
    with pytest.raises(Undecided, match=r"holds no file that ends in \.parquet"):
        store.copy(pin, str(tmp_path), parts=(".parquet",))

    key = f"{tmp_path.name}/storage/parts/README.txt"
    s3.client.delete_object(Bucket="versioned", Key=key, VersionId=s3.versions(key)[key])
    assert str(store.absence_reason(pin)).startswith("parts/README.txt (")
    with pytest.raises(Undecided, match=r"^parts/README.txt "):
        store.copy(pin, str(tmp_path))
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("r", folder.name)] == []
    exchanged = replace(
        pin, files=(replace((pin.files or ())[0], md5=(pin.files or ())[1].md5), *(pin.files or ())[1:])
    )
    with pytest.raises(Undecided, match=r"files listed for parts .* digest"):
        store.copy(exchanged, str(tmp_path))


def test_a_worktree_remote_keeps_versions_too_and_one_that_does_not_is_refused(tmp_path: Path, s3: S3) -> None:
    """DVC writes the version of the first remote under the name of a second one that it pushes to; it is not there."""
    project = Project.begin(tmp_path / "r", _remotes(s3, tmp_path.name))
    project.write("one.csv", "a\n")
    pin = project.add("one.csv", to="live")
    project.forget("one.csv")
    assert (pin.remote, project.store.absence_reason(pin), project.store.read(pin)) == ("live", None, b"a\n")

    project.write("one.csv", "a\n")
    confused = project.add("one.csv")
    assert (confused.remote, confused.version_id) == ("storage", pin.version_id)
    assert "is not in the DVC remote 'storage'" in str(project.store.absence_reason(confused))

    config = (project.root / ".dvc/config").read_text()
    project.write(".dvc/config", config.replace("worktree = true", "worktree = true\n    version_aware = false"))
    with pytest.raises(Undecided, match="'live' is a worktree without versions"):
        project.store.absence_reason(pin)
    project.write(".dvc/config", "['remote \"live\"']\n    url = http://127.0.0.1:9\n    version_aware = true\n")
    with pytest.raises(Undecided, match=r"'live' is version_aware.* http keeps no versions"):
        project.store.absence_reason(pin)
