"""An artifact is kept in a format that holds no code.

Loading a pickle runs whatever its author put into it, and joblib, cloudpickle, PyTorch's .pt and NumPy's object arrays
are pickles; Keras files may hold code in their lambda layers. A registry of such files hands every consumer whatever
somebody once pushed. For risk class high such a format is refused, for others it is warned of.

Save the model as skops (scikit-learn), safetensors (PyTorch, JAX), onnx (any), or in the library's own data format
(XGBoost's .ubj and .json, LightGBM's .txt, CatBoost's .cbm, GGUF).
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Edit, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic, Severity
from mlops_gitops.records import card
from mlops_gitops.records.card import Card, format_of

# format → why it is unsafe, and what to use in its place
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


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding an artifact: an error for risk class high."""
    for its in context.head.records(card.KIND, Card):
        document = context.head.document(its.path)
        severity = Severity.ERROR if its.risk == "high" else Severity.WARNING
        for n, artifact in enumerate(its.artifacts):
            ending = format_of(artifact.path)
            # What the name says weighs more than what the card says: a pickle that calls itself onnx is a pickle.
            named = ending if ending in _UNSAFE and ending != "bin" else artifact.format
            key = "format" if named == artifact.format != ending else "path"
            if named in _UNSAFE:
                why, instead = _UNSAFE[named]
                message = f"{artifact.path} is of format {named}: {why}"
                yield document.problem(
                    RULE.id, message, ("mlops", "artifacts", n, key), severity=severity, help=f"save it as {instead}"
                )


RULE = Rule(
    "unsafe-format",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard",),
    severities=(Severity.ERROR, Severity.WARNING),
    waivable=True,
    ok=((Edit("models/churn/README.md", "model.skops}", "model.bin, format: gguf}"),),),
    bad=(
        (
            Edit("models/churn/README.md", "model.skops}", "model.pkl}"),
            Edit("models/churn/README.md", "class: limited", "class: high"),
        ),
        (Edit("models/churn/README.md", "model.skops}", "model.pkl}"),),
        (Edit("models/churn/README.md", "model.skops}", "model.pkl, format: onnx}"),),
        (Edit("models/churn/README.md", "model.skops}", "model, format: joblib}"),),
    ),
)
