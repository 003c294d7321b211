"""The honest explanation that forgeries start from, made once."""

from __future__ import annotations

import pytest
from explained import Explained, explain


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Explained:
    """It, with its files."""
    return explain(tmp_path_factory.mktemp("explained"))
