"""A section of the card says how people review the model's answers."""

from __future__ import annotations

import re

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import CARD, card_section
from mlops_gitops.policy.rule import Edit

_TITLE = re.compile(r"\b(?:human|manual) (?:review|oversight)|\bappeals?\b", re.IGNORECASE)
CHECK = Check(
    "review-instructions",
    __doc__,
    card_section(_TITLE, "how people review its answers", "Human review"),
    Status.PRESENT,
    bad=((Edit(CARD, "## Human review", "## Notes"),),),
)
