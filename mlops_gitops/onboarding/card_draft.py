"""The first text of a model card: what the repository says is filled in, and the rest is a blank."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from mlops_gitops.discovery.models import Model
from mlops_gitops.onboarding.card_facts import CardFacts, Result, rounded
from mlops_gitops.onboarding.file_drafts import BLANK, Person, comment_lines, file_text, yaml_scalar
from mlops_gitops.pipelines.declared_stages import DeclaredStage, contains, has_template
from mlops_gitops.pipelines.dvc_projects import repro_command
from mlops_gitops.records.project import NOBODY

# The questions only people can answer, in their order.
QUESTIONS = {
    "intended_use": "who uses this model, to decide what.",
    "out_of_scope": "what it must not be used for.",
    "limitations": "where it is known to be weak: groups, ranges or times it has not seen.",
}
_PLACES = {"explainability": "explanation.md", "risk-assessment": "risks.md"}


def draft_card(model: Model, person: Person | None, facts: CardFacts) -> str:
    """models/<model>/README.md."""
    about = f"# The model card. Replace each `{BLANK}`; keys outside `mlops:` are the ones of the Hugging Face Hub."
    front = [
        about,
        *(line for key_lines in hub_lines(model, facts).values() for line in key_lines),
        *mlops_lines(model, person, facts, {}),
    ]
    return file_text(["---", *front, "---", "", *_body(model)])


# ── the front matter ──


def hub_lines(model: Model, facts: CardFacts) -> dict[str, list[str]]:
    """The Hub's keys → their lines; a key whose value is not known is a comment, or is left out."""
    lines = {
        "license": ["# license: apache-2.0  # name yours; without one, others may not use the model"],
        "library_name": [
            f"library_name: {facts.library}" if facts.library else "# library_name: sklearn  # the one that loads it"
        ],
    }
    if facts.task:
        lines["pipeline_tag"] = [f"pipeline_tag: {facts.task}  # as its metrics look"]
    if labels := [label for label in model.labels if label.isprintable() and not has_template(label)]:
        lines["tags"] = [f"tags: [{', '.join(map(yaml_scalar, labels))}]"]
    if facts.results:
        lines["model-index"] = [*_index(model, facts)]
    return lines


def _index(model: Model, facts: CardFacts) -> Iterator[str]:
    yield "model-index:"
    yield f"  - name: {yaml_scalar(model.name)}"
    yield "    results:"
    task = facts.task or f"{BLANK} the task, as the Hub names it"
    for result in facts.results:
        yield f"      - task: {{type: {yaml_scalar(task)}}}"
        yield f"        dataset: {dataset_entry(result)}"
        yield f"        metrics:  # as {result.file} has them"
        for number in result.numbers:
            leaf = number.key.rpartition(".")[2]
            name = f", name: {yaml_scalar(number.key)}" if leaf != number.key else ""
            yield f"          - {{type: {yaml_scalar(leaf)}{name}, value: {rounded(number.value)}}}"


def dataset_entry(result: Result | None = None) -> str:
    """The entry of a data set, in braces."""
    path = result.dataset if result else ""
    name = posixpath.basename(path).partition(".")[0] or path
    type, name = path or f"{BLANK} its identifier or path", name or f"{BLANK} the data it was measured on"
    return f"{{type: {yaml_scalar(type)}, name: {yaml_scalar(name)}}}"


def mlops_lines(model: Model, person: Person | None, facts: CardFacts, answers: Mapping[str, str]) -> Iterator[str]:
    """The lines of `mlops:`. `answers` are texts for some of the QUESTIONS, quoted from elsewhere."""
    yield "mlops:"
    yield "  artifacts:  # the DVC-tracked files that a release pins"
    yield from (line for path in model.artifacts for line in _artifact(path, facts.digests.get(path, "")))
    if not model.artifacts:
        yield f'    - path: "{BLANK} the model file, once DVC tracks it (dvc add, or the output of a stage)"'
    owner = person or Person(NOBODY, NOBODY, "")
    contact = owner.email or owner.login
    owner_role, *other_roles = map(yaml_scalar, facts.roles)
    yield "  owners:"
    yield f"    - {{name: {yaml_scalar(owner.name)}, contact: {yaml_scalar(contact)}, role: {owner_role}}}"
    yield from (f"    # - {{name: Bob, contact: bob@example.org, role: {role}}}" for role in other_roles[:1])
    yield "  risk:"
    yield "    class: high  # minimal, limited, high or prohibited; high until you choose another"
    yield f'    rationale: "{BLANK} what a wrong answer of this model costs, and whom."'
    for field, question in QUESTIONS.items():
        if answer := answers.get(field):
            yield from comment_lines("quoted from the text below: confirm or correct it", "  ")
        yield f"  {field}: {yaml_scalar(answer or f'{BLANK} {question}')}"
    yield from _evidence(facts)


