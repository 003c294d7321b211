"""The card says what the model must not be used for."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import card_text, without

CHECK = Check("out-of-scope", __doc__, card_text("out_of_scope"), Status.PRESENT, bad=(without("out_of_scope"),))
