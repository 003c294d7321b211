"""A folder for one process: others are refused, and what was left there is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_gitops.core.errors import Undecided
from mlops_gitops.runtime.scratch import scratch


def test_a_folder_is_empty_and_its_own(tmp_path: Path) -> None:
    place = tmp_path / "below/churn"
    place.mkdir(parents=True)
    (place / "left").write_text("by a process that was killed")
    with scratch(str(place), "a run goes on") as folder:
        assert (Path(folder), list(place.iterdir()), place.stat().st_mode & 0o077) == (place, [], 0)
        (place / "more").write_text("x")
        with pytest.raises(Undecided, match="a run goes on"), scratch(str(place), "a run goes on"):
            pytest.fail("two had it")
        assert (place / "more").exists()
    assert not place.exists()
    with scratch(str(place), "a run goes on"):
        pass
