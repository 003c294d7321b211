"""What an auditor asks: requirements of a pack, an attestation, other gates in hindsight, evidence to take away."""

from __future__ import annotations

import shutil
import sys
from datetime import timedelta
from pathlib import Path

from mlops_gitops.cli.demo.story import Part, Story, approve, begin, explain, first_commit, merge
from mlops_gitops.runtime import clock, process

MODEL = "breast-cancer"
_WHO = "audit@example.org"
_ATTESTATION = "decisions/{day}-oversight.yaml"


def _set_up(story: Story) -> None:
    story.say(
        "── 1. A repository, and a pack ──\n"
        "The biopsies of the first part. mlops.yaml names a pack, which the laboratory wrote itself: a list of\n"
        "requirements. What is of severity error keeps a release out of production."
    )
    begin(story, "biopsies", "governance")
    story.type("cat governance/packs/laboratory.yaml")
    story.type("dvc repro --quiet")
    explain(story, MODEL)
    first_commit(story, "A model, its card, its KPIs, and what the committee asks for")


def _asked(story: Story) -> None:
    story.say("── 2. What is asked, and what there is ──")
    story.type(f"mlops-gitops governance {MODEL} --pack laboratory", exits=1)
    story.say(
        "Nothing is released yet, and nobody attests that a pathologist can overrule the model.\n"
        "A pack that comes with the tool can be looked at before mlops.yaml names it. Most of this one applies later."
    )
    story.type(f"mlops-gitops governance {MODEL} --pack eu-ai-act", exits=1)


def _refused(story: Story) -> None:
    story.say("── 3. A release, which production does not take without the attestation ──")
    story.type(f"mlops-gitops release {MODEL} 1.0.0")
    merge(story, 1)
    story.type(f"mlops-gitops promote {MODEL} --to production --why 'First version'", exits=1)


def _attested(story: Story) -> None:
    story.say("── 4. A person states what no machine can check, and another one approves it ──")
    today = clock.today()
    path = _ATTESTATION.format(day=today)
    story.write(
        path,
        "apiVersion: mlops-gitops/v1\n"
        "kind: Decision\n"
        "type: attest\n"
        f'subject: {{model: {MODEL}, release: "1.0.0", requirement: LAB-4}}\n'
        "role: operations\n"
        "by: bob\n"
        "reason: We overruled it in three cases on the test bench.\n"
        f"expires: {today + timedelta(days=300)}\n",
    )
    story.type("git switch --quiet -c oversight")
    story.type("git add decisions")
    story.type("git commit --quiet -m 'Oversight of 1.0.0'")
    story.type("git push --quiet -u origin oversight")
    story.type("mlops-gitops pr open")
    story.type("git switch --quiet main")
    approve(story, 2, "bob")
    merge(story, 2)
    story.type(f"mlops-gitops promote {MODEL} --to production --why 'First version'")
    approve(story, 3, "bob", "carol")
    merge(story, 3)
    story.type(f"mlops-gitops governance {MODEL} --pack laboratory")


def _in_hindsight(story: Story) -> None:
    story.say("── 5. Would stricter gates have let it in? From the numbers on record, without data ──")
    draft = story.root / f"models/{MODEL}/kpis.yaml"
    text = draft.read_text().replace(
        "gate: {at_least: 0.85, confidence: 0.95}", "gate: {at_least: 0.95, confidence: 0.95}"
    )
    (story.root.parent / "stricter.yaml").write_text(text)
    story.say("(in an editor: ../stricter.yaml, a copy of its kpis.yaml: recall at_least: 0.85 → 0.95)")
    story.type("mlops-gitops replay --with ../stricter.yaml", exits=1)
    story.say("And the decision itself, derived again from what it depends on:")
    story.type(f"mlops-gitops replay promotions/production/{MODEL}/0001.json")


def _taken_away(story: Story) -> None:
    story.say("── 6. Evidence to take away ──")
    story.type(f"mlops-gitops explain verify {MODEL}")
    story.type("mlops-gitops inventory")
    story.type("mlops-gitops audit anchor --out ../anchor.json")
    story.type("mlops-gitops audit --anchor ../anchor.json")
    if shutil.which("ssh-keygen") is None:
        story.say("ssh-keygen is not installed here, so the export is not signed, and nothing shows who made it.")
        story.type("mlops-gitops audit export --out ../evidence.zip")
        story.type("mlops-gitops audit verify ../evidence.zip", exits=3)
        return
    story.type(f"ssh-keygen -q -t ed25519 -N '' -C {_WHO} -f ../audit-key")
    story.type("mlops-gitops audit export --out ../evidence.zip --sign ../audit-key")
    public = (story.root.parent / "audit-key.pub").read_text()
    story.write("../allowed", f"{_WHO} {public}")
    story.say("The auditor verifies it: no network, no Git, no repository.")
    story.type(f"{_offline(story)}mlops-gitops audit verify ../evidence.zip --allowed ../allowed --identity {_WHO}")


def _offline(story: Story) -> str:
    """What starts a program without a network, where this machine lets it; "" elsewhere."""
    program = Path(sys.executable).parent / "mlops-gitops"
    if shutil.which("unshare") is None or not program.exists():
        return ""
    return (
        "unshare --map-root-user --net " if process.run(["unshare", "-rn", "true"], str(story.root)).code == 0 else ""
    )


PART = Part(
    (_set_up, _asked, _refused, _attested, _in_hindsight, _taken_away),
    (
        "python -m zipfile -l ../evidence.zip     mlops-gitops governance --format html > governance.html",
        f"mlops-gitops bom {MODEL}           mlops-gitops replay --with eu-ai-act --at 2028-01-01",
    ),
)
