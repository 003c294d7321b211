"""The card says what the model's predictions are used for, and how important that is."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import card_text, without

CHECK = Check("purpose", __doc__, card_text("purpose"), Status.PRESENT, bad=(without("purpose"),))
