"""docs/doctor.md: the checkups as a page, byte for byte the same for the same checkups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gitops.doctor.checkup import Checkup
from mlops_gitops.policy.example_diff import example_diff

_INTRODUCTION = """\
# What doctor asks

`make docs` writes this page from the checkups themselves.

`mlops-gitops doctor` reads the files of the base branch, as this clone knows it, and the settings of the repository
on GitHub, and says of each fault what mends it. It changes nothing. It asks with the token in `GITHUB_TOKEN`, or
`GH_TOKEN`, which it neither keeps nor prints; `GITHUB_API_URL` and `GITHUB_SERVER_URL`, or `GH_HOST`, name another
server than github.com.

**States.** `fault`: something is wrong, and the fix stands beside it. `unverified`: it could not be told, and why; it
is never taken for fine. `note`: nothing is wrong, but somebody should know. `ok`, and `not needed` where the question
does not arise: a remote that is a folder has no settings.

**Exit codes.** 0 no fault, and all could be told · 1 there is a fault · 2 wrong usage or configuration · 3 there is
no fault, but something could not be told.

**What the token must be allowed.** Metadata, contents and actions: read tell most. Administration: read tells classic
branch protection and what Actions may do, and administration: write who may bypass a ruleset. The token of a workflow
run cannot have either, so run `doctor` by hand, with a token of an administrator that expires soon.
"""


def page(checkups: Sequence[Checkup]) -> str:
    """The page, without a last newline."""
    contents = "\n".join(f"- [{checkup.id}](#{checkup.id}): {checkup.summary}" for checkup in checkups)
    return "\n".join([_INTRODUCTION, contents, *("\n".join(_section(checkup)) for checkup in checkups)])


def _section(checkup: Checkup) -> Iterator[str]:
    yield from ("", f"## {checkup.id}", "", checkup.summary, "", checkup.explanation)
    example = next((case for case in checkup.bad if case.edits), None)
    if example:
        yield from ("", "It finds fault with:", "", "```diff", *example_diff(example.edits), "```")
