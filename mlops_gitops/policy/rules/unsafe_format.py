"""An artifact is kept in a format that holds no code.

Loading a pickle runs any code that its author put into it, and joblib, cloudpickle, PyTorch's .pt and NumPy's object
arrays are pickles; Keras files may hold code in their lambda layers. A registry of such files hands every consumer
whatever somebody once pushed. For risk class high such a format is refused, for others it is warned of.

Save the model as skops (scikit-learn), safetensors (PyTorch, JAX), onnx (any), or in the library's own data format
(XGBoost's .ubj and .json, LightGBM's .txt, CatBoost's .cbm, GGUF).
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.cards.placeholders import placeholder, says_nothing
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.records.card import COMPRESSED, Card, CardArtifact, artifact_format, canonical_format
from mlops_gitops.repository.context import Context

# format → why it is unsafe, and what to use in its place
_CODE = ("pickle", "joblib")  # in whatever longer name
_PICKLE = "loading it runs code that its author chose"
_UNSAFE = {
    "pickle": (_PICKLE, "skops, onnx or safetensors"),
    "joblib": (_PICKLE, "skops or onnx"),
    "cloudpickle": (_PICKLE, "skops or onnx"),
    "dill": (_PICKLE, "skops or onnx"),
    "pytorch": (_PICKLE, "safetensors or onnx"),
    "bin": (_PICKLE + ", if it is PyTorch's", "safetensors; say `format:` where it is another's"),
    "ckpt": (_PICKLE, "safetensors or onnx"),
    "npy": ("an array of objects in it is a pickle", "safetensors"),
    "npz": ("an array of objects in it is a pickle", "safetensors"),
    "hdf5": ("a lambda layer in it is code", "onnx or safetensors"),
    "keras": ("a lambda layer in it is code", "onnx or safetensors"),
    "mar": ("it holds a handler's code", "onnx or safetensors"),
    "rds": (_PICKLE, "onnx"),
}


_OPAQUE = frozenset({"zip", "tar", "tgz", "7z", "rar", *COMPRESSED})  # what only packs other files
_NO_FORMAT = frozenset({"unknown", "none", "na", "n-a", "other", "binary", "unspecified", "tbd", "todo"})
_UNKNOWN = "so it is unknown whether loading it runs code"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding an artifact: an error for risk class high."""
    for model_card in context.head.records(card.KIND, Card):
        document = context.head.document(model_card.path)
        severity = Severity.ERROR if model_card.risk == "high" else Severity.WARNING
        for n, artifact in enumerate(model_card.artifacts):
            stated = document.data["mlops"]["artifacts"][n].get("format", "")
            found = _no_format(artifact.path, stated) or _fault(artifact)
            if found:
                key, message, help = found
                route = ("mlops", "artifacts", n, key)
                yield document.problem(RULE.id, f"{artifact.path} {message}", route, severity=severity, help=help)


def _no_format(path: str, stated: str) -> tuple[str, str, str] | None:
    """The fault of a `format:` that is written and names none."""
    ending = artifact_format(path)
    if stated not in _NO_FORMAT or _is_blank(path) or ending in _UNSAFE:
        return None
    known = ending != "unknown" and ending not in _OPAQUE
    help = "remove it: the file name says it" if known else "write the format, such as skops, safetensors or onnx"
    return "format", f"has `format: {stated}`, which names no format, {_UNKNOWN}", help


def _is_blank(path: str) -> bool:
    """Whether a path names no file yet, which the rule card-placeholders reports."""
    return bool(placeholder(path)) or says_nothing(path)


def _fault(artifact: CardArtifact) -> tuple[str, str, str] | None:
    """The key that shows an unsafe format, why it is unsafe, and what to do; None for a safe one."""
    if _is_blank(artifact.path):
        return None
    ending, stated = artifact_format(artifact.path), canonical_format(artifact.format)
    # What the name says weighs more than what the card says: a pickle that calls itself onnx is a pickle.
    named = ending if ending in _UNSAFE and ending != "bin" else stated
    unsafe = next(
        (known for known in _UNSAFE if known == named or (known in _CODE and known in named)),
        None,
    )
    key = "format" if named == stated != ending else "path"
    if unsafe:
        reason, instead = _UNSAFE[unsafe]
        return key, f"is of format {named}: {reason}", f"save it as {instead}"
    if named in _OPAQUE or named == "unknown":
        return key, f"names no format, {_UNKNOWN}", "add `format:`"
    return None


RULE = Rule(
    "unsafe-format",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard",),
    severities=(Severity.ERROR, Severity.WARNING),
    waivable=True,
    ok=(
        (Edit("models/churn/README.md", "model.skops}", "model.bin, format: gguf}"),),
        (Edit("models/churn/README.md", "path: models/churn/model.skops", "path: ' '"),),
        (Edit("models/churn/README.md", "path: models/churn/model.skops", "path: 'To be written: the file'"),),
    ),
    bad=(
        (
            Edit("models/churn/README.md", "model.skops}", "model.pkl}"),
            Edit("models/churn/README.md", "class: limited", "class: high"),
        ),
        (Edit("models/churn/README.md", "model.skops}", "model.pkl}"),),
        (Edit("models/churn/README.md", "model.skops}", "model.pkl, format: onnx}"),),
        (Edit("models/churn/README.md", "model.skops}", "model, format: joblib}"),),
        (Edit("models/churn/README.md", "model.skops}", "model.joblib.gz}"),),
        (Edit("models/churn/README.md", "model.skops}", "model.zip}"),),
        (Edit("models/churn/README.md", "model.skops}", "model, format: unknown}"),),
        (Edit("models/churn/README.md", "model.skops}", "model, format: sklearn-pickle}"),),
    ),
)
