"""The logins of the authors and co-authors of commits, by their addresses: only GraphQL has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.github.api import Api

MOST = 100  # authors of one commit: GitHub gives no more on one page
AT_ONCE = 50  # commits of one question
_AUTHORS = f"authors(first: {MOST}) {{ nodes {{ email user {{ login }} }} pageInfo {{ hasNextPage }} }}"


def author_logins(api: Api, commits: Sequence[str]) -> Mapping[str, str]:
    """The logins of the authors of commits, by their addresses in small letters, as far as GitHub knows them.

    Raises GitHubFailed; Undecided where it does not give them all.
    """
    found: dict[str, str] = {}
    for first in range(0, len(commits), AT_ONCE):
        for commit, answer in _commit_answers(api, commits[first : first + AT_ONCE]).items():
            if not answer or answer["authors"]["pageInfo"]["hasNextPage"]:
                reason = f"GitHub does not tell all the authors of the commit {commit[:10]}"
                raise Undecided(reason, help=f"name at most {MOST} authors in a commit; then try again")
            nodes = [node for node in answer["authors"]["nodes"] or () if node and node["email"] and node["user"]]
            found |= {str(node["email"]).casefold(): str(node["user"]["login"]) for node in nodes}
    return found


def _commit_answers(api: Api, commits: Sequence[str]) -> dict[str, Any]:
    """GitHub's answer for each commit; None where it has none."""
    parts = [f'c{n}: object(oid: "{commit}") {{ ... on Commit {{ {_AUTHORS} }} }}' for n, commit in enumerate(commits)]
    within = f"repository(owner: $owner, name: $name) {{ {' '.join(parts)} }}"
    owner, _, name = api.repository.partition("/")
    answer = api.query(f"query($owner: String!, $name: String!) {{ {within} }}", owner=owner, name=name)
    return {commit: (answer["repository"] or {}).get(f"c{n}") for n, commit in enumerate(commits)}
