"""A model in use: three weeks of live data arrive; one column drifts in the second, the model decays in the third."""

from __future__ import annotations

from mlops_gitops.cli.demo.live_weeks import MODEL, WEEK, first_day, to_production
from mlops_gitops.cli.demo.story import Part, Story, approve, begin, first_commit, merge
from mlops_gitops.runtime import process

_WEEKS = 3


def _set_up(story: Story) -> None:
    story.say(
        "── 1. A repository ──\n"
        "20,000 customers who were drawn at random, and a model of who leaves. Its monitoring.yaml says what is\n"
        "watched, how often, and how many false alarms a year are one too many."
    )
    begin(story, "customers")
    story.say("What the model predicts will arrive in a DVC remote called live, and later who really left.")
    story.type("dvc remote add --quiet live ../live")
    story.edit("models/churn/monitoring.yaml", "start: 2026-01-05", f"start: {first_day(_WEEKS)}")
    story.type("cat models/churn/monitoring.yaml")
    first_commit(story, "A model, its card, its KPIs and its monitoring")


def _releases(story: Story) -> None:
    story.say(
        "── 2. Two releases, each with the profile of its data ──\n"
        "The profile is what drift is measured from: counts of bins, and no row. A release pins it. Both go to\n"
        "production (as if it were four weeks ago, so that three weeks of use can follow)."
    )
    to_production(story, "1.0.0", 1, first_day(_WEEKS), show_profile=True)
    story.say("The second one is trained on ten times the customers.")
    story.edit("params.yaml", "{rows: 2000}", "{rows: 20000}")
    story.type("dvc repro --quiet")
    story.type("dvc push --quiet")
    to_production(story, "1.1.0", 3, first_day(_WEEKS), show_profile=False)


def _first_week(story: Story) -> None:
    story.say(
        "── 3. The first week ──\n"
        "5,000 customers are scored. The files are read where they are, hashed, and never committed."
    )
    (story.root.parent / "live").mkdir()
    _week(story, 0)
    story.say("All watches are fine: it is on record, in a branch of its own, and no issue is opened.")


def _second_week(story: Story) -> None:
    story.say("── 4. The second week: charges rise by a fifth, and the model is as good as before ──")
    _week(story, 1, "--dearer", exits=1)
    story.say("One issue, with the owner and the numbers. The KPI holds, so nothing more.")
    story.type("mlops-gitops issue list")
    story.type("mlops-gitops issue show 1")


def _third_week(story: Story) -> None:
    story.say("── 5. The third week: customers leave for reasons that the model does not know ──")
    _week(story, 2, "--restless", exits=1)
    story.say(
        "The issue of the drift is closed, since the charges are as before. That of the KPI is new, and its watch has\n"
        "`action: rollback`: a pull request waits for approval, with the evidence."
    )
    story.type("mlops-gitops issue list --all")
    story.type("mlops-gitops pr show 5")
    approve(story, 5, "bob")
    merge(story, 5)
    story.type("mlops-gitops status")


def _week(story: Story, week: int, *changes: str, exits: int = 0) -> None:
    day = first_day(_WEEKS) + week * WEEK
    story.type(f"python src/live.py ../live {day} {' '.join(changes)}".rstrip())
    story.type(f"mlops-gitops monitor {MODEL} --window {day}", exits=exits)


def _proof(story: Story) -> None:
    story.say("── 6. Can it be proved? ──")
    story.type("mlops-gitops audit")
    story.type("mlops-gitops monitor --heartbeat")
    story.say("And would other limits have alarmed? A backtest judges all past windows, and writes nothing.")
    story.edit("models/churn/monitoring.yaml", "effect: {psi: 0.1}", "effect: {psi: 0.5}")
    story.type(f"mlops-gitops monitor {MODEL} --backtest")
    process.run(["git", "checkout", "--quiet", "--", "models"], str(story.root))


PART = Part(
    (_set_up, _releases, _first_week, _second_week, _third_week, _proof),
    (
        "mlops-gitops issue show 2                git log -p origin/mlops-gitops/monitoring",
        "mlops-gitops status                      mlops-gitops audit",
        "mlops-gitops demo --part retraining      (what follows once a model decays)",
    ),
)
