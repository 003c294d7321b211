"""Which files can be targets, by where they lie."""

from __future__ import annotations

from cases import cases
from house import desired
from targeted import MANIFEST, TARGETS

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.records import desired_state

STATE = "environments/staging/churn.yaml"


def _fault(path: str) -> str:
    """Why a path is refused in a desired state of 1.0.0, with what helps; "" where it is not."""
    document = parse(STATE, (desired("1.0.0") + TARGETS.replace(MANIFEST, f'"{path}"', 1)).encode())
    for problem in schema_validation.check(document, "desired-state"):
        return f"{problem.message} {problem.help}"
    try:
        desired_state.read(document)
    except ValueError as error:
        return str(error)
    return ""


PATHS = [  # where the file lies, and what the refusal says
    ("deploy/eu/churn.yaml", ""),
    ("kube-11.0.0.yaml", ""),
    ("v1.0.0/churn.yaml", ""),
    ("../other/churn.yaml", "let the other one read it"),
    ("https://github.com/example/deploy/churn.yaml", "let the other one read it"),
    ("git@github.com:example/deploy.git", "let the other one read it"),
    ("recipes/com.example.churn-1.0.0.yaml", "let a job of yours copy it"),
    ("recipes/com.example.churn-{release}.yaml", "let a job of yours copy it"),
    ("{sha256}/churn.yaml", "let a job of yours copy it"),
]


@cases("path, words", PATHS)
def test_a_file_elsewhere_or_named_after_a_version_is_refused_with_a_way_round(path: str, words: str) -> None:
    assert words in _fault(path) if words else _fault(path) == ""
