"""The files of a stage that explains a model: its script, and dvc.yaml with its entry."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from mlops_gitops.core.errors import Error
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.yaml_writer import to_yaml
from mlops_gitops.onboarding.explanations.plan import ExplainPlan
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records.kpis import DataSet

_LOAD = {
    "skops": ("import skops.io", "skops.io.load(ARTIFACT)"),
    "joblib": ("import joblib", "joblib.load(ARTIFACT)"),
    "pickle": ("import pickle", "pickle.loads(Path(ARTIFACT).read_bytes())"),
    "onnx": ("import onnxruntime", "onnxruntime.InferenceSession(ARTIFACT)"),
}


def stage_files(plan: ExplainPlan, tracking: Tracking, *, shap: bool) -> dict[str, bytes]:
    """Path → bytes: the script, and dvc.yaml with the stage. Raises Error where one cannot be written."""
    if tracking.tree.exists(plan.script):
        raise Error(f"{plan.script} is there already", help="remove it first, or change it as you need")
    path = posixpath.join(plan.folder, "dvc.yaml")
    return {plan.script: script(plan, shap=shap).encode(), path: _with_stage(plan, tracking.document(path), path, shap)}


# ── dvc.yaml ──


def stage_entry(plan: ExplainPlan, *, shap: bool) -> dict[str, Any]:
    """The stage as dvc.yaml has it."""
    labels = [plan.data.labels.path] if plan.data.labels else []
    read = dict.fromkeys([plan.script, plan.artifact.path, plan.table, plan.data.path, *labels])
    outs: list[Any] = [_inside(plan, plan.report("whatif.parquet"))]
    outs += [_inside(plan, plan.report("shap.parquet"))] if shap else []
    outs += [{_inside(plan, plan.report("explain.json")): {"cache": False}}]
    deps = [_inside(plan, path) for path in read]
    return {plan.stage: {"cmd": f"python {_inside(plan, plan.script)}", "deps": deps, "outs": outs}}


def _inside(plan: ExplainPlan, path: str) -> str:
    return posixpath.relpath(path, plan.folder) if plan.folder else path


def _with_stage(plan: ExplainPlan, document: Document | None, path: str, shap: bool) -> bytes:
    entry = stage_entry(plan, shap=shap)
    if document is None:
        return to_yaml({"stages": entry}).encode()
    stages = document.data.get("stages") if isinstance(document.data, dict) else None
    if isinstance(stages, dict) and plan.stage in stages:
        raise Error(f"{path} has the stage {plan.stage} already", help=f"dvc repro {plan.stage}")
    if isinstance(stages, dict) and stages and (written := _appended(document, stages, entry)) is not None:
        return written
    raise Error(f"the stage cannot be added to {path}", help=f"add it yourself: {entry}")


def _appended(document: Document, stages: Mapping[str, Any], entry: Mapping[str, Any]) -> bytes | None:
    """dvc.yaml with the stage behind the others; None where that changes anything else."""
    first = document.span(("stages", next(iter(stages))), key=True)
    begun = document.span(("stages",), key=True).line
    others = [document.span((key,), key=True).line for key in document.data]
    end = min((line for line in others if line > begun), default=len(document.lines) + 1) - 1
    newline = "\r\n" if document.lines and document.lines[0].endswith("\r\n") else "\n"
    lines = [line if line.endswith("\n") else line + newline for line in document.lines]
    added = [" " * (first.column - 1) + line + newline for line in to_yaml(entry).splitlines()]
    text = "".join([*lines[:end], *added, *lines[end:]])
    again = parse(document.path, text.encode())
    wanted = {**document.data, "stages": {**stages, **entry}}
    return text.encode() if not again.problems and again.data == wanted else None


# ── the script ──


def script(plan: ExplainPlan, *, shap: bool) -> str:
    """The script of the stage, a file of its user's own."""
    template = files("mlops_gitops").joinpath("onboarding", "explanations", "explain.py.txt").read_text("utf-8")
    parts = template.split("# ── shap\n")
    text = parts[0] + (parts[1] if shap else "") + parts[2]
    imports = [*(["import shap"] if shap else []), _LOAD[plan.artifact.format][0]]
    written = {
        "IMPORTS": "\n".join(sorted(imports)),
        "FUNCTION": plan.function,
        "CONSTANTS": _constants(plan, shap=shap),
        "MODEL": _model(plan),
    }
    for name, lines in written.items():
        text = text.replace(f"@{name}@", lines)
    return text


def _constants(plan: ExplainPlan, *, shap: bool) -> str:
    data = plan.data
    labels = data.labels
    join = (_inside(plan, labels.path), labels.key) if labels else None
    inside = {name: _inside(plan, plan.report(name)) for name in ("explain.json", "whatif.parquet", "shap.parquet")}
    lines = [
        f"MODEL, KPI, METRIC = {_text(plan.model)}, {_text(plan.kpi.id)}, {_text(plan.metric.id)}",
        f"FOLDER = {_text(plan.folder)}  # in the repository, of this stage's dvc.yaml",
        f"ARTIFACT = {_text(_inside(plan, plan.artifact.path))}",
        f"ANSWERS, KEY = {_text(_inside(plan, data.path))}, {_text(data.key)}",
        f"ANSWER, LABEL = {_text(data.score or data.prediction)}, {_text(labels.column if labels else data.label)}",
        f"LABELS = {_text(join)}  # another file with the labels, and its key",
        f"TABLE, TABLE_KEY = {_text(_inside(plan, plan.table))}, {_text(data.key)}",
        f"EXPLANATION, WHAT_IF = {_text(inside['explain.json'])}, {_text(inside['whatif.parquet'])}",
        *([f"SHAP, SHAP_ROWS = {_text(inside['shap.parquet'])}, 50"] if shap else []),
        f"SIGN = {-1 if plan.metric.better == 'lower' else 1}  # -1 for a metric of which less is better",
        "FEATURES = [",
        *(f"    {_text(name)}," for name in plan.features),
        "]",
    ]
    return "\n".join(lines)


def _text(value: object) -> str:
    """A text, a list of texts or None as Python source."""
    written = json.dumps(value, ensure_ascii=False)
    return "None" if value is None else f"({written[1:-1]})" if isinstance(value, tuple) else written


def _model(plan: ExplainPlan) -> str:
    """The functions that load the model, answer rows and measure answers."""
    function, takes, data = plan.function, plan.takes, plan.data
    positive = "labels" if takes == "quantity" else f"labels == {_positive(plan.data)}"
    given = f"answers >= {data.threshold!r}" if takes in ("class", "positive class") else "answers"
    return f"""def load():
    return {_LOAD[plan.artifact.format][1]}


def answers(model, rows):
{_answers(plan)}


def measured(labels, answers):
    return {function}({positive}, {given})"""


def _positive(data: DataSet) -> str:
    return "1" if data.positive is None else repr(data.positive)


def _answers(plan: ExplainPlan) -> str:
    if plan.artifact.format == "onnx":
        return """    (name,) = (each.name for each in model.get_inputs())
    found = model.run(None, {name: np.asarray(rows, np.float32)})[-1]
    return found[:, -1] if found.ndim == 2 else found"""
    return "    return model.predict_proba(rows)[:, 1]" if plan.data.score else "    return model.predict(rows)"
