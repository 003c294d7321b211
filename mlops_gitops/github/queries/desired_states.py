"""The desired states of a branch in one question, so that a pull request can be answered with nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.github.api import Api
from mlops_gitops.github.failures import GitHubFailed

_QUERY = """query($owner: String!, $name: String!, $folder: String!) { repository(owner: $owner, name: $name) {
  object(expression: $folder) { ... on Tree { entries { name object { ... on Tree { entries { name object {
    ... on Blob { text isTruncated } } } } } } } } } }"""


def desired_states(api: Api, branch: str, folder: str) -> dict[str, bytes]:
    """The files two folders deep in the folder of environments, by path. Raises GitHubFailed, Undecided."""
    owner, name = api.repository.split("/")
    found = api.query(_QUERY, owner=owner, name=name, folder=f"refs/heads/{branch}:{folder}")["repository"]
    if found is None:
        raise GitHubFailed(
            f"GitHub shows this token no repository {api.repository}", help="give the token access to it"
        )
    return dict(_files(found["object"] or {}, folder, branch))


def _files(tree: Mapping[str, Any], folder: str, branch: str) -> Iterator[tuple[str, bytes]]:
    for environment in tree.get("entries") or ():
        for file in (environment["object"] or {}).get("entries") or ():
            blob, path = file["object"] or {}, f"{folder}/{environment['name']}/{file['name']}"
            if "isTruncated" not in blob:
                continue  # a folder
            if blob["text"] is None or blob["isTruncated"]:
                raise Undecided(f"GitHub does not give the text of {path} on {branch}, so what it guards is not known")
            yield path, blob["text"].encode()
