"""The weeks of a model in use, which the parts on monitoring and on retraining share."""

from __future__ import annotations

from datetime import date, timedelta

from mlops_gitops.cli.demo.story import Story, approve, merge
from mlops_gitops.runtime import clock

MODEL = "churn"
WEEK = timedelta(days=7)


def first_day(weeks: int) -> date:
    """The first day of so many weeks, of which the last ended two days ago."""
    return clock.today() - weeks * WEEK - timedelta(days=2)


def to_production(story: Story, version: str, number: int, first: date, *, show_profile: bool) -> None:
    """A release with its profile, and its promotion: pull requests `number` and the next.

    Git commits as if it were three days before the first week.
    """
    moment = f"{first - timedelta(days=3)}T12:00:00Z"
    before = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
    story.type(f"mlops-gitops profile {MODEL}", show=show_profile)
    story.type("git add .")
    story.type(f"git commit --quiet -m 'The profile of {version}'", env=before)
    story.type("git push --quiet")
    story.type(f"mlops-gitops release {MODEL} {version}")
    merge(story, number, before)
    story.type(f"mlops-gitops promote {MODEL} --to production --release {version} --why 'Whom to call first'")
    approve(story, number + 1, "bob")
    merge(story, number + 1, before)
