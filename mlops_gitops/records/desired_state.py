"""environments/<environment>/<model>.yaml: which release an environment runs."""

from __future__ import annotations

import json

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import API_VERSION, Kind
from mlops_gitops.documents.splice import splice
from mlops_gitops.documents.yaml_writer import to_yaml


@frozen
class DesiredState:
    """The release of one model in one environment."""

    path: str
    model: str
    environment: str
    release: str

    def render(self) -> bytes:
        """A new file."""
        fields = {"model": self.model, "environment": self.environment, "release": self.release}
        return to_yaml({"apiVersion": API_VERSION, "kind": "DesiredState"} | fields).encode()


def with_release(document: Document, release: str) -> bytes:
    """The existing file with only its release changed: comments and layout survive."""
    return splice(document, ("release",), json.dumps(release)).encode()


def read(document: Document) -> DesiredState:
    """The desired state of a valid document."""
    data = document.data
    return DesiredState(document.path, data["model"], data["environment"], data["release"])


KIND = Kind("DesiredState", "desired-state", "environments", "{folder}/{environment}/{model}.yaml", read)
