"""Repositories of many shapes, as people have them before this tool comes, and what `init` must make of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from handmade import Run


@dataclass(frozen=True)
class Edit:
    """One edit by hand that the repository needs besides its card, its roles and a gate."""

    path: str
    old: str
    new: str
    why: str


@dataclass(frozen=True)
class Shape:
    """A repository: its files after the pipeline ran, and what `init` must make of it."""

    title: str
    files: Mapping[str, str]
    model: str
    artifacts: tuple[str, ...]
    first_kpi: str  # the beginning of the first KPI's `metric:`
    runs: tuple[Run, ...] = ()
    added: tuple[str, ...] = ()  # what `dvc add` tracks
    edits: tuple[Edit, ...] = ()
    folder: str = "churn"
    old: bool = False
    has_run: bool = True
    remote: str = "../../storage"
    faults: frozenset[str] = field(default_factory=frozenset)  # what doctor finds besides what it always does at first

    @property
    def place(self) -> str:
        """The folder of the model's card and KPIs."""
        return f"models/{self.model}"


def _rows(header: str, row: str, count: int = 60) -> str:
    """A table: `{n}` is the row, `{y}` the truth, `{p}` a good score of it and `{g}` what it says, at times wrong."""
    lines = []
    for n in range(count):
        truth = n % 2
        guess = 1 - truth if n % 10 == 0 else truth
        lines.append(row.format(n=n, y=truth, g=guess, p=round(0.1 + 0.6 * guess + (n % 7) / 50, 3)))
    return "\n".join([header, *lines]) + "\n"


def _metrics(**values: float) -> str:
    return json.dumps(values) + "\n"


PARAMS = Shape(
    "params and templates, a `dvc.lock` of DVC 2",
    {
        "params.yaml": "model: {path: out/churn.skops}\ntrain: {depth: 3}\n",
        "dvc.yaml": """stages:
  prepare:
    cmd: python prepare.py
    deps: [prepare.py]
    outs: [data/train.csv, data/test.csv]
    metrics: [reports/a_data.json: {cache: false}]
  train:
    cmd: python train.py
    deps: [train.py, data/train.csv]
    params: [train.depth]
    outs: ["${model.path}"]
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py, "${model.path}", data/test.csv]
    metrics: [reports/metrics.json: {cache: false}]
""",
        "prepare.py": "", "evaluate.py": "", "train.py": "from sklearn.tree import DecisionTreeClassifier\n",
        "data/train.csv": "a,b\n1,0\n", "data/test.csv": "a,b\n2,1\n", "out/churn.skops": "tree",
        "reports/a_data.json": _metrics(map=0.99, rows=2), "reports/metrics.json": _metrics(roc_auc=0.84, n=2),
    },
    "churn", ("out/churn.skops",), "{file: reports/metrics.json, key: roc_auc}",
    (
        Run("prepare", ("prepare.py",), ("data/train.csv", "data/test.csv"), ("reports/a_data.json",)),
        Run("train", ("train.py", "data/train.csv"), ("out/churn.skops",), params={"params.yaml": {"train.depth": 3}}),
        Run("evaluate", ("evaluate.py", "out/churn.skops", "data/test.csv"), (), ("reports/metrics.json",)),
    ),
    folder="work-7", old=True,
)  # fmt: skip

DVCLIVE = Shape(
    "`artifacts:` in `dvc.yaml`, metrics by DVCLive",
    {
        "dvc.yaml": """stages:
  train:
    cmd: python train.py
    deps: [train.py]
    outs: [models/digits.onnx]
    metrics: [dvclive/metrics.json: {cache: false}]
    plots: [dvclive/plots/loss.tsv: {cache: false}]
artifacts:
  digits: {path: models/digits.onnx, type: model, desc: Reads digits of meters, labels: [vision]}
params: [dvclive/params.yaml]
plots: [dvclive/plots]
metrics: [dvclive/metrics.json]
""",
        "train.py": "from dvclive import Live\nimport torch\n", "models/digits.onnx": "net",
        "dvclive/params.yaml": "lr: 0.1\n", "dvclive/plots/loss.tsv": "step\tloss\n0\t1.5\n1\t0.2\n",
        "dvclive/metrics.json": '{"train": {"acc": 0.99}, "eval": {"acc": 0.91}, "step": 2}\n',
    },
    "digits", ("models/digits.onnx",), "{file: dvclive/metrics.json, key: eval.acc}",
    (Run("train", ("train.py",), ("models/digits.onnx",), ("dvclive/metrics.json", "dvclive/plots/loss.tsv")),),
)  # fmt: skip

