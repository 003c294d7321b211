"""A section of the card says how the model is used, and how it is watched in use."""

from __future__ import annotations

import re

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import CARD, card_section
from mlops_gitops.policy.rule import Edit

_TITLE = re.compile(r"\buse\b|\busage\b|\buses\b|getting started", re.IGNORECASE)
CHECK = Check(
    "use-instructions",
    __doc__,
    card_section(_TITLE, "how the model is used", "How to use it"),
    Status.PRESENT,
    bad=((Edit(CARD, "## How to use it", "## Notes"),),),
)
