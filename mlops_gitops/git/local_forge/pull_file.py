"""The file that holds a pull request, as anybody who may push can have written it."""

from __future__ import annotations

import json
import re
from typing import Any

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import asdict
from mlops_gitops.documents import foreign_json
from mlops_gitops.forges.pull_request import Account, PullRequest, Review, Status

_STATES = ("open", "merged", "closed")
_TEXTS = ("branch", "head", "title", "body", "author", "state")
_MERGE = ("merged_before", "merged_commit", "merged_by", "merged_at")
_KEPT = (*_TEXTS, *_MERGE, "reviews", "statuses")


def parse(data: bytes, number: int, length: int) -> PullRequest:
    """The pull request that a file holds, whose ids have this length. Raises ValueError, TypeError and their like.

    An id of the other kind of hash would be looked up as a name.
    """
    found = foreign_json.parse(data)
    texts: dict[str, Any] = {name: foreign_json.require_text(found[name]) for name in _TEXTS}
    merge: dict[str, Any] = {
        name: None if found[name] is None else foreign_json.require_text(found[name]) for name in _MERGE
    }
    for commit in (texts["head"], merge["merged_before"], merge["merged_commit"]):
        if commit is not None and not (len(commit) == length and re.fullmatch("[0-9a-f]+", commit)):
            raise ValueError("a commit is not named by its id")
    for name in ("branch", "title", "author"):
        foreign_json.require_plain(texts[name], name)
    if texts["state"] not in _STATES:
        raise ValueError(f"state is none of {', '.join(_STATES)}")
    reviews = tuple(_review(**_texts(review)) for review in found["reviews"])
    statuses = tuple(Status(**_texts(status)) for status in found["statuses"])
    texts["author"] = Account(texts["author"], True)  # the address that a person claims
    return PullRequest(number, **texts, **merge, reviews=reviews, statuses=statuses)


def written(pull: PullRequest) -> bytes:
    """The file that holds a pull request. Raises Error where it could not be read again."""
    found = {name: value for name, value in asdict(pull).items() if name in ("number", *_KEPT)}
    found["author"] = pull.author.login
    found["reviews"] = [{"by": review.by, "commit": review.commit, "at": review.at} for review in pull.reviews]
    try:
        data = (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode()
        parse(data, pull.number, len(pull.head))
    except ValueError as error:
        raise Error(f"pull request #{pull.number} cannot be written: {error}") from error
    return data


def _review(by: str, commit: str, at: str) -> Review:
    return Review(by, commit, at)


def _texts(data: Any) -> dict[str, str]:
    return {name: foreign_json.require_text(value) for name, value in data.items()}
