"""Listings of folders, which anybody may push to a remote: a path that no file can have is one plain sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_gitops.core.errors import Undecided
from mlops_gitops.records.release import Pin
from mlops_gitops.storage import folders

PIN = Pin("models/churn", "0" * 32 + ".dir", "md5")
MD5 = "1" * 32


def listed(relpath: Any, md5: Any = MD5) -> list[Pin]:
    return folders.member_pins(PIN, folders.parse_listing(PIN, json.dumps([{"relpath": relpath, "md5": md5}]).encode()))


def test_a_file_of_a_folder_is_a_pin_of_its_own() -> None:
    assert [(entry.path, entry.md5) for entry in listed("sub/a b.skops")] == [("models/churn/sub/a b.skops", MD5)]


@pytest.mark.parametrize(
    "relpath",
    ["a\x00b", "a\nb", "a\x1b[2Jb", "a\x7fb", "a\x85b", "a\ud800b", "\udcff", "../a", "/a", "", 5, None, ["a"]],
)
def test_a_path_that_no_file_can_have_is_refused_escaped(relpath: Any) -> None:
    with pytest.raises(Undecided) as refused:
        listed(relpath)
    assert "models/churn" in refused.value.message
    assert refused.value.message.isprintable()


@pytest.mark.parametrize("listing", ["[" * 100_000, "{}", "5", '[{"relpath": "a"}]', "\x00", "[5]", '[{"md5": "a"}]'])
def test_what_is_no_listing_is_refused(listing: str) -> None:
    with pytest.raises(Undecided, match="models/churn"):
        folders.member_pins(PIN, folders.parse_listing(PIN, listing.encode()))


@pytest.mark.parametrize("md5", [5, None, ["a"], "a\x00b"])
def test_a_digest_that_is_no_text_is_refused(md5: Any) -> None:
    with pytest.raises(Undecided, match="models/churn"):
        listed("a", md5)