def _artifact(path: str, digest: str) -> Iterator[str]:
    yield f"    - path: {yaml_scalar(path)}"
    if "." not in posixpath.basename(path):
        yield "      format: unknown  # its name has no ending to tell: pickle, skops, onnx, …"
    if digest:
        yield f"      md5: {yaml_scalar(digest)}  # the bytes this card is about"


def _evidence(facts: CardFacts) -> Iterator[str]:
    if facts.evidence:
        sentence = "Class high needs these, each a file in Git or DVC; "
        sentence += "`mlops-gitops validate --fix` writes their digests."
        yield from comment_lines(sentence, "  ")
        yield "  # evidence:"
    for kind in facts.evidence:
        place = yaml_scalar(f"{facts.home}/{_PLACES.get(kind, f'{kind}.md')}")
        yield f"  #   - {{id: {kind}, type: {kind}, path: {place}}}"


# ── the text ──


def _body(model: Model) -> Iterator[str]:
    about = "" if has_template(model.description) else " ".join(model.description.split()).replace("<", "&lt;")
    yield f"# {model.name}"
    yield from ("", about or f"{BLANK} what this model predicts, from what, and for whom.", "", "## Training", "")
    yield from _training(model)
    yield from ("", f"{BLANK} where the training data comes from, when it was collected, and who is not in it.")
    yield from ("", "## Evaluation", "")
    yield f"Its KPIs, and what they must reach: [kpis.yaml](kpis.yaml). `mlops-gitops gate {model.name}` measures them."
    yield from ("", "## Use", "", "The bytes that run in production, verified by digest:", "")
    yield f"    mlops-gitops fetch {model.name} --in production --out {model.name}"


def _training(model: Model) -> Iterator[str]:
    """How each file of the model is made, as its stage says."""
    if not model.stages:
        yield f"{BLANK} how the model is trained, and how to train it again."
    elif len(model.stages) == 1:
        (stage,) = model.stages
        artifacts = " and ".join(_code(path) for path in model.artifacts)
        yield f"Stage {_code(stage.name)} of {_code(stage.source)} makes {artifacts} from:"
        yield from ("", *(f"- {_code(path)}" for path in stage.deps))
        if _command(stage):
            yield from ("", f"It runs {_command(stage)}; `{repro_command(stage.source)}` repeats it.")
    else:
        sources = {stage.source for stage in model.stages}
        repro = repro_command(sources.pop()) if len(sources) == 1 else "dvc repro --all-pipelines"
        yield f"Several stages make it; `{repro}` repeats them:"
        yield from ("", *(_made_by(stage, model.artifacts) for stage in model.stages))


def _made_by(stage: DeclaredStage, artifacts: Sequence[str]) -> str:
    made = " and ".join(_code(path) for path in artifacts if any(contains(out, path) for out in stage.outs))
    read = ", ".join(map(_code, stage.deps))
    ran = f"; it runs {_command(stage)}" if _command(stage) else ""
    return f"- {_code(stage.name)} of {_code(stage.source)} makes {made}" + (f" from {read}" if read else "") + ran


def _command(stage: DeclaredStage) -> str:
    """The command, where no template is left in it."""
    return _code(" ".join(stage.command.split())) if stage.command and not has_template(stage.command) else ""


def _code(text: str) -> str:
    """Text that Markdown takes for nothing but itself."""
    return f"`{text}`" if text.isprintable() and "`" not in text else "(a name that Markdown cannot show)"
