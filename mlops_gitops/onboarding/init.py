"""init: what a repository has already to the first text of each file it lacks, and what to do next."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Columns
from mlops_gitops.documents.schema_validation import schema
from mlops_gitops.documents.tree import Overlay, Tree
from mlops_gitops.onboarding import advice, card_draft, file_drafts, workflow_drafts
from mlops_gitops.onboarding.card_facts import card_facts
from mlops_gitops.onboarding.discover import Found
from mlops_gitops.onboarding.evaluations import evaluation
from mlops_gitops.onboarding.file_drafts import Person
from mlops_gitops.onboarding.models import Model, model_of
from mlops_gitops.pipelines.declared_stages import contains
from mlops_gitops.records import card, kpis, project
from mlops_gitops.repository.snapshot import Snapshot

# Before the name of a folder whose default place is taken: `models/` in .gitignore matches in every folder.
ELSEWHERE = "mlops-"


@frozen
class Facts:
    """What the tree does not say: about its Git repository, and what its tables hold."""

    repository: str
    branch: str
    person: Person | None
    ignored: frozenset[str]  # folders whose files Git ignores
    samples: Mapping[str, Columns]  # table → its first rows
    measured: Mapping[str, Mapping[str, float]] = {}  # table → metric → today's value
    github: bool | None = False  # whether to write workflows; None where only no other workflow of ours is there
    remote: str = ""  # the address of the DVC remote


@frozen
class Start:
    """The files to write, those that are there already, and what a person should know and do."""

    files: Mapping[str, str]
    kept: tuple[str, ...]
    models: tuple[str, ...]
    found: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    steps: tuple[str, ...]


def start(tree: Tree, found: Found, facts: Facts) -> Start:
    """The first files of a repository. Raises Error where there is nothing to start from, or it cannot be read."""
    snapshot = Snapshot(tree)
    _check(snapshot, found)
    models = _models(found, facts.repository)
    folders = snapshot.folders if snapshot.project else _folders(snapshot, found, models, facts.ignored)
    its = {model.name: evaluation(found, model, facts.samples, facts.measured) for model in models}
    texts = {project.PATH: file_drafts.project(_branch(facts.branch), facts.person, _moved(folders))}
    for model in models:
        path = card.KIND.path(folders, model=model.name)
        texts[path] = card_draft.card(
            model, facts.person, card_facts(snapshot, found.pipelines, model, facts.person, path)
        )
        texts[kpis.KIND.path(folders, model=model.name)] = file_drafts.kpis(model.name, its[model.name])
    texts[file_drafts.HOOKS] = file_drafts.hooks()
    others = workflow_drafts.others(tree)
    automated = facts.github or (facts.github is None and not others)
    texts |= workflow_drafts.drafts(_branch(facts.branch), facts.remote) if automated else {}
    files = {path: text for path, text in texts.items() if not tree.exists(path)}
    after = Snapshot(Overlay({path: text.encode() for path, text in files.items()}, tree))
    return Start(
        files,
        tuple(path for path in texts if path not in files),
        tuple(its),
        tuple(advice.summary(found, models, its)),
        (*advice.notes(after, found, models), *advice.on_workflows(facts.remote, others, facts.github, automated)),
        tuple(advice.warnings(after, facts.person, facts.ignored)),
        tuple(advice.steps(after, tuple(its), automated)),
    )


def _check(snapshot: Snapshot, found: Found) -> None:
    for problem in found.pipelines.broken:
        if "/" not in problem.span.path:
            help = "mend it, then run init again: what it says decides what is written"
            raise Error(f"{problem.span}: {problem.message}", help=help)
    if snapshot.project is None and snapshot.tree.exists(project.PATH):
        raise Error("mlops.yaml is here, and it is not valid", help="mlops-gitops validate mlops.yaml")
    if not found.pipelines.sources and not found.numbers and not snapshot.tree.exists(".dvc/config"):
        help = "dvc init, then make the model and its metrics outputs of stages in dvc.yaml"
        raise Error("there is nothing of DVC here, and no metrics file either", help=help)


def _branch(name: str) -> str:
    """The branch where merging promotes, if mlops.yaml can name it."""
    form = schema("project")["properties"]["branch"]["pattern"]
    return name if re.fullmatch(form.strip("^$"), name) else "main"


def _models(found: Found, repository: str) -> Sequence[Model]:
    """The models found; where only numbers were found, the one model they must be about."""
    measured = bool(found.numbers or found.missing)
    return found.models or ([Model(model_of(repository), ())] if measured else [])


def _moved(folders: Mapping[str, str]) -> dict[str, str]:
    return {name: folder for name, folder in folders.items() if folder != name}


def _folders(snapshot: Snapshot, found: Found, models: Sequence[Model], ignored: frozenset[str]) -> dict[str, str]:
    """Where the folders go: elsewhere where DVC would delete our files, Git ignore them, or others be in their way."""
    folders = {}
    for name, default in project.default_folders().items():
        places = [posixpath.join(default, *inner, "file") for inner in ((), *((model.name,) for model in models))]
        tracked = any(contains(out, place) for out in found.pipelines.outs() for place in places)
        elsewhere = f"{ELSEWHERE}{name}"
        taken = tracked or default in ignored or _has_others(snapshot, name, default)
        folders[name] = elsewhere if taken and elsewhere not in ignored else default
    return folders


def _has_others(snapshot: Snapshot, name: str, folder: str) -> bool:
    """Whether files lie in a folder of ours that validate would find fault with."""
    ours = {entry.path for entry in snapshot.entries() if entry.record is not None}
    return any(_is_odd(snapshot, name, path) for path in snapshot.tree.paths(folder) if path not in ours)


def _is_odd(snapshot: Snapshot, name: str, path: str) -> bool:
    harmless = posixpath.basename(path).startswith((".", "README"))
    return path in snapshot.index or (name != "models" and not harmless)
