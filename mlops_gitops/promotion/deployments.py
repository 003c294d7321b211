"""The promotions that a forge shows as deployments."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

from mlops_gitops.records.receipt import Receipt
from mlops_gitops.repository.ledger import Ledger


def receipts_to_report(ledger: Ledger, written: Mapping[str, Receipt]) -> list[Receipt]:
    """The receipts of promotions to report to the forge, oldest first: what runs now, and new ones just before it.

    What runs now is reported each time, so that the next run makes up for a report that failed. An older receipt that
    is filled in late is not reported: it would look like the newest deployment. `written` are new receipts by tag.
    """
    found: dict[int, Receipt] = {}
    for environment, model in ledger.pairs():
        if not (chain := ledger.settled(environment, model)):
            continue  # its first rollout runs, or was stopped
        newest, *before = reversed(chain)
        receipt = written.get(newest.tag) or ledger.receipt(newest)
        if receipt is not None:
            found[newest.position] = receipt
        if newest.tag in written:
            new = takewhile(lambda entry: entry.tag in written, before)
            found |= {entry.position: written[entry.tag] for entry in new}
    return [receipt for _, receipt in sorted(found.items())]
