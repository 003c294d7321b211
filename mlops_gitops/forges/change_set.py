"""A whole proposed change, complete before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.frozen import frozen


@frozen
class ChangeSet:
    """The branch, the files (None removes one), the commit message and the pull request's title, body and labels.

    `reviewers` are logins, and teams as `organisation/team`, who are asked for a review.
    """

    branch: str
    files: Mapping[str, bytes | None]
    message: str
    title: str
    body: str
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """The branches whose pull requests this one supersedes: `promote/production/churn/`."""
        return self.branch.rsplit("/", 1)[0] + "/"

    def to_json(self) -> dict[str, Any]:
        """Exactly what would be written."""
        files = {path: None if data is None else data.decode("utf-8", "replace") for path, data in self.files.items()}
        fields = {"branch": self.branch, "message": self.message, "title": self.title, "body": self.body}
        people = {"labels": list(self.labels), "reviewers": list(self.reviewers)}
        return fields | people | {"files": files}
