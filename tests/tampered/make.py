"""Makes the history that tests/audit/test_tampered_history.py audits, and writes down what the audit answers.

    PYTHONPATH=.:tests .venv/bin/python -m tampered.make            # the answer alone, of the history as it is
    PYTHONPATH=.:tests .venv/bin/python -m tampered.make --history  # the history too, which changes every commit

Two models are adopted, released, promoted, taken back and rolled out in waves, and most of what people can do wrong is
done: a comment that begins with "Wrong:" says so. Names and times are fixed: the same code makes the same bytes.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from independent.repository import Growing, Seen, Tag, git
from tampered.building import PIPELINE, Changes, History, md5, state

from mlops_gitops.cli.main import main
from mlops_gitops.core.canonical import sha256
from mlops_gitops.repository.policy_files import digest_of

OWN = Path(__file__).parent
BUNDLE, ANSWER = OWN / "history.bundle", OWN / "answer.json"
KEPT = ("diagnostics", "adoptions_before_baseline", "decisions", "adoptions", "policy_changes", "policy", "outcome")
START = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
PROJECT = """apiVersion: mlops-gitops/v1
kind: Project
branch: main
roles:
  data-science: [{login: alice, emails: [alice@example.org]}, {login: carol, emails: [carol@example.org]}]
  operations: [{login: bob, emails: [bob@example.org]}]
environments:
  staging: {approvals: {operations: 1}, soak: 2h}
  production: {after: [staging], approvals: {data-science: 1, operations: 1}}
policies: {adopt: {until: "2026-06-02", approvals: {data-science: 1}}}
"""
CARD = """---
license: apache-2.0
mlops:
  artifacts: [{path: models/MODEL/model.skops}]
  owners: [{name: Alice, contact: alice@example.org, role: data-science}]
  risk: {class: limited, rationale: Ranks accounts for a call.}
  intended_use: Choosing which accounts to call.
  out_of_scope: Pricing.
  limitations: One country.
---

# MODEL

Ranks accounts by how likely they are to leave.
"""
KPIS = """apiVersion: mlops-gitops/v1
kind: KPIs
model: MODEL
data:
  holdout: {path: models/MODEL/predictions.csv, key: customer, label: churned, prediction: predicted}
kpis:
  - {id: accuracy, metric: accuracy, data: holdout, owner: data-science, gate: GATE}
"""
GATES = {"churn": "{at_least: 0.85, no_worse_than: {baseline: production, by: 0.02}}", "fraud": "{at_least: 0.8}"}
WAVES = """targets:
  api:
    files:
      - path: deploy/fraud.yaml
        set: {uri: "m/{md5}", traffic: "{traffic}"}
  tills: {roster: fleets/tills.csv}
rollout:
  owner: operations
  waves:
    - {name: canary, targets: [api], traffic: 10, hold: 3h}
    - {name: cloud, targets: [api], approvals: {data-science: 1}}
    - {name: fleet, targets: [tills], hold: 1h}
