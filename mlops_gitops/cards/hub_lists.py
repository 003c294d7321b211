"""What the Hugging Face Hub knows: licences, tasks, libraries and languages, in the lists below hub/.

tools/hub_lists.py writes those from their sources.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hub")
# Formats and libraries that the Hub files models under too, in a list that it does not publish
# (the comment on MODEL_LIBRARIES_UI_ELEMENTS in @huggingface/tasks says so).
_UNLISTED = (
    "catboost", "coreml", "executorch", "ggml", "gguf", "jax", "joblib", "lightgbm", "onnx", "openvino", "pytorch",
    "rust", "safetensors", "tensorboard", "tensorflow", "tf", "tflite", "xgboost",
)  # fmt: skip
# ISO 639-1 had these codes once, and BCP 47 keeps them valid.
_RETIRED = ("iw", "ji", "jw", "mo", "sh")


def licences() -> Mapping[str, str]:
    """Identifier → name."""
    return _named("licences")


def tasks() -> Mapping[str, str]:
    """Task, as `pipeline_tag` has it → name."""
    return _named("tasks")


def subtasks() -> Mapping[str, str]:
    """Finer task, as `model-index` may have it → the tasks it is one of."""
    return _named("subtasks")


@cache
def libraries() -> Mapping[str, str]:
    """Library, as `library_name` has it → name."""
    return {**_named("libraries"), **dict.fromkeys(_UNLISTED, "")}


def languages() -> Mapping[str, str]:
    """Code of two letters → name in English."""
    return _named("languages")


@cache
def language_codes() -> frozenset[str]:
    """Every code of a language or a group of languages: ISO 639-1, 639-2, 639-3 and 639-5."""
    codes = (code for line in _lines("language_codes") for code in line.split())
    return frozenset((*codes, *languages(), *_RETIRED))


@cache
def _named(name: str) -> Mapping[str, str]:
    pairs = (line.partition(": ") for line in _lines(name))
    return {key: called for key, _, called in pairs}


def _lines(name: str) -> list[str]:
    with open(os.path.join(_FOLDER, f"{name}.txt"), encoding="utf-8") as file:
        return [line for line in file.read().splitlines() if not line.startswith("#")]
