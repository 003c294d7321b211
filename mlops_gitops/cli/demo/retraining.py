"""A model that decays: a policy decides to retrain it, the pipeline runs, and live windows judge what it made."""

from __future__ import annotations

from mlops_gitops.cli.demo.live_weeks import MODEL, WEEK, first_day, to_production
from mlops_gitops.cli.demo.story import Part, Story, approve, begin, first_commit, merge

_WEEKS = 4


def _set_up(story: Story) -> None:
    story.say(
        "── 1. A repository ──\n"
        "The customers of the part on monitoring, and one file more: retraining.yaml says when the model is\n"
        "retrained, by which stages, on which data the candidate is judged, and who decides."
    )
    begin(story, "customers", "retraining")
    story.type("dvc remote add --quiet live ../live")
    story.edit("models/churn/monitoring.yaml", "start: 2026-01-05", f"start: {first_day(_WEEKS)}")
    story.edit("models/churn/monitoring.yaml", "action: rollback", "action: issue")
    story.type("cat models/churn/retraining.yaml")
    (story.root.parent / "live").mkdir()
    _collect(story)
    first_commit(story, "A model, its KPIs, its monitoring, and when it is retrained", "evaluate")


def _collect(story: Story) -> None:
    """The labelled rows of all weeks so far, tracked by DVC."""
    story.type("python src/collect.py ../live")
    story.type("dvc add --quiet data/labelled.csv")


def _in_production(story: Story) -> None:
    story.say("── 2. The model goes to production (as if it were five weeks ago) ──")
    to_production(story, "1.0.0", 1, first_day(_WEEKS), show_profile=False)


def _decay(story: Story) -> None:
    story.say(
        "── 3. Four weeks of use: from the second on, customers leave for another reason ──\n"
        "The model still uses calls and tenure, and now the price decides. The KPI alarms."
    )
    for week in range(_WEEKS):
        day = first_day(_WEEKS) + week * WEEK
        story.type(f"python src/live.py ../live {day}{' --restless' if week else ''}")
    story.type(f"mlops-gitops monitor {MODEL} --window {first_day(_WEEKS) + (_WEEKS - 1) * WEEK}", exits=1)
    story.say("What is known of these weeks by now is collected, as a team does it each night.")
    _collect(story)
    story.type("dvc push --quiet")
    story.type("git add .")
    story.type("git commit --quiet -m 'Who left until today'")
    story.type("git push --quiet")


def _decision(story: Story) -> None:
    story.say(
        "── 4. Is the model to be retrained? ──\n"
        "The check explains and changes nothing. The alarm on record triggers nothing by itself: the window is\n"
        "measured again."
    )
    story.type(f"mlops-gitops retrain {MODEL} --check")


def _run(story: Story) -> None:
    story.say(
        "── 5. Two jobs: one runs the pipeline, the other judges and proposes ──\n"
        "The candidate was trained until the two newest weeks begin, and is judged on these, beside what the model in\n"
        "force answered there. The old holdout, on which it is worse, says nothing about today's customers."
    )
    story.type(f"mlops-gitops retrain {MODEL}")
    story.type("mlops-gitops pr show 3")
    story.say("With the same cause nothing happens again.")
    story.type(f"mlops-gitops retrain {MODEL}")


def _merged(story: Story) -> None:
    story.say(
        "── 6. People decide ──\n"
        "Merging takes the release in; a promotion brings it to production, on the same windows by digest."
    )
    approve(story, 3, "bob")
    merge(story, 3)
    story.type(f"mlops-gitops promote {MODEL} --to production --release 1.1.0 --why 'Prices say who leaves now'")
    approve(story, 4, "bob")
    merge(story, 4)
    story.type("mlops-gitops status")
    story.type("mlops-gitops history --retraining")
    story.type("mlops-gitops audit --data")


PART = Part(
    (_set_up, _in_production, _decay, _decision, _run, _merged),
    (
        f"mlops-gitops retrain {MODEL} --check --why 'A new market'   git show origin/mlops-gitops/monitoring --stat",
        f"cat releases/{MODEL}/1.1.0.yaml                          mlops-gitops issue list --all",
    ),
)
