"""A squash merge keeps the message of the commit, with its trailers.

The commit of a promotion says which record it is about, in the trailers `Promotion-Record` and `Promotion-Digest`.
They are an index for people and for `git log`; nothing is proven by them. A squash keeps them only when its message
is made of the commit messages: the text of a pull request does not hold them, and can be edited after the last
approval.

In the repository's settings, under "Allow squash merging": the default commit message "Default message" or "Pull
request title and commit details"; or allow only merge commits and rebasing.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok, unverified
from mlops_gitops.forges.settings import Repository, Settings, Unknown


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding, where pull requests may be squashed."""
    methods = settings.methods()
    merging = settings.repository.merging if isinstance(settings.repository, Repository) else settings.repository
    if isinstance(methods, Unknown) or isinstance(merging, Unknown):
        reason = next(value.reason for value in (methods, merging) if isinstance(value, Unknown))
        yield unverified(f"could not tell what a squash commit's message is made of: {reason}")
    elif "squash" not in methods:
        yield not_needed("no pull request is squashed")
    elif merging.squash_message == "COMMIT_MESSAGES":
        yield ok("a squash commit keeps the messages of its commits, with their trailers")
    else:
        made_of = {"PR_BODY": "the text of the pull request", "BLANK": "nothing"}
        what = made_of.get(merging.squash_message, merging.squash_message)
        fix = 'under "Allow squash merging", choose "Pull request title and commit details", or allow no squash'
        yield fault(f"the message of a squash commit is made of {what}: Promotion-Record and -Digest are lost", fix)


CHECKUP = Checkup(
    "squash-message",
    __doc__,
    examine,
    ok=(
        Case(settings={"repository.merging.squash_message": "PR_BODY",
                       "repository.merging.methods": frozenset({"merge"})}),
        Case(settings={"repository.merging.squash_message": "BLANK", "rulesets.methods": frozenset({"rebase"})}),
    ),
    bad=(
        Case(settings={"repository.merging.squash_message": "PR_BODY"}),
        Case(settings={"repository.merging.squash_message": "BLANK"}),
    ),
    unsure=(
        Case(settings={"repository.merging": Unknown("the token may not write")}),
        Case(settings={"repository": Unknown("the server is down")}),
    ),
)  # fmt: skip
