"""The first text of each file that a team then owns: valid, with blanks for what only people know.

Names come out of other people's files, so each is quoted unless it is plain.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mlops_gitops import HOMEPAGE, __version__
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.discovery.benchmarks import Benchmark
from mlops_gitops.discovery.deployment_fields import DeploymentField
from mlops_gitops.discovery.evaluations import Evaluation
from mlops_gitops.discovery.metric_numbers import Number
from mlops_gitops.discovery.prediction_tables import Predictions
from mlops_gitops.documents.kind import API_VERSION
from mlops_gitops.documents.yaml_writer import to_yaml
from mlops_gitops.records.project import NOBODY

SCIENCE, OPERATIONS = "data-science", "operations"
HOOKS = ".pre-commit-config.yaml"
HOOK, PUSH_HOOK = "mlops-gitops-validate", "mlops-gitops-check-push"
BLANK = "To be written:"
MOST_NAMED = 12


@frozen
class Person:
    """Somebody as git knows them."""

    name: str
    login: str
    email: str


def yaml_scalar(text: str) -> str:
    """A text as one line of YAML, valid at any place."""
    return to_yaml({"x": text}).removeprefix("x: ").rstrip("\n")


def draft_project(branch: str, person: Person | None, folders: Mapping[str, str], *, solo: bool = False) -> str:
    """mlops.yaml. `folders` are those that are not in their default place; `solo`: one person works here alone."""
    lines = [
        "# What this repository releases goes through these environments"
        + (", without approvals." if solo else ", and these people approve it."),
        f"apiVersion: {API_VERSION}",
        "kind: Project",
        f"branch: {yaml_scalar(branch)}  # merging into it promotes",
        *(_solo_lines(_member(person)) if solo else _team_lines(person)),
    ]
    if folders:
        lines += ["paths:  # the default place of these is taken"]
        lines += [f"  {name}: {yaml_scalar(folder)}" for name, folder in folders.items()]
    return file_text(lines)


def _solo_lines(member: str) -> list[str]:
    """Roles, since KPIs have owners, and environments that need no approval."""
    return [
        "roles:",
        *(line for role in (SCIENCE, OPERATIONS) for line in (f"  {role}:", f"    - {member}")),
        "environments:  # once there are two of you, ask for approvals: staging: {approvals: {operations: 1}}",
        "  staging: {}",
        "  production: {after: [staging]}",
    ]


def _team_lines(person: Person | None) -> list[str]:
    """Roles with two people each, and environments that need their approvals."""
    member = _member(person)
    lines = ["roles:  # who asks for a promotion, or wrote it, cannot approve it: have two people in each"]
    login = person.login if person else ""
    science, operations = "carol" if login == "alice" else "alice", "dave" if login == "bob" else "bob"
    for role, first, other in ((SCIENCE, member, science), (OPERATIONS, _SOMEBODY_ELSE, operations)):
        lines += [f"  {role}:", f"    - {first}", f"    # - {{login: {other}, emails: [{other}@example.org]}}"]
    return [
        *lines,
        "environments:  # a release runs in staging before production may have it",
        f"  staging: {{approvals: {{{OPERATIONS}: 1}}}}",
        f"  production: {{after: [staging], approvals: {{{SCIENCE}: 1, {OPERATIONS}: 1}}}}",
    ]


_SOMEBODY_ELSE = f"{{login: {yaml_scalar(NOBODY)}}}  # somebody else: a person's approval counts for one role"


def _member(person: Person | None) -> str:
    if person is None:
        return f"{{login: {yaml_scalar(NOBODY)}}}"
    emails = f", emails: [{yaml_scalar(person.email)}]" if person.email else ""
    return f"{{login: {yaml_scalar(person.login)}{emails}}}  # you, by your login at the forge"


def draft_hooks() -> str:
    """.pre-commit-config.yaml."""
    return file_text([
        "# mlops-gitops checks its files before each commit, after: pre-commit install",
        "# and what is pushed, with its gates, after: pre-commit install --hook-type pre-push",
        "repos:", f"  - repo: {HOMEPAGE}", f"    rev: v{__version__}", "    hooks:",
        *(f"      - id: {id}" for id in (HOOK, PUSH_HOOK)),
    ])  # fmt: skip


def hook_entry() -> str:
    """The entry under `repos:` that runs our hooks, in one line."""
    ids = ", ".join(f"{{id: {id}}}" for id in (HOOK, PUSH_HOOK))
    return f"- {{repo: {HOMEPAGE}, rev: v{__version__}, hooks: [{ids}]}}"


# ── the desired state ──


def draft_targets(model: str, environment: str, fields: Iterable[DeploymentField]) -> str:
    """environments/<environment>/<model>.yaml before a promotion: comments alone, which name what could be set."""
    files: dict[tuple[str, str], list[DeploymentField]] = {}
    for field in fields:
        files.setdefault((field.path, to_yaml(dict(field.select))), []).append(field)
    names = _target_names([path for path, _ in files])
    lines = [
        *comment_lines(
            f"These fields of your files name what {environment} runs of {model}: a promotion can set them."
        ),
        *comment_lines(
            "Nothing is set yet. The first promotion writes its lines above these. Take the `# ` away then, change "
            "what does not fit, and merge it; `mlops-gitops validate` names each field that says something else. "
            "{md5} is the digest of the model's file and {release} its version."
        ),
        "",
        "# targets:",
        *(
            f"# {line}"
            for name, found in zip(names, files.values(), strict=True)
            for line in _target_lines(name, found)
        ),
    ]
    return file_text(lines)


def _target_names(paths: Sequence[str]) -> list[str]:
    """A name for the target of each file, after it; numbered where two would be the same."""
    found: list[str] = []
    for path in paths:
        stem = re.sub("[^a-z0-9]+", "-", path.rpartition("/")[2].partition(".")[0].lower()).strip("-")[:50] or "target"
        found.append(stem if stem not in found else f"{stem}-{len(found) + 1}")
    return found


def _target_lines(name: str, fields: Sequence[DeploymentField]) -> Iterator[str]:
    first = fields[0]
    yield f"  {name}:"
    yield "    files:"
    yield f"      - path: {yaml_scalar(first.path)}"
    if first.select:
        selected = ", ".join(f"{key}: {yaml_scalar(value)}" for key, value in first.select.items())
        yield f"        select: {{{selected}}}"
    yield "        set:"
    for field in fields:
        yield f"          {yaml_scalar(field.field)}: {yaml_scalar(field.template)}  # now {yaml_scalar(field.value)}"
    if not any("{md5}" in field.template for field in fields):
        yield "    # mutable: accepted  # it names no bytes: only where your registry keeps tags from being moved"


# ── the KPIs ──


def draft_kpis(model: str, evaluation: Evaluation) -> str:
    """models/<model>/kpis.yaml."""
    lines = [
        *comment_lines(f"What {model} must reach before it is promoted; `mlops-gitops gate {model}` measures it."),
        *comment_lines(
            "A gate stays a comment until your team has agreed to its threshold; today's value is only a proposal. "
            "Make it one then, and say with `why:`, beside the gate, what the number is worth."
        ),
        *comment_lines(
            "With `confidence: 0.95` in it, what the rows must prove is asked, and not what they show: "
            f"`mlops-gitops gate plan {model}` tells which threshold so many rows can prove."
        ),
        f"apiVersion: {API_VERSION}",
        "kind: KPIs",
        f"model: {yaml_scalar(model)}",
    ]
    lines += _data_sets(evaluation)
    for path in evaluation.shared:
        lines += comment_lines(f"Nothing says which model {path} is about: remove its KPIs where it is another one.")
    lines += ["kpis:", *(line for benchmark in evaluation.benchmarks for line in _benchmark(model, benchmark))]
    return file_text([*lines, *_unused_numbers(evaluation.left)])


def _data_sets(evaluation: Evaluation) -> Iterator[str]:
    """`data:` with what is known; what a person must say first is a comment in it, valid once it is uncommented."""
    for predictions, doubt in evaluation.doubted.values():
        yield from comment_lines(
            f"{predictions.path} is not used: {doubt}. Once it holds the true value of each row, name its column as "
            "`label:`, and KPIs with this `data:` are measured on it. Where another file holds the true values, "
            "write `label: {path: FILE, key: COLUMN, column: COLUMN}`."
        )
    for path in evaluation.likely.values():
        yield from comment_lines(
            f"{path} is called like predictions, and what its columns are is not known. Name them, and KPIs such as "
            "`metric: accuracy` with this `data:` are measured on it, and compared row by row with what runs. Where "
            "another file holds the true values, write `label: {path: FILE, key: COLUMN, column: COLUMN}`."
        )
    doubted = [line for name, (table, _) in evaluation.doubted.items() for line in _unlabelled(name, table)]
    possible = [*doubted, *(line for name, path in evaluation.likely.items() for line in _likely(name, path))]
    if evaluation.data:
        yield "data:"
    elif possible:
        yield from ("", "# data:")
    yield from (line for name, data in evaluation.data.items() for line in _data(name, data))
    yield from (f"# {line}" for line in possible)


def _unlabelled(name: str, predictions: Predictions) -> Iterator[str]:
    columns = {meaning: "…" if meaning == "label" else column for meaning, column in predictions.columns.items()}
    return _data(name, replace(predictions, columns=columns))


def _likely(name: str, path: str) -> Iterator[str]:
    yield from (f"  {yaml_scalar(name)}:", f"    path: {yaml_scalar(path)}")
    yield from (f"    {meaning}: …" for meaning in ("key", "label", "prediction", "score"))


def _data(name: str, predictions: Predictions) -> Iterator[str]:
    yield f"  {yaml_scalar(name)}:"
    yield f"    path: {yaml_scalar(predictions.path)}"
    yield from (f"    {meaning}: {yaml_scalar(column)}" for meaning, column in predictions.columns.items())
    if predictions.positive is not None:
        yield f"    positive: {yaml_scalar(predictions.positive)}"
    if "key" not in predictions.columns:
        yield "    # key: the column that identifies a row; a gate with no_worse_than needs it"
    if "prediction" not in predictions.columns:
        yield "    # threshold: 0.5  # a row is predicted positive from this score on: for accuracy, f1, …"


def _benchmark(model: str, benchmark: Benchmark) -> Iterator[str]:
    speed = isinstance(benchmark.metric, Number) and benchmark.metric.is_speed
    lines = [f"- id: {yaml_scalar(benchmark.id)}", f"  metric: {_metric(benchmark.metric)}"]
    lines += [f"  data: {yaml_scalar(benchmark.data)}"] if benchmark.data else []
    lines += [f"  owner: {OPERATIONS if speed else SCIENCE}", *(f"  {line}" for line in _gate(model, benchmark))]
    yield from comment_lines(benchmark.obstacle, "  ")
    for line in lines:
        yield f"  # {line}" if benchmark.commented else f"  {line}"


def _metric(metric: str | Number) -> str:
    if isinstance(metric, str):
        return yaml_scalar(metric)
    return f"{{file: {yaml_scalar(metric.file)}, key: {yaml_scalar(metric.key)}}}"


def _gate(model: str, benchmark: Benchmark) -> Iterator[str]:
    if benchmark.today is None:
        bound = "at_most" if benchmark.lower else "at_least"
        yield f"# gate: {{{bound}: …}}  # mlops-gitops gate {model} shows today's value"
        return
    unsure = "" if benchmark.today.better else "  # or at_most, if lower is better"
    source = f"  # as {yaml_scalar(benchmark.today.file)} has it today" if benchmark.borrowed else ""
    yield f"# gate: {{{benchmark.today.threshold()}}}{unsure}{source}"


def _unused_numbers(numbers: Iterable[Number]) -> Iterator[str]:
    """The numbers that are not KPIs, the likely ones first, in a paragraph for each file or files alike."""
    files: dict[str, list[str]] = {}
    for number in sorted(numbers, key=lambda number: not number.measures_model):
        files.setdefault(number.file, []).append(number.key)
    alike: dict[tuple[str, ...], list[str]] = {}
    for file, keys in files.items():
        alike.setdefault(tuple(keys), []).append(file)
    for every, paths in alike.items():
        names = [*every[:MOST_NAMED], *([f"and {len(every) - MOST_NAMED} more"] if len(every) > MOST_NAMED else [])]
        places = paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} files with the same keys"
        yield from comment_lines(f"Not taken from {places}, and added the same way: {', '.join(names)}")


def comment_lines(sentence: str, indent: str = "") -> list[str]:
    """A sentence as YAML comments. It has no line break: the paths and keys in it are printable."""
    wrapped = textwrap.wrap(sentence, 116 - len(indent), break_long_words=False, break_on_hyphens=False)
    return [f"{indent}# {line}" for line in wrapped]


def file_text(lines: Iterable[str]) -> str:
    """Lines as a file has them."""
    return "\n".join(lines) + "\n"
