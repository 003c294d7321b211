"""Files are written all together or not at all, and what is in the way is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_gitops.core.errors import Error
from mlops_gitops.runtime.write_files import write


def test_where_one_cannot_be_written_none_is_and_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "first").write_bytes(b"before")
    (tmp_path / "folder").mkdir()
    for path, reason in (("folder", "Is a directory"), ("first/below", "a file is in the place of its folder")):
        with pytest.raises(Error) as refused:
            write(str(tmp_path), {"first": b"after", path: b"x", "last": b"x"})
        assert refused.value.message.endswith(f"{tmp_path / path}: {reason}") and refused.value.help
        assert (tmp_path / "first").read_bytes() == b"before"
        assert sorted(found.name for found in tmp_path.iterdir()) == ["first", "folder"]
