"""docs/reference/doctor.md: the checkups as a page, byte for byte the same for the same checkups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gitops.doctor.checkup import Checkup, Part
from mlops_gitops.doctor.examination import TITLES
from mlops_gitops.policy.example_diff import example_diff

_INTRODUCTION = """\
# What doctor asks

`make docs` writes this page from the checkups themselves.

`mlops-gitops doctor` lists what `release`, `promote` and the check of a pull request will refuse, before anybody runs
them, and what is wrong in the settings of the repository; beside each, how to fix it. It changes nothing. `doctor
MODEL` looks at the releases of one model. `init` ends with the same list, and so does the check of a pull request
that brings mlops.yaml or a new model.

It reads the files as they are here, Git has them or not; the base branch, as this clone knows it; the DVC remotes; and
the settings of the repository on GitHub. It says what it could not see. Gates are not measured here: `mlops-gitops
gate MODEL` does that. GitHub is asked with the token in `GITHUB_TOKEN`, or `GH_TOKEN`, which is neither kept nor
printed; `GITHUB_API_URL` and `GITHUB_SERVER_URL`, or `GH_HOST`, name another server than github.com.

**States.** `fault`: something is wrong, and the fix is printed below it. `unverified`: it could not be determined, and
why; it is never taken for fine. `note`: nothing is wrong, but somebody should know. `ok`, and `not needed` where the
question does not arise: a remote that is a folder has no settings.

**Exit codes.** 0 no fault, and everything could be determined · 1 there is a fault · 2 wrong usage or
configuration · 3 there is no fault, but something could not be determined.

**What the token must be allowed.** Metadata, contents and actions: read tell most. Administration: read tells classic
branch protection and what Actions may do, and administration: write who may bypass a ruleset. The token of a workflow
run cannot have either, so run `doctor` by hand, with a token of an administrator that expires soon.
"""


def page(checkups: Sequence[Checkup]) -> str:
    """The page, without a last newline."""
    parts = [(part, [checkup for checkup in checkups if checkup.part is part]) for part in Part]
    contents = [line for part, listed in parts for line in _contents(part, listed)]
    sections = ["\n".join(_section(checkup)) for _, listed in parts for checkup in listed]
    return "\n".join([_INTRODUCTION, *contents, *sections])


def _contents(part: Part, checkups: Sequence[Checkup]) -> Iterator[str]:
    yield from (f"**{TITLES[part].capitalize()}**", "")
    yield from (f"- [{checkup.id}](#{checkup.id}): {checkup.summary}" for checkup in checkups)
    if part is not list(Part)[-1]:
        yield ""


def _section(checkup: Checkup) -> Iterator[str]:
    yield from ("", f"## {checkup.id}", "", checkup.summary, "", checkup.explanation)
    example = next((case for case in checkup.bad if case.edits or case.here), None)
    if example:
        yield from ("", "It finds fault with:", "", "```diff", *example_diff(example.edits or example.here), "```")
