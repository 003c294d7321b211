"""What the card of a promoted release claims is what its gates measured.

A promotion's check measures every KPI again, on the pinned data. Where the card of that release claims a number for the
same metric, the two must agree within the digits the card gives, or people would read one thing and the record
another.

Correct the card, and release again: a release pins its card.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.cards.claimed_metrics import claim_matches, claims_hold, read_claims
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.gates.result import GateResult
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each metric that the card gives other numbers for than the gate."""
    trees = {(manifest.model, manifest.version): tree for manifest, tree in context.manifests()}
    gates = context.pull.gates if context.pull else {}
    for record in context.promotions():
        tree = trees.get((record.model, record.release))
        entry = tree.entry(tree.path_of(card.KIND, model=record.model), card.KIND) if tree else None
        card_claims = list(read_claims(entry.document)) if entry else []
        for result in gates.get(record.path, ()):
            value = result.candidate.value
            about = [claim for claim in card_claims if _is_of(claim.metric, result)]
            if value is not None and about and not claims_hold(about, [value]):
                claimed = " and ".join(dict.fromkeys(claim.written for claim in about))
                message = f"the card of {record.model} {record.release} claims {claimed} for {about[0].metric}"
                message += f", and the gate {result.id} measured {value:.12g}"
                document = context.head.document(record.path)
                yield document.problem(
                    RULE.id, message, ("predicate", "release"), help="correct the card, release again"
                )


def _is_of(metric: str, result: GateResult) -> bool:
    return claim_matches(metric, result.id, result.metric)


RULE = Rule("claims-measured", __doc__, check, Scope.DATA, waivable=True)
