"""The card says where the model is known to be weak."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import card_text, without

CHECK = Check("limitations", __doc__, card_text("limitations"), Status.PRESENT, bad=(without("limitations"),))
