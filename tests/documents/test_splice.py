"""One value rewritten, the rest of the text as it is."""

from __future__ import annotations

import pytest

from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.splice import splice


def test_an_edit_is_a_one_line_diff() -> None:
    text = '# ours\nmodel: churn\nrelease: "1.0.0"   # guarded\n'
    edited = splice(parse("a.yaml", text.encode()), ("release",), '"1.1.0"')
    assert edited == text.replace("1.0.0", "1.1.0")


def test_what_would_end_in_a_comment_is_not_spliced() -> None:
    with pytest.raises(ValueError, match="cannot be rewritten alone"):
        splice(parse("a.yaml", b"---\n#"), (), '"text"')
