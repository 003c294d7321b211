"""What an anchor holds, compared with a history: records, receipts and packs, each by its digest."""

from __future__ import annotations

import json

import governed
import pytest

from mlops_gitops.audit.anchors import anchor_data, anchor_findings, pack_findings, read_anchor, uncompared_packs
from mlops_gitops.core.frozen import replace
from mlops_gitops.records.receipt import Receipt
from mlops_gitops.repository.packs_in_force import built_in, built_in_ids

LEDGER = governed.ledger()
PACKS = [built_in(id) for id in built_in_ids()]
KNOWN = {entry.digest for entry in LEDGER.entries}
ANCHOR = read_anchor(json.dumps(anchor_data("main", LEDGER, [("monitoring/0001.json", f"sha256:{'0' * 64}")], PACKS)))


def test_the_history_it_was_made_of_has_all_of_it() -> None:
    assert list(anchor_findings(ANCHOR, LEDGER, {*KNOWN, f"sha256:{'0' * 64}"})) == []
    assert list(pack_findings(ANCHOR, PACKS)) == [] and list(uncompared_packs(ANCHOR, PACKS)) == []


def test_a_record_of_the_branch_of_records_that_is_gone_is_named_by_its_path() -> None:
    (found,) = anchor_findings(ANCHOR, LEDGER, KNOWN)
    assert found.span.path == "monitoring/0001.json"


def test_a_pack_with_another_text_of_the_same_version_is_named_and_one_of_another_version_is_not_compared() -> None:
    edited = [replace(pack, digest="sha256:other") if pack.id == "us-mrm" else pack for pack in PACKS]
    (found,) = pack_findings(ANCHOR, edited)
    assert "us-mrm" in found.message
    newer = [replace(pack, digest="sha256:other", version="2027.01") if pack.id == "us-mrm" else pack for pack in PACKS]
    assert list(pack_findings(ANCHOR, newer)) == []
    (note,) = uncompared_packs(ANCHOR, newer)
    assert "us-mrm" in note and "2027.01" in note


def test_a_forged_receipt_of_any_numbers_is_digested_and_one_of_no_record_is_left_out() -> None:
    tag = LEDGER.entries[0].tag
    forged = [replace(LEDGER.receipts[tag], facts={"n": 10**40, "x": float("inf")}),
              Receipt("stray@v1.0.0", "", "x", "", "", "met", "local", {})]  # fmt: skip
    found = anchor_data("main", LEDGER.with_receipts(forged), [], [])["receipts"]["tags"]
    assert found[tag] != ANCHOR.receipts[tag] and "stray@v1.0.0" not in found


def test_the_form_of_earlier_versions_is_read_still() -> None:
    text = f"# kept\nsha256:{'1' * 64} promotions/staging/churn/0001.json\n\nsha256:{'2' * 64}\n"
    assert read_anchor(text).records == {
        f"sha256:{'1' * 64}": "promotions/staging/churn/0001.json",
        f"sha256:{'2' * 64}": "",
    }


def test_one_that_holds_nothing_or_no_whole_digest_is_refused() -> None:
    digest = f"sha256:{'a' * 64}"
    for text in ("", "\n \n", "# kept\n", digest[:-1], digest.replace("a", "z"), digest.upper().replace("SHA", "sha")):
        with pytest.raises(ValueError, match=r"nothing to compare|line 1"):
            read_anchor(text)