REGISTRY = Shape(
    "`artifacts.yaml`, data in S3",
    {
        "artifacts.yaml": "segmentation: {type: model, path: models/seg.onnx}\n",
        "dvc.yaml": """stages:
  train: {cmd: python train.py, deps: [train.py], outs: [models/seg.onnx]}
  test: {cmd: python test.py, deps: [test.py, models/seg.onnx], metrics: [metrics.json: {cache: false}]}
""",
        "train.py": "", "test.py": "", "models/seg.onnx": "net", "metrics.json": _metrics(dice=0.8, latency_p95_ms=12),
    },
    "segmentation", ("models/seg.onnx",), "{file: metrics.json, key: dice}",
    (Run("train", ("train.py",), ("models/seg.onnx",)),
     Run("test", ("test.py", "models/seg.onnx"), (), ("metrics.json",))),
    remote="s3://plain/seg",
)  # fmt: skip

_FOLDS = tuple(f"models/fold_{n}.txt" for n in range(5))
FOLDS = Shape(
    "five folds of a cross-validation",
    {
        "dvc.yaml": """stages:
  train:
    foreach: [0, 1, 2, 3, 4]
    do:
      cmd: python train.py ${item}
      deps: [train.py]
      outs: ["models/fold_${item}.txt"]
      metrics: ["metrics/fold_${item}.json": {cache: false}]
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py, models/fold_0.txt, models/fold_1.txt, models/fold_2.txt, models/fold_3.txt, models/fold_4.txt]
    outs: [predictions/oof.csv]
    metrics: [metrics/overall.json: {cache: false}]
""",
        "train.py": "import lightgbm\n", "evaluate.py": "",
        **{path: f"fold {n}" for n, path in enumerate(_FOLDS)},
        **{f"metrics/fold_{n}.json": _metrics(auc=0.8 + n / 100) for n in range(5)},
        "metrics/overall.json": _metrics(seconds=12.5),
        "predictions/oof.csv": _rows("row,y_true,y_score", "{n},{y},{p}"),
    },
    "churn", _FOLDS, "roc_auc\n    data: oof",
    (
        *(Run(f"train@{n}", ("train.py",), (path,), (f"metrics/fold_{n}.json",), cmd=f"python train.py {n}")
          for n, path in enumerate(_FOLDS)),
        Run("evaluate", ("evaluate.py", *_FOLDS), ("predictions/oof.csv",), ("metrics/overall.json",)),
    ),
)  # fmt: skip

NEVER_RUN = Shape(
    "stages that have never run",
    {
        "dvc.yaml": """stages:
  train: {cmd: python train.py, deps: [train.py], outs: [model.json]}
  evaluate: {cmd: python evaluate.py, deps: [evaluate.py, model.json], metrics: [metrics.json: {cache: false}]}
""",
        "train.py": "import xgboost\n", "evaluate.py": "", "model.json": "{}", "metrics.json": _metrics(rmse=2.5),
    },
    "churn", ("model.json",), "{file: metrics.json, key: to-be-chosen}",
    (Run("train", ("train.py",), ("model.json",)),
     Run("evaluate", ("evaluate.py", "model.json"), (), ("metrics.json",))),
    edits=(
        Edit("models/churn/kpis.yaml", "to-be-chosen", "rmse", "no run has written a number yet"),
        Edit("models/churn/kpis.yaml", "# gate: {at_least: …}", "gate: {at_most: 3}", "nor a value to propose"),
    ),
    has_run=False, faults=frozenset(["releasable"]),
)  # fmt: skip

PREDICTED = Shape(
    "predictions with probabilities and a predicted label",
    {
        "dvc.yaml": """stages:
  train: {cmd: python train.py, deps: [train.py], outs: [model.onnx]}
  predict: {cmd: python predict.py, deps: [predict.py, model.onnx], outs: [predictions.csv]}
  score:
    cmd: python score.py
    deps: [score.py, predictions.csv, truth.csv]
    metrics: [metrics.json: {cache: false}]
""",
        "train.py": "", "predict.py": "", "score.py": "", "model.onnx": "net", "metrics.json": _metrics(roc_auc=0.71),
        "truth.csv": _rows("id,churned", "{n},{y}"),
        "predictions.csv": "id,proba_0,proba_1,label\n"
        + "".join(f"{n},{1 - n / 100:.2f},{n / 100:.2f},{int(n > 50)}\n" for n in range(100)),
    },
    "churn", ("model.onnx",), "{file: metrics.json, key: roc_auc}",
    (Run("train", ("train.py",), ("model.onnx",)),
     Run("predict", ("predict.py", "model.onnx"), ("predictions.csv",)),
     Run("score", ("score.py", "predictions.csv", "truth.csv"), (), ("metrics.json",))),
)  # fmt: skip

