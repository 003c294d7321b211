"""The workflows that run this on GitHub: their text, with the branch and what the DVC remote needs filled in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from mlops_gitops.doctor import workflow_files
from mlops_gitops.doctor.workflow_files import Workflow
from mlops_gitops.documents.tree import Tree
from mlops_gitops.onboarding.file_drafts import yaml_scalar
from mlops_gitops.onboarding.simple_workflows import acts_without_app, without_app

NAMES = (
    "mlops-gitops.yml", "mlops-gitops-record.yml", "mlops-gitops-promote.yml", "mlops-gitops-monitor.yml",
    "mlops-gitops-retrain.yml",
)  # fmt: skip
RECORD, PROMOTE, MONITOR, RETRAIN = (f"{workflow_files.FOLDER}/{name}" for name in NAMES[1:])
_TEMPLATES = os.path.join(os.path.dirname(__file__), "workflows")  # those of earlier versions in folders of their own
_DATA = "        # DVC\n"  # in a template: where a step that reads data gets its settings
_WRITES = "        # DVC, to write\n"  # the same, of one that pushes too
# What DVC reads of its environment, by the beginning of the remote's address → the secret it is to come from.
SECRETS: Mapping[str, Mapping[str, str]] = {
    "s3": {"AWS_ACCESS_KEY_ID": "DVC_READ_KEY_ID", "AWS_SECRET_ACCESS_KEY": "DVC_READ_KEY"},
    "azure": {"AZURE_STORAGE_CONNECTION_STRING": "DVC_READ_CONNECTION_STRING"},
}
_INSTALLED = ("s3", "gs", "azure", "ssh")  # what the action's input `remotes` knows
_OPEN = ("", "http", "https", "file")  # a folder, or what is read without a secret, as far as its address says


def draft_workflows(
    branch: str, remotes: Sequence[str], version: str = "", live: Sequence[str] = (), *, simple: bool = False
) -> dict[str, str]:
    """Each workflow by its path; `remotes` are the addresses of the DVC remotes, `version` is an earlier one.

    `live` are the addresses of those where live data arrives, which only workflows that monitor or retrain read.
    `simple` ones act without an App, and none of them opens a pull request.
    """
    texts = {f"{workflow_files.FOLDER}/{name}": _template(name, version) for name in NAMES}
    if simple:
        texts = {path: without_app(text) for path, text in texts.items() if path not in (PROMOTE, RETRAIN)}
    read = {path: (*remotes, *live) if path in (MONITOR, RETRAIN) else remotes for path in texts}
    return {path: _filled(_named(text, branch), read[path]) for path, text in texts.items() if text}


def _filled(text: str, remotes: Sequence[str]) -> str:
    """A template with what its steps need to read the remotes, and to write to them."""
    text = text.replace(_WRITES, "".join(_data(remotes, writes=True)))
    return text.replace(_DATA, "".join(_data(remotes)))


def earlier_versions() -> tuple[str, ...]:
    """The released versions that wrote other workflows than this one."""
    with os.scandir(_TEMPLATES) as entries:
        return tuple(sorted(entry.name for entry in entries if entry.is_dir()))


def _named(text: str, branch: str) -> str:
    """A template with its branch. In full where a tag of the same name would be found too."""
    return text.replace("refs/heads/BRANCH", yaml_scalar(f"refs/heads/{branch}")).replace("BRANCH", yaml_scalar(branch))


def _data(remotes: Sequence[str], *, writes: bool = False) -> Iterator[str]:
    """The lines that a step needs to read the remotes: the rest of its `with:`, and its `env:`."""
    schemes, needed = {*map(_scheme, remotes)}, secrets(remotes, writes=writes)
    installed = [scheme for scheme in _INSTALLED if scheme in schemes]
    yield f"          remotes: {' '.join(installed)}\n" if installed else ""
    yield "        env:\n" if needed else ""
    yield from (f"          {name}: ${{{{ secrets.{secret} }}}}\n" for name, secret in needed.items())


def secrets(remotes: Sequence[str], *, writes: bool = False) -> Mapping[str, str]:
    """The variables that DVC needs for remotes, each with its secret; none where the addresses do not say.

    What `writes` has secrets of its own, so that whatever else runs may read only.
    """
    found = {name: secret for remote in remotes for name, secret in SECRETS.get(_scheme(remote), {}).items()}
    return {name: secret.replace("READ", "WRITE") if writes else secret for name, secret in found.items()}


def needs_unknown_credentials(remote: str) -> bool:
    """Whether a remote needs credentials that no variable alone can give it."""
    return _scheme(remote) not in {*SECRETS, *_OPEN}


def is_folder(remote: str) -> bool:
    """Whether a remote is a folder, which a runner of GitHub does not have."""
    return _scheme(remote) in ("", "file")


def is_simple(tree: Tree) -> bool:
    """Whether the workflows that are there act without an App."""
    return acts_without_app(tree, NAMES[1:])


def other_workflows(tree: Tree) -> list[str]:
    """The workflows that run a command of ours already, and are not those written here."""
    written = {f"{workflow_files.FOLDER}/{name}" for name in NAMES}
    workflows = workflow_files.read_workflows(tree).values()
    known = [workflow for workflow in workflows if isinstance(workflow, Workflow)]
    return [workflow.path for workflow in known if workflow.path not in written and _runs_mlops_gitops(workflow)]


def _runs_mlops_gitops(workflow: Workflow) -> bool:
    return any(step.commands() for job in workflow.jobs for step in job.steps)


def _scheme(remote: str) -> str:
    return remote.partition("://")[0].casefold() if "://" in remote else ""


def _template(name: str, version: str) -> str:
    place = os.path.join(_TEMPLATES, version, name)
    if version and not os.path.isfile(place):
        return ""  # it came later
    with open(place, encoding="utf-8") as file:
        return file.read()