"""
RULINGS = "rulings"  # where decisions lie, from before the first one on


def decision(kind: str, subject: str, *, by: str = "bob", expires: str = "") -> bytes:
    """A decision of operations."""
    more = f'expires: "{expires}"\n' if expires else ""
    head = f"apiVersion: mlops-gitops/v1\nkind: Decision\ntype: {kind}\nsubject: {{{subject}}}\nrole: operations\n"
    return f"{head}by: {by}\nreason: As agreed.\n{more}".encode()


def listed(history: History, *names: str) -> dict[str, Any]:
    """The decisions that a record depends on, as its predicate has them."""
    paths = [f"{RULINGS}/{name}.yaml" for name in names]
    return {"decisions": [{"path": path, "sha256": sha256(history.files[path])} for path in paths]}


def begin(history: History) -> None:
    """What ran before the tool came, the tool, a folder that moves while it is empty, and two adoptions."""
    # Wrong: no record ever explains the release in staging, nor that it goes.
    history.put({
        "environments/production/fraud.yaml": state("fraud", "production", "1.0.0"),
        "environments/staging/fraud.yaml": state("fraud", "staging", "0.5.0"), "docs/notes.md": "Notes\n",
    })  # fmt: skip
    models: Changes = {}
    for model, gate in GATES.items():
        top = f"models/{model}"
        texts = {"README.md": CARD, "kpis.yaml": KPIS.replace("GATE", gate), "dvc.yaml": PIPELINE}
        texts["test.csv.dvc"] = f"outs: [{{path: test.csv, hash: md5, md5: {md5(model, 'test')}, size: 50}}]\n"
        models |= {f"{top}/{name}": text.replace("MODEL", model).encode() for name, text in texts.items()}
    history.put({"mlops.yaml": PROJECT, ".dvc/config": "", "environments/staging/fraud.yaml": None, **models})
    history.edit("mlops.yaml", "branch: main\n", f"branch: main\npaths: {{decisions: {RULINGS}}}\n")
    history.put(history.release("fraud", "1.0.0"))
    history.put(history.record("fraud", "production", "adopt", "1.0.0"))


def promote(history: History) -> None:
    """Releases through both environments, later than the commits that add them; soaks, and those who skip them."""
    for version in ("1.0.0", "1.1.0"):
        history.put(history.release("churn", version), author="alice")
    history.put(history.record("churn", "staging", "promote", "1.0.0"))
    # Wrong: it has run for an hour, and two are wanted.
    history.put(history.record("churn", "production", "promote", "1.0.0"))
    history.put(history.record("churn", "staging", "promote", "1.1.0"))
    history.wait(3)
    history.put(history.record("churn", "production", "promote", "1.1.0"), author="alice")
    history.put(history.release("churn", "1.2.0"))
    # Wrong: it has never been in staging.
    history.put(history.record("churn", "production", "promote", "1.2.0"))
    history.put({f"{RULINGS}/hurry.yaml": decision(
        "override", 'model: churn, release: "1.2.0", environment: production, skip: soak', expires="2026-06-30"
    )})  # fmt: skip
    history.put(history.record("churn", "staging", "promote", "1.2.0"))
    history.put(history.record("churn", "production", "promote", "1.2.0", **listed(history, "hurry")))
    # Wrong: the record that it names as the one before, and what it replaces.
    history.put(history.record("churn", "staging", "promote", "1.0.0", previous=f"sha256:{'1' * 64}", replaces="7.7.7"))
    # Wrong: its number, and so the number of its file.
    history.put(history.record("churn", "staging", "promote", "1.2.0", sequence=9))
    # Wrong: nothing is left to adopt, and the time of adoptions is over.
    history.wait(24)
    history.put(history.record("churn", "production", "adopt", "1.1.0"))


def freeze(history: History) -> None:
    """A freeze of mlops.yaml with an override and without one, and the file FREEZE, through which a rollback passes."""
    history.put(history.release("churn", "1.3.0"))
    history.edit("mlops.yaml", "policies: {", 'policies: {freeze: [{from: "2026-06-01", to: "2026-06-20", '
                 "reason: A fair, environments: [staging]}], ")  # fmt: skip
    history.put({f"{RULINGS}/fair.yaml": decision(
        "override", 'model: churn, release: "1.3.0", environment: staging, skip: freeze', expires="2026-06-30"
    )})  # fmt: skip
    # Wrong: the override is there, and the record does not depend on it.
    history.put(history.record("churn", "staging", "promote", "1.3.0"))
    history.put(history.record("churn", "staging", "promote", "1.3.0", **listed(history, "fair")))
    # Wrong: staging is frozen.
    history.put(history.record("churn", "staging", "promote", "1.2.0"))
    history.edit("mlops.yaml", 'freeze: [{from: "2026-06-01", to: "2026-06-20", reason: A fair, '
                 "environments: [staging]}], ", "")  # fmt: skip
    history.put({"FREEZE": "An outage\n"})
    history.put(history.record("churn", "production", "rollback", "1.2.0"))
    # Wrong: everything is frozen.
    history.put(history.record("churn", "staging", "promote", "1.2.0"))
    history.put({"FREEZE": None})


def quarantine(history: History) -> None:
    """A quarantine and its lift, rollbacks and what they hold."""
    about = 'model: churn, release: "1.3.0"'
    history.put({f"{RULINGS}/leak.yaml": decision("quarantine", about)}, by=())
    # Wrong: it is quarantined.
    history.put(history.record("churn", "staging", "promote", "1.3.0"))
    # Wrong: nobody approved this lift, so it does not count, and the release stays in quarantine.
    history.put({f"{RULINGS}/early.yaml": decision("lift", about)}, approved="unmet", by=())
    history.put(history.record("churn", "staging", "promote", "1.3.0"))
    history.put({f"{RULINGS}/mended.yaml": decision("lift", about)})
    history.put(history.record("churn", "staging", "promote", "1.3.0"))
    history.wait(3)
    history.put(history.record("churn", "production", "promote", "1.3.0"))
    history.put(history.record("churn", "production", "rollback", "1.2.0"))
    # Wrong: the rollback holds it.
    history.put(history.record("churn", "production", "promote", "1.3.0"))
    history.put(history.record("churn", "production", "rollback", "1.2.0"))
    history.put({f"{RULINGS}/again.yaml": decision("lift", f"{about}, environment: production")})
    history.put(history.record("churn", "production", "promote", "1.3.0"))
    # Wrong: it has never been in force there.
    history.put(history.release("churn", "1.4.0"))
    history.put(history.record("churn", "production", "rollback", "1.4.0"))
    # Wrong: the same bytes as one that is in quarantine, by another name.
    history.put({f"{RULINGS}/bytes.yaml": decision("quarantine", 'model: churn, release: "1.4.0"')}, by=())
    again = history.release("churn", "1.5.0")
    lock = {"models/churn/dvc.lock": history.trained("churn", "1.4.0")["models/churn/dvc.lock"]}
    manifest = again["releases/churn/1.5.0.yaml"] or b""
    for what in ("artifact", "predictions"):
        manifest = manifest.replace(md5("churn", "1.5.0", what).encode(), md5("churn", "1.4.0", what).encode())
    history.put({**lock, "releases/churn/1.5.0.yaml": manifest})
    history.put(history.record("churn", "staging", "promote", "1.5.0"))


def holdout(history: History) -> None:
    """A holdout that may judge three releases, one that is waived, and one that is let through too late."""
    history.edit("models/churn/kpis.yaml", "prediction: predicted", "prediction: predicted, max_releases: 3")
    history.put(history.release("churn", "1.6.0"))
    # Wrong: the fourth release or more on one holdout.
    history.put(history.record("churn", "staging", "promote", "1.6.0"))
    newest = history.chain("churn", "staging")[-1].sequence
    path = f"promotions/staging/churn/{newest + 1:04}.json"
    waiver = decision("waiver", f"rule: holdout-wear, path: {path}", expires="2026-06-30")
    history.put({f"{RULINGS}/worn.yaml": waiver})
    history.put(history.record("churn", "staging", "promote", "1.6.0"))
    # Wrong: its waiver has expired.
    path = f"promotions/staging/churn/{newest + 2:04}.json"
    old = decision("waiver", f"rule: holdout-wear, path: {path}", expires="2026-06-02")
    history.put({f"{RULINGS}/worn-out.yaml": old})
    history.put(history.record("churn", "staging", "promote", "1.6.0"))


def rewrite(history: History) -> None:
    """Files on record that are changed, removed and brought back, and states that are set by hand."""
    manifest, record = "releases/churn/1.1.0.yaml", "promotions/production/churn/0002.json"
    kept = history.files[record]
    for path in (manifest, f"{RULINGS}/leak.yaml"):  # Wrong: what is on record stays as it is.
        history.put({path: history.files[path] + b"# a note\n"})
    # Wrong: removed, brought back, and removed with its state.
    history.put({record: None})
    history.put({record: kept})
    runs = history.files["environments/staging/churn.yaml"]
    # Wrong: set by hand, removed by hand; to bring it back is right.
    history.put({"environments/staging/churn.yaml": state("churn", "staging", "1.0.0")})
    history.put({"environments/staging/churn.yaml": None})
    history.put({"environments/staging/churn.yaml": runs})
    # Wrong: a record without its state, and a state that says something else than its record.
    for version, say in (("1.2.0", None), ("1.3.0", "1.1.0")):
        changes = history.record("churn", "staging", "promote", version)
        del changes["environments/staging/churn.yaml"]
        history.put(changes | ({"environments/staging/churn.yaml": state("churn", "staging", say)} if say else {}))


def lie(history: History) -> None:
    """Records and manifests that say what is not so."""
    accuracy = history.chain("churn", "staging")[-1].predicate["gates"][0]
    lies: list[dict[str, Any]] = [
        {"gates": [{**accuracy, "value": 0.5}]},
        {"gates": [{**accuracy, "at_least": 0.1}]},
        {"gates": [{**accuracy, "baseline": {**accuracy["baseline"], "record": f"sha256:{'2' * 64}"}}]},
        {"gates": []},
        {"policy": f"sha256:{'4' * 64}"},
        {"decisions": [{"path": f"{RULINGS}/fair.yaml", "sha256": "5" * 64}]},
    ]
    for each in lies:  # Wrong: what each of these says.
        history.put(history.record("churn", "staging", "promote", "1.2.0", **each))
    # Wrong: a rollback that gives no reason, and names an upstream record.
    upstream = [{"environment": "staging", "record": f"sha256:{'6' * 64}"}]
    history.put(history.record("churn", "production", "rollback", "1.2.0", why=" ", upstream=upstream))
    # Wrong: other bytes than those of the manifest.
    changes = history.record("churn", "staging", "promote", "1.2.0")
    path = next(path for path in changes if path.startswith("promotions/"))
    bytes_of_it = md5("churn", "1.2.0", "artifact").encode()
    history.put({**changes, path: (changes[path] or b"").replace(bytes_of_it, b"3" * 32)})
    # Wrong: below what is released, after what is not there, two at once, and of bytes that no stage made.
    history.put(history.release("churn", "0.9.0", supersedes=""))
    history.put(history.release("churn", "1.7.0", supersedes="7.7.7"))
    history.put({**history.release("churn", "1.8.0"), **history.release("churn", "1.9.0")})
    wrong, path = history.release("churn", "2.0.0"), "releases/churn/2.0.0.yaml"
    history.put({**wrong, path: re.sub(b'md5: "....', b'md5: "0000', wrong[path] or b"", count=1)})
    # Wrong: another artifact was evaluated, and a promotion of it says so again.
    history.put(history.release("churn", "2.1.0", judged=md5("other")))
    history.put(history.record("churn", "staging", "promote", "2.1.0"))


def decide(history: History) -> None:
    """Decisions by a stranger, about nothing, and of the policy."""
    about = 'model: churn, release: "1.2.0"'
    # Wrong: mallory is in no role, the environment is not there, and this is not the digest of the policy.
    history.put({f"{RULINGS}/stranger.yaml": decision("lift", about, by="mallory")})
    history.put({f"{RULINGS}/nowhere.yaml": decision("lift", f"{about}, environment: canary")})
    history.put({f"{RULINGS}/other-policy.yaml": decision("policy", f'policy: "sha256:{"8" * 64}"')})
    # Wrong: the threshold falls without a receipt, and judges a promotion; then the policy is stated.
    history.edit("models/fraud/kpis.yaml", "at_least: 0.8", "at_least: 0.7", approved=None)
    history.put(history.release("fraud", "1.1.0"))
    history.put(history.record("fraud", "staging", "promote", "1.1.0"))
    stated = decision("policy", f'policy: "{digest_of(history.snapshot)}"')
    history.put({f"{RULINGS}/stated.yaml": stated})
    # Wrong: a change that was merged unapproved, and one whose approvals its own author gave.
    history.edit("models/fraud/kpis.yaml", "at_least: 0.7", "at_least: 0.75", approved="unmet", by=())
    history.edit("models/fraud/kpis.yaml", "at_least: 0.75", "at_least: 0.8", author="carol")
    history.put({f"{RULINGS}/stated-again.yaml": decision("policy", f'policy: "{digest_of(history.snapshot)}"')})
    # Wrong: the folder of the records moves, and comes back; the project goes, and comes back.
    moved, project = f"paths: {{decisions: {RULINGS}, promotions: records}}", history.files["mlops.yaml"]
    history.edit("mlops.yaml", f"paths: {{decisions: {RULINGS}}}", moved)
    history.put({"mlops.yaml": project})
    history.put({"mlops.yaml": None})
    history.put({"mlops.yaml": project})
    history.put({f"{RULINGS}/stated-last.yaml": decision("policy", f'policy: "{digest_of(history.snapshot)}"')})


def roll_out(history: History) -> None:
    """A rollout in waves, as it should be; then one of which each step is wrong."""
    runs = history.settled("fraud", "staging")
    assert runs is not None
    path, deploy = "environments/staging/fraud.yaml", "deploy/fraud.yaml"
    history.put({
        path: state("fraud", "staging", runs.release, None, WAVES),
        deploy: f"uri: m/{md5('fraud', runs.release, 'artifact')}\ntraffic: 100\n",
        "fleets/tills.csv": "device,group\ntill-1,pilot\ntill-2,rest\n",
    })  # fmt: skip
    history.put(history.release("fraud", "1.2.0"))
    history.put(history.step("fraud", "open", "1.2.0", "canary"))
    history.wait(3)
    history.put(history.step("fraud", "advance", "1.2.0", "cloud"))
    history.put(history.step("fraud", "advance", "1.2.0", "fleet"))
    history.wait(1)
    history.put(history.step("fraud", "settle", "1.2.0"))
    history.put(history.release("fraud", "1.3.0"))
    # Wrong: past the waves, which leaves it held by the rollback.
    history.put(history.step("fraud", "promote", "1.3.0"))
    history.put(history.step("fraud", "rollback", "1.2.0"))
    history.put(history.release("fraud", "1.4.0"))
    history.put(history.step("fraud", "open", "1.4.0", "canary"))
    # Wrong: its canary has not held.
    history.put(history.step("fraud", "advance", "1.4.0", "cloud"))
    about = 'model: fraud, release: "1.4.0", environment: staging'
    history.put({f"{RULINGS}/halt.yaml": decision("pause", about)}, by=())
    # Wrong: there is no such wave; it goes on though it is paused, with other approvals; a device leaves; somebody
    # takes more traffic by hand; and another release is on its way at once.
    no_wave = decision("override", f"{about}, skip: hold, wave: moon", expires="2026-12-31")
    history.put({f"{RULINGS}/no-wave.yaml": no_wave})
    history.put(history.step("fraud", "advance", "1.4.0", "fleet", approvals={"operations": 1}))
    history.edit("fleets/tills.csv", "till-2,rest\n", "")
    history.edit(deploy, "traffic: 100", "traffic: 55")
    history.put(history.step("fraud", "open", "1.3.0", "canary"))
    history.put(history.step("fraud", "rollback", "1.2.0"))


def falsify_tags(history: History) -> None:
    """Receipts that are removed, moved, made lightweight, of other content, of another forge, or of nothing."""
    tags, line = history.repository.tags, history.repository.line

    def says(name: str, **facts: Any) -> None:
        head, _, body = (tags[name].message or "").partition("\n\n")
        tags[name] = Tag(tags[name].target, f"{head}\n\n{json.dumps({**json.loads(body), **facts}, indent=2)}\n")

    del tags["churn@v1.1.0"]
    tags["churn#staging#2"] = Tag(line[3].sha, tags["churn#staging#2"].message)
    tags["churn#staging#3"] = Tag(tags["churn#staging#3"].target, None)
    tags["churn@v9.9.9"] = tags["churn@v1.0.0"]
    tags["churn#production#2"] = Tag(_beside(history).sha, tags["churn#production#2"].message)
    says("churn#production#3", digest=f"sha256:{'9' * 64}")
    says("churn#production#4", forge="github")
    says("churn#production#5", approved="unproven")
    says("fraud#staging_cloud#3", approvals=[{"role": "operations", "by": "bob"}])
    says("fraud#staging#1", approvals=[{"role": "operations", "by": "alice"}])
    tags[f"mlops-gitops/policy/{line[5].sha}"] = tags[f"mlops-gitops/policy/{line[1].sha}"]


def _beside(history: History) -> Seen:
    """A commit that is on no first-parent line."""
    return history.repository.commit(history.files, (history.repository.line[2],))


def leave(history: History) -> None:
    """What the newest tree holds that no tree should."""
    history.put({
        "promotions/staging/churn/notes.txt": "By hand\n",
        "environments/canary/churn.yaml": state("churn", "qa", "1.0.0"),
        "Environments/staging/churn.yaml": "kind: DesiredState\n", f"{RULINGS}/draft.yaml": "kind: Decision\n",
    }, approved=None)  # fmt: skip
    changes = history.record("churn", "staging", "promote", "1.3.0")
    history.put({path: data for path, data in changes.items() if path.startswith("environments/")}, approved=None)


CHAPTERS = (
    begin, promote, freeze, quarantine, holdout, rewrite, lie, decide, roll_out, leave, falsify_tags
)  # fmt: skip


def write(folder: Path) -> None:
    """Makes the history in a new repository."""
    subprocess.run(["git", "init", "-q", "--template=", "-b", "main", str(folder)], check=True)
    with Growing(folder, [], {}, [], START) as repository:
        history = History(repository)
        for chapter in CHAPTERS:
            chapter(history)
    git(folder, "update-ref", "-d", "refs/heads/work")


def clone(folder: Path, bundle: Path = BUNDLE) -> None:
    """A clone of the history."""
    git(folder.parent, "clone", "-q", "--no-checkout", str(bundle), str(folder))


def answer(folder: Path, *words: str) -> dict[str, Any]:
    """What the audit says of a clone, in JSON."""
    out = io.StringIO()
    with _inside(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        main(["audit", *words, "--format", "json"])
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def kept(found: dict[str, Any]) -> dict[str, Any]:
    """The part of an answer that is written down."""
    return {key: found[key] for key in KEPT}


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def renew(*, history: bool) -> None:
    """Writes the answer, and the history where it is wanted."""
    with TemporaryDirectory() as top:
        if history:
            write(Path(top, "made"))
            git(Path(top, "made"), "bundle", "create", "-q", str(BUNDLE), "HEAD", "--branches", "--tags")
        clone(Path(top, "clone"))
        ANSWER.write_text(json.dumps(kept(answer(Path(top, "clone"))), indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--history", action="store_true", help="make the history anew")
    renew(history=parser.parse_args().history)