BOOSTERS = Shape(
    "two boosters that predict together",
    {
        "dvc.yaml": """stages:
  train_lgb: {cmd: python lgb.py, deps: [lgb.py], outs: [models/lgb.txt]}
  train_xgb: {cmd: python xgb.py, deps: [xgb.py], outs: [models/xgb.ubj], metrics: [a_xgb.json: {cache: false}]}
  blend:
    cmd: python blend.py
    deps: [blend.py, models/lgb.txt, models/xgb.ubj]
    outs: [out/holdout.csv, out/test.csv]
    metrics: [metrics.json: {cache: false}]
""",
        "lgb.py": "import lightgbm\n", "xgb.py": "import xgboost\n", "blend.py": "", "a_xgb.json": _metrics(auc=0.99),
        "models/lgb.txt": "trees", "models/xgb.ubj": "more trees", "metrics.json": _metrics(kilobytes=90),
        "out/holdout.csv": _rows("id,target,prediction", "{n},{y},{g}"), "out/test.csv": "id,prediction\n1,0\n",
    },
    "churn", ("models/lgb.txt", "models/xgb.ubj"), "accuracy\n    data: holdout",
    (Run("train_lgb", ("lgb.py",), ("models/lgb.txt",)),
     Run("train_xgb", ("xgb.py",), ("models/xgb.ubj",), ("a_xgb.json",)),
     Run("blend", ("blend.py", "models/lgb.txt", "models/xgb.ubj"), ("out/holdout.csv", "out/test.csv"),
         ("metrics.json",))),
)  # fmt: skip

ADDED = Shape(
    "`.dvc` files and no stage",
    {"nets/sentiment.safetensors": "net", "metrics.json": _metrics(f1=0.8), "data/train.csv": "text\nfine\n"},
    "sentiment", ("nets/sentiment.safetensors",), "{file: metrics.json, key: f1}",
    added=("nets/sentiment.safetensors", "data/train.csv"),
    edits=(
        Edit("mlops.yaml", "\nroles:", "\npolicies: {unlinked_evaluation: allow}\nroles:",
             "no stage ties the numbers to the model"),
    ),
    faults=frozenset(["releasable"]),
)  # fmt: skip

NO_DVC = Shape(
    "no `.dvc/` committed",
    {
        ".gitignore": ".dvc/\n",
        "dvc.yaml": """stages:
  train: {cmd: python train.py, deps: [train.py], outs: [model.ubj]}
  evaluate: {cmd: python evaluate.py, deps: [evaluate.py, model.ubj], metrics: [metrics.json: {cache: false}]}
""",
        "train.py": "import xgboost\n", "evaluate.py": "", "model.ubj": "trees", "metrics.json": _metrics(mae=1.5),
    },
    "churn", ("model.ubj",), "{file: metrics.json, key: mae}",
    (Run("train", ("train.py",), ("model.ubj",)),
     Run("evaluate", ("evaluate.py", "model.ubj"), (), ("metrics.json",))),
    edits=(Edit(".gitignore", ".dvc/\n", "", "what is in `.dvc/config` must reach other clones"),),
    faults=frozenset(["bytes-pushed"]),
)  # fmt: skip

SHAPES = (PARAMS, DVCLIVE, REGISTRY, FOLDS, NEVER_RUN, PREDICTED, BOOSTERS, ADDED, NO_DVC)

_PROJECT = """stages:
  train:
    cmd: python train.py
    deps: [train.py]
    outs: [model.onnx]
    metrics: [metrics.json: {cache: false}]
"""
PROJECT_RUN = (Run("train", ("train.py",), ("model.onnx",), ("metrics.json",)),)


def project_files(metric: str, artifact: bool) -> dict[str, str]:
    """The files of a project below the top, with an entry of `artifacts:` or without."""
    entry = "artifacts:\n  model: {path: model.onnx, type: model}\n" if artifact else ""
    return {
        "dvc.yaml": _PROJECT + entry,
        "train.py": "",
        "model.onnx": metric,
        "metrics.json": _metrics(**{metric: 0.8}),
    }
