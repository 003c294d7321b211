"""The inventory: every model, where it runs, whose it is, who approved it, and what is open about it."""

from __future__ import annotations

import csv

import governed
import sample

from mlops_gitops.compliance.inventory import Item, inventory, inventory_table
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records.receipt import UNMET
from mlops_gitops.reporting.formats.csv import REPORTER
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot

CHURN = ("staging", "churn")


def listed(*edits: Edit, ledger: Ledger | None = None) -> list[Item]:
    tree = Snapshot(Overlay(sample.edited(edits, governed.files())))
    return inventory(tree, ledger or governed.ledger(), governed.TODAY, {CHURN: "2028-W01 passed, 3d old"})


def approved() -> Ledger:
    """The sample's history, whose last receipt names the people."""
    ledger = governed.ledger()
    receipt = ledger.receipts["churn#staging#2"]
    facts = {**receipt.facts, "approvals": [{"role": "operations", "by": "bob"}]}
    return ledger.with_receipts([replace(receipt, facts=facts)])


def test_a_model_is_listed_with_what_runs_whose_it_is_and_who_approved_it() -> None:
    (item,) = listed(ledger=approved())
    assert (item.model, item.environment, item.release, item.risk) == ("churn", "staging", "1.1.0", "high")
    assert item.owners == ("Alice (data-science)",) and item.approvers == ("bob (operations)",)
    assert item.action == "promote" and item.monitoring == "2028-W01 passed, 3d old"
    assert any(decision.startswith("attest decisions/2028-01-02-aia-14.yaml") for decision in item.decisions)


def test_what_no_receipt_proves_is_said_and_not_taken_for_approved() -> None:
    ledger = governed.ledger()
    (item,) = listed(ledger=replace(ledger, receipts={}))
    assert item.approvers == ("no receipt",) and item.decisions == ()
    unmet = replace(ledger.receipts["churn#staging#2"], approved=UNMET)
    assert listed(ledger=ledger.with_receipts([unmet]))[0].approvers[0] == "approvals unmet"


def test_a_model_that_runs_nowhere_is_listed_and_so_is_one_without_a_valid_card() -> None:
    card = governed.files()["models/churn/README.md"].decode()
    items = listed(Edit("models/fraud/README.md", None, card), Edit("models/churn/README.md", "mlops:", "mlop:"))
    assert [(item.model, item.environment, item.risk) for item in items] == [
        ("churn", "staging", "no valid card"), ("fraud", "", "high")
    ]  # fmt: skip


def test_data_that_another_model_in_use_has_too_is_named() -> None:
    files = {"releases/fraud/1.1.0.yaml": "model: churn", "promotions/staging/fraud/0001.json": '"model": "churn"'}
    before = governed.files()
    twin = dict(before)
    for path, old in files.items():
        source = path.replace("fraud", "churn").replace("0001", "0002")
        text = before[source].decode().replace(old, old.replace("churn", "fraud"))
        twin[path] = text.replace('"sequence": 2', '"sequence": 1').encode()
    tree, ledger = Snapshot(Overlay(twin)), sample.ledger_of(twin)
    churn, fraud = inventory(tree, ledger, governed.TODAY, {})
    assert churn.shared == {"data/holdout.csv": ("fraud",), "data/train.csv": ("fraud",)}
    assert fraud.shared == {"data/holdout.csv": ("churn",), "data/train.csv": ("churn",)}


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    items = [replace(listed()[0], owners=("=HYPERLINK(evil)",), monitoring=' @x, "y"')]
    text = REPORTER.render(Report({}, (), (inventory_table(items),)), PLAIN)
    churn = next(csv.DictReader(text.splitlines()))
    assert (churn["owners"], churn["monitoring"]) == ("'=HYPERLINK(evil)", '\' @x, "y"')
    assert text.splitlines()[0].startswith("model,environment,release,owners,risk class,promoted,action")
