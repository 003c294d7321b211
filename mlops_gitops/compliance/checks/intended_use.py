"""The card says what the model is for."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import card_text, without

CHECK = Check("intended-use", __doc__, card_text("intended_use"), Status.PRESENT, bad=(without("intended_use"),))
