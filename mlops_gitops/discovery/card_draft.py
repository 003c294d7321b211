"""The first text of a model card: what the pipeline tells is filled in, and the rest is plainly blank."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.discovery.artifacts import Model
from mlops_gitops.discovery.drafts import BLANK, NOBODY, OPERATIONS, SCIENCE, Person, scalar, text

_LIBRARIES = {"skops": "sklearn", "h5": "keras", "keras": "keras", "onnx": "onnx", "pt": "pytorch", "pth": "pytorch"}


def card(model: Model, person: Person | None) -> str:
    """models/<model>/README.md."""
    return text(["---", *_front(model, person), "---", "", *_body(model)])


def _front(model: Model, person: Person | None) -> Iterator[str]:
    library = next((_LIBRARIES[ending] for ending in map(_ending, model.artifacts) if ending in _LIBRARIES), None)
    yield f"# The model card. Replace each `{BLANK}`; keys outside `mlops:` are the ones of the Hugging Face Hub."
    yield "# license: apache-2.0"
    yield f"library_name: {library}" if library else "# library_name: sklearn"
    if model.labels:
        yield f"tags: [{', '.join(map(scalar, filter(str.isprintable, model.labels)))}]"
    yield "mlops:"
    yield "  artifacts:  # the DVC-tracked files that a release pins"
    yield from (line for path in model.artifacts for line in _artifact(path))
    if not model.artifacts:
        yield f"    - path: models/{model.name}.pkl  # {BLANK} no model file was found; track yours with `dvc add`"
    owner = person or Person(NOBODY, NOBODY, "")
    contact = owner.email or owner.login
    yield "  owners:"
    yield f"    - {{name: {scalar(owner.name)}, contact: {scalar(contact)}, role: {SCIENCE}}}"
    yield f"    # - {{name: Bob, contact: bob@example.org, role: {OPERATIONS}}}"
    yield "  risk:"
    yield "    class: high  # minimal, limited, high or prohibited; high until somebody has thought about it"
    yield f'    rationale: "{BLANK} what a wrong answer of this model costs, and whom."'
    yield f'  intended_use: "{BLANK} who uses this model, to decide what."'
    yield f'  out_of_scope: "{BLANK} what it must not be used for."'
    yield f'  limitations: "{BLANK} where it is known to be weak: groups, ranges or times it has not seen."'


def _artifact(path: str) -> Iterator[str]:
    yield f"    - path: {scalar(path)}"
    if not _ending(path):
        yield "      format: unknown  # its name has no ending to tell: pickle, skops, onnx, …"


def _body(model: Model) -> Iterator[str]:
    about = " ".join(model.description.split()).replace("<", "&lt;")
    yield f"# {model.name}"
    yield from ("", about or f"{BLANK} what this model predicts, from what, and for whom.", "", "## Training", "")
    yield from _training(model)
    yield from ("", f"{BLANK} where the training data comes from, when it was collected, and who is not in it.")
    yield from ("", "## Evaluation", "")
    yield f"Its KPIs, and what they must reach: [kpis.yaml](kpis.yaml). `mlops-gitops gate {model.name}` measures them."
    yield from ("", "## Use", "", "The bytes that run in production, verified by digest:", "")
    yield f"    mlops-gitops fetch {model.name} --in production --out {model.name}"


def _training(model: Model) -> Iterator[str]:
    stage = model.stage
    if stage is None or not stage.name:
        yield f"{BLANK} how the model is trained, and how to train it again."
        return
    made = " and ".join(_code(path) for path in model.artifacts)
    yield f"Stage {_code(stage.name)} of {_code(stage.source)} makes {made} from:"
    yield from ("", *(f"- {_code(path)}" for path in stage.deps))
    if stage.command:
        yield from ("", f"It runs {_code(' '.join(stage.command.split()))}; `dvc repro` repeats it.")


def _code(text: str) -> str:
    """Text that Markdown takes for nothing but itself."""
    return f"`{text}`" if text.isprintable() and "`" not in text else "(a name that Markdown cannot show)"


def _ending(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""
