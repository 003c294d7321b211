"""The card says how far the model's answers reach."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import card_text, without

CHECK = Check("exposure", __doc__, card_text("exposure"), Status.PRESENT, bad=(without("exposure"),))
