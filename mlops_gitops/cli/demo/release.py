"""The main job: a model is released, promoted, refused, rolled back and audited."""

from __future__ import annotations

import sys

from mlops_gitops.cli.demo.story import Part, Story, approve, begin, explain, explained_digest, first_commit, merge
from mlops_gitops.runtime import process

MODEL = "breast-cancer"
RECORD = f"promotions/production/{MODEL}/0001.json"


def _set_up(story: Story) -> None:
    story.say(
        "── 1. A repository ──\n"
        "569 real biopsies, a DVC pipeline that splits, trains and evaluates, and three files of ours:\n"
        "mlops.yaml (environments, roles), the model card and the KPIs. Its origin is a bare repository beside it."
    )
    begin(story, "biopsies")
    story.type("dvc repro --quiet")
    story.say("How much does each feature count? A stage of the pipeline says so, and the card pins what it says.")
    explain(story, MODEL)
    first_commit(story, "A model, its card and its KPIs")


def _validate(story: Story) -> None:
    story.say("── 2. Is it sound? ──")
    story.type("mlops-gitops validate")
    story.say("A broken card, to see what a diagnostic looks like; then it is fixed.")
    card = f"models/{MODEL}/README.md"
    story.edit(card, "class: high", "class: hihg")
    story.type("mlops-gitops validate", exits=1)
    story.edit(card, "class: hihg", "class: high")
    story.type("mlops-gitops validate")


def _first_release(story: Story) -> None:
    story.say("── 3. The first release, to staging and on to production ──")
    story.type(f"mlops-gitops gate {MODEL}")
    story.type(f"mlops-gitops release {MODEL} 1.0.0")
    merge(story, 1)
    story.say("Is the explanation of this release, and do its numbers follow from answers of the model?")
    story.type(f"mlops-gitops explain verify {MODEL}")
    story.type(f"mlops-gitops promote {MODEL} --to staging --why 'First version'")
    story.say("Operations must approve what goes to staging. Without it, the check says what is missing.")
    story.type("mlops-gitops check 2", exits=1)
    story.type("mlops-gitops pr approve 2 --as bob@example.org")
    merge(story, 2)
    story.say(
        "Production asks both sides, and comes after staging. Alice asked for it, so her approval would not count."
    )
    story.type(f"mlops-gitops promote {MODEL} --to production --why 'First version'")
    approve(story, 3, "bob", "carol")
    merge(story, 3)


def _retrain(story: Story, old: str, new: str, message: str) -> None:
    story.edit("params.yaml", old, new)
    before = explained_digest(story, MODEL)
    story.type("dvc repro --quiet")
    story.edit(f"models/{MODEL}/README.md", before, explained_digest(story, MODEL))
    story.type("dvc push --quiet")
    story.type(f"git commit --quiet --all -m '{message}'")
    story.type("git push --quiet")


def _worse_candidate(story: Story) -> None:
    story.say(
        "── 4. A candidate that is really worse: trained on 12 biopsies ──\n"
        "Its manifest is written into the work tree only; promote would carry it along."
    )
    _retrain(story, "rows: 284", "rows: 12", "Train on very little")
    story.type(f"mlops-gitops release {MODEL} 1.1.0 --local")
    story.type(f"mlops-gitops promote {MODEL} --to staging --release 1.1.0", exits=1)
    story.type(f"rm releases/{MODEL}/1.1.0.yaml")


def _better_candidate(story: Story) -> None:
    story.say("A third one, on all the data again and more strongly regularised, is no worse.")
    story.edit("params.yaml", "rows: 12", "rows: 284")
    _retrain(story, "regularisation: 1.0", "regularisation: 0.5", "Regularise more")
    story.type(f"mlops-gitops release {MODEL} 1.2.0 --local")
    story.type(f"mlops-gitops promote {MODEL} --to staging --release 1.2.0 --why 'Steadier'")
    story.type("mlops-gitops pr approve 4 --as bob@example.org")
    merge(story, 4)
    story.type(f"mlops-gitops promote {MODEL} --to production --release 1.2.0 --why 'Steadier'")
    approve(story, 5, "bob", "carol")
    merge(story, 5)


def _rollback(story: Story) -> None:
    story.say("── 5. Back again ──")
    story.type(f"mlops-gitops rollback {MODEL} --in production --why 'The laboratory sees odd scores'")
    approve(story, 6, "bob", "carol")
    merge(story, 6)
    story.type("mlops-gitops history")
    story.type("mlops-gitops status")


def _audit(story: Story) -> None:
    story.type("mlops-gitops audit --data")
    story.say("In a clone, somebody makes a record look better than it was. The audit names the commit and the file.")
    story.type("git clone --quiet ../origin.git ../tampered")
    clone = Story(story.root.parent / "tampered")
    process.run(["git", "config", "user.email", "mallory@example.org"], str(clone.root))
    process.run(["git", "config", "user.name", "Mallory"], str(clone.root))
    print("\n$ cd ../tampered")
    clone.edit(RECORD, '"why": "First version"', '"why": "Approved by the board"')
    clone.type("git commit --quiet --all -m 'Tidy up'")
    clone.type("mlops-gitops audit --rev HEAD", exits=1)
    story.commands += clone.commands
    print("\n$ cd ../repository\n", file=sys.stdout)


PART = Part(
    (_set_up, _validate, _first_release, _worse_candidate, _better_candidate, _rollback, _audit),
    (
        f"mlops-gitops history --in production     mlops-gitops fetch {MODEL} --in production --out /tmp/model",
        "mlops-gitops pr list --all               git log --first-parent --oneline",
        "mlops-gitops init                        (in a DVC repository of your own)",
        "mlops-gitops demo --part monitoring      (what follows once a model runs)",
    ),
)
