"""What the clouds would answer: `python src/clouds.py kserve` or `argocd`. No cluster runs here, so this stands in for

    kubectl get inferenceservice refunds -o json
    kubectl get application refunds -n argocd -o json

It reads the manifests of origin/main, as a controller does, and answers as if all of it had been applied.
"""

import json
import subprocess
import sys

import yaml


def git(*words):
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout


def kserve():
    found = yaml.safe_load(git("show", "origin/main:deploy/eu/refunds.yaml"))
    found["metadata"]["generation"] = 1
    share, newest = found["spec"]["predictor"]["canaryTrafficPercent"], "refunds-predictor-00002"
    traffic = [{"revisionName": newest, "latestRevision": True, "percent": share}]
    if share < 100:
        traffic.append({"revisionName": "refunds-predictor-00001", "percent": 100 - share})
    predictor = {"latestReadyRevision": newest, "latestCreatedRevision": newest, "traffic": traffic}
    found["status"] = {
        "observedGeneration": 1,
        "conditions": [{"type": "Ready", "status": "True"}],
        "modelStatus": {"transitionStatus": "UpToDate"},
        "components": {"predictor": predictor},
    }
    return found


def argocd():
    commit = git("rev-parse", "origin/main").strip()
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "refunds", "namespace": "argocd"},
        "status": {"sync": {"status": "Synced", "revision": commit}, "health": {"status": "Healthy"}},
    }


print(json.dumps({"kserve": kserve, "argocd": argocd}[sys.argv[1]](), indent=2))
