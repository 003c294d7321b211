"""explain.json: how much each feature counts for a model, as the stage that made it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.compliance.explanations.level import NotReached
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.document import Document
from mlops_gitops.records.kpis import DataSet, Kpi
from mlops_gitops.records.release import Pin

SCHEMA, TYPE = "explanation", "explainability"
LEAST_SAMPLE = 2000  # rows, where not all are permuted


@frozen
class File:
    """A file by the digest that DVC has of it."""

    path: str
    md5: str


@frozen
class Explanation:
    """A valid explain.json. What permutation alone has is missing in `data` for another method."""

    path: str
    data: Mapping[str, Any]

    @property
    def is_permutation(self) -> bool:
        """Whether its numbers can be derived again."""
        return bool(self.data["method"] == "permutation")

    @property
    def artifact(self) -> File:
        """The artifact that the stage says it read."""
        return self.file("artifact")

    @property
    def table(self) -> File:
        """The data that the stage says it read."""
        return self.file("data")

    @property
    def table_key(self) -> str:
        """The column of the table with the keys of the predictions; empty where it names none."""
        return str(self.data["data"].get("key", ""))

    @property
    def shap_rows(self) -> File | None:
        """The file of SHAP values, if there is one."""
        return _file(self.data["shap"]["rows"]) if "shap" in self.data else None

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features."""
        return tuple(feature["name"] for feature in self.data["features"])

    @property
    def seed(self) -> str:
        """The seed that follows from the digests of artifact and data."""
        import hashlib  # OpenSSL comes with it

        return hashlib.md5(f"{self.artifact.md5}:{self.table.md5}".encode()).hexdigest()

    def file(self, key: str) -> File:
        """The file at one of its keys."""
        return _file(self.data[key])


def _file(data: Mapping[str, Any]) -> File:
    return File(data["path"], data["md5"])


@frozen
class Permutation:
    """What the numbers of a permutation follow from: the KPI, its data set, and the files by their pins.

    `answers` are the released predictions and, where another file holds them, the labels; `rows` those to permuted
    rows.
    """

    explanation: Explanation
    kpi: Kpi
    data: DataSet
    artifact: Pin
    table: Pin
    answers: tuple[Pin, ...]
    rows: Pin
    shap_rows: Pin | None = None

    def pins(self) -> dict[str, Pin]:
        """The files by what they are: inputs, answers, labels, whatif and shap."""
        found = {"inputs": self.table, "whatif": self.rows} | dict(
            zip(("answers", "labels"), self.answers, strict=False)
        )
        return found | ({"shap": self.shap_rows} if self.shap_rows else {})


def read(document: Document, model: str) -> Explanation:
    """The explanation of a document. Raises NotReached where it is none, or one of another model."""
    if faults := schema_validation.check(document, SCHEMA):
        reason = f"{document.path} has not the form of an explanation that can be verified: {faults[0].message}"
        raise NotReached(reason, faults[0].help or f"mlops-gitops explain init {model}")
    found = Explanation(document.path, document.data)
    if found.data["model"] != model:
        raise NotReached(f"{document.path} is about {found.data['model']}", "pin the one of this model")
    names = [feature["name"] for feature in found.data.get("features", ())]
    if twice := next((name for n, name in enumerate(names) if name in names[:n]), None):
        raise NotReached(f"{document.path} has the feature {twice!r} in two places", "make it again", is_refuted=True)
    return found
