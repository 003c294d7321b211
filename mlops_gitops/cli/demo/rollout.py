"""A release on its way to two clouds and fifty tills: the first fails in the pilot, the second settles."""

from __future__ import annotations

from mlops_gitops.cli.demo.story import Part, Story, approve, begin, first_commit

MODEL = "refunds"
STATE = f"environments/production/{MODEL}.yaml"
IN = f"{MODEL} --in production"
CLOUDS = {"eu-api": "kserve", "us-api": "argocd"}
TARGETS = """targets:
  eu-api:
    files:
      - path: deploy/eu/refunds.yaml
        select: {kind: InferenceService, name: refunds}
        set:
          spec.predictor.model.storageUri: "s3://models/refunds/{sha256}/"
          spec.predictor.canaryTrafficPercent: "{traffic}"
    observe: kserve
  us-api:
    files:
      - path: deploy/us/values.yaml
        set: {model.release: "{release}", model.uri: "s3://models/refunds/{sha256}/"}
    observe: {by: argocd, name: refunds, namespace: argocd}
  tills:
    roster: fleets/tills.csv
    observe: devices
rollout:
  owner: operations
  waves:
    - {name: canary, targets: [eu-api], traffic: 10}
    - {name: cloud, targets: [eu-api, us-api]}
    - {name: pilot, targets: [tills], groups: [pilot], approvals: {operations: 1}}
    - {name: fleet, targets: [tills], approvals: {operations: 1},
       require: {serving: 95 %}}
"""


def _set_up(story: Story) -> None:
    story.say(
        "── 1. A repository ──\n"
        "A model says which refunds a second cashier looks at. Two web shops read their\n"
        "manifests here: deploy/eu (KServe) and deploy/us (values of a chart). Fifty tills\n"
        "run the same model."
    )
    begin(story, "tills")
    first_commit(story, "A model, its card, its KPIs, and what runs it")
    _promote(story, "1.0.0", 1, "First version")


def _promote(story: Story, version: str, number: int, why: str) -> None:
    """A release and its promotion in one pull request, which carries the manifest along."""
    story.type(f"mlops-gitops release {MODEL} {version} --local")
    story.type(f"mlops-gitops promote {MODEL} --to production --release {version} --why '{why}'")
    _merge(story, number)


def _merge(story: Story, number: int) -> None:
    """Bob approves a pull request; merging checks it first, and records it after."""
    approve(story, number, "bob")
    story.type(f"mlops-gitops pr merge {number}")


def _waves(story: Story) -> None:
    story.say(
        "── 2. What runs it, and in which waves ──\n"
        "`validate --fix` writes into the manifests what 1.0.0 renders. Operations own\n"
        "the waves."
    )
    story.append(STATE, TARGETS)
    story.type("mlops-gitops validate --fix")
    story.type("git switch --quiet --create waves")
    story.type("git commit --quiet --all -m 'Roll out in waves'")
    story.type("git push --quiet origin waves")
    story.type("mlops-gitops pr open")
    story.type("git switch --quiet main")
    _merge(story, 2)
    story.say(
        "The depot of the tills fetches what is in force, and asks what each is to run.\n"
        "Each till is a process: it fetches, verifies, switches and reports."
    )
    story.type(f"mlops-gitops fetch {IN} --out ../fleet/in-force")
    _wake(story)


def _retrain(story: Story, version: str, steps: str, number: int) -> None:
    """A release with another table, and its promotion, which opens the canary."""
    story.edit("params.json", *steps.split(" → "))
    story.type("dvc repro --quiet")
    story.type("dvc push --quiet")
    story.type(f"git commit --quiet --all -m 'A table of {version}'")
    story.type("git push --quiet")
    _promote(story, version, number, "Finer amounts")


def _first_rollout(story: Story) -> None:
    story.say("── 3. A finer table: 1.1.0 ──\nIt passes its gates. Its promotion opens the first wave alone.")
    _retrain(story, "1.1.0", "8 → 400", 3)
    story.type("git show --format= --unified=0 -m --first-parent HEAD -- deploy")
    story.say("No cluster runs here: a script answers as KServe would. `observe` counts it.")
    _observe_clouds(story, "eu-api")
    story.type(f"mlops-gitops rollout {IN}")


def _advance(story: Story, number: int | None = None) -> None:
    """The next step. `number` is that of its pull request where somebody has to approve it."""
    story.type(f"mlops-gitops advance {IN}")
    if number is None:
        story.type("git pull --quiet")
        story.type("mlops-gitops record")
    else:
        _merge(story, number)


def _observe_clouds(story: Story, *targets: str) -> None:
    """Hands in what each cloud shows."""
    for target in targets:
        story.save(f"python src/clouds.py {CLOUDS[target]}", f"../reports/{target}.json")
        story.type(f"mlops-gitops observe {IN} --target {target} --from ../reports/{target}.json")


def _stock(story: Story) -> None:
    """The depot fetches what the first till of the pilot is to run."""
    story.type(f"mlops-gitops fetch {IN} --target tills --device till-01 --out ../fleet/pilot")


def _wake(story: Story, off: str = "") -> None:
    """Every till wakes up once: a process that asks what to run, fetches, verifies, switches and reports."""
    story.save(f"mlops-gitops rollout {IN} --target tills --format json", "../fleet/desired.json")
    story.type(f"python fleet/depot.py ../fleet{off}")


def _observe_tills(story: Story) -> None:
    story.type(f"mlops-gitops observe {IN} --target tills --from ../fleet/reports.jsonl")


def _canary(story: Story) -> None:
    story.say("── 4. On to both clouds, and to the pilot ──\nA wave without approvals is merged by `advance`.")
    _advance(story)
    _observe_clouds(story, "eu-api", "us-api")
    story.say("The pilot needs an approval of operations.")
    _advance(story, 5)


def _pilot_fails(story: Story) -> None:
    story.say("── 5. The pilot ──")
    _stock(story)
    _wake(story)
    _observe_tills(story)
    story.say("The table is too large for three old tills: they go on with 1.0.0, and say so.")
    story.type(f"mlops-gitops rollout {IN}")
    story.say("`advance` does not go on: it proposes the way back, and says so by its exit code.")
    story.type(f"mlops-gitops advance {IN}", exits=1)
    _merge(story, 6)
    story.say("Every target is back, and 1.1.0 is held.")
    story.type("git log --max-count=1 --format= --name-only -m --first-parent")
    _wake(story)


def _second_rollout(story: Story) -> None:
    story.say("── 6. A smaller table: 1.2.0 ──")
    _retrain(story, "1.2.0", "400 → 100", 7)
    _observe_clouds(story, "eu-api")
    _advance(story)
    _observe_clouds(story, "eu-api", "us-api")
    _advance(story, 9)
    _stock(story)
    _wake(story)
    _observe_tills(story)
    story.say("All ten run it. In the fleet, a till that is switched off is counted too.")
    _advance(story, 10)
    _wake(story, " --off till-50")
    _observe_tills(story)
    story.say("── 7. It settles: 95 % were asked for ──")
    _advance(story)
    story.type(f"mlops-gitops rollout {IN}")


def _proof(story: Story) -> None:
    story.say("── 8. Can it be proved? ──")
    story.type("mlops-gitops history --in production")
    story.type("mlops-gitops audit")


PART = Part(
    (_set_up, _waves, _first_rollout, _canary, _pilot_fails, _second_rollout, _proof),
    (
        f"mlops-gitops rollout {IN} --format json     git tag --list 'refunds#*'",
        "tail -3 ../fleet/reports.jsonl                                 ls -l ../fleet/tills/till-03",
    ),
)
