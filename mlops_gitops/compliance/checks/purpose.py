"""The card says what rests on the model's answers, and how much hangs on them."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import card_text, without

CHECK = Check("purpose", __doc__, card_text("purpose"), Status.PRESENT, bad=(without("purpose"),))
