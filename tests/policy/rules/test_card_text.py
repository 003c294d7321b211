"""card-placeholders, card-sections and unsafe-format: what people who read the finding would agree with."""

from __future__ import annotations

import sample
from cases import cases
from messages import lacking

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.policy.rules import card_placeholders, card_sections, unsafe_format

CARD = "models/churn/README.md"
ASKS = "<!-- Address questions around who is affected. -->"
BRIEF = "<!-- Provide a quick summary of the model. -->"
PROOF = "<!-- Generated. Proofread and complete it, then remove this comment. -->"


def _found(rule: Rule, *edits: Edit) -> list[Diagnostic]:
    return list(rule.check(sample.context(sample.edited(edits))))


def _in_body(rule: Rule, body: str) -> list[Diagnostic]:
    """The findings in a card with this text; their lines are those of the body, from 1."""
    start = sample.CARD.index("# Churn")
    edit = Edit(CARD, sample.CARD[start:], body)
    above = sample.CARD[:start].count("\n")
    found = _found(rule, edit)
    assert all(d.span.line > above for d in found)
    return found


# ── a comment of the template ──


@cases(
    "body",
    [
        f"## Use\n\n{ASKS}\n\nSorting letters.\n",
        f"## Use\n{ASKS}\nSorting letters.\n",
        f"## Use\n\nSorting letters.\n\n{ASKS}\n",
        f"## Use\n\n{ASKS} Sorting letters.\n",
        f"## Use\n\n{ASKS}\n\n| task | done |\n|---|---|\n| letters | yes |\n",
        f"## Use\n\n{ASKS}\n\n- letters\n",
        f"## Use\n\n{ASKS}\n\n```\nsort(letters)\n```\n",
        f"## Use\n\n{ASKS}\n\n![letters](kpis.yaml)\n",
        f"## Use\n\n{ASKS}\n\n### Direct use\n\nSorting letters.\n",
        f"{PROOF}\n\n# Churn\n\nIt ranks accounts.\n",
        f"# Churn\n\n{BRIEF}\n\nIt ranks accounts.\n",
        "## Use\n\nSorting letters.\n\n<!-- TODO: more on who reads them -->\n",
        "## Use\n\n<!--\nProvide a list.\nTODO: sort it\n-->\n\nSorting letters.\n",
    ],
)
def test_above_what_is_written_it_is_to_be_removed(body: str) -> None:
    (finding,) = _in_body(card_placeholders.RULE, body)
    assert not lacking(finding.help, "remove", "comment") and "write" not in finding.help


@cases(
    "body",
    [
        f"## Use\n\n{ASKS}\n\n## Bias\n\nOne country.\n",
        f"## Use\n\n{ASKS}\n\nN/A\n",
        f"## Use\n\n{ASKS}\n\n- **Made by:**\n",
        f"## Use\n\n{ASKS}\n\n<!-- another comment, and no text -->\n",
        f"# Churn\n\n{BRIEF}\n\n## Use\n\nSorting letters.\n",
        f"## Use\n\n{ASKS}\n\n### Direct use\n\n## Bias\n\nOne country.\n",
        f"## Start\n\n{ASKS}\n\nUse the code below to get started with the model.\n",
        "## Use\n\n[More Information Needed]\n\nSorting letters.\n",
    ],
)
def test_where_nothing_is_written_the_text_is_to_be_written(body: str) -> None:
    (finding,) = _in_body(card_placeholders.RULE, body)
    assert "write the text" in finding.help


def test_many_are_counted_by_what_is_to_be_done() -> None:
    written = "".join(f"## Use {n}\n\n{ASKS}\n\nSorting letters.\n\n" for n in range(5))
    blank = "".join(f"## Bias {n}\n\n[More Information Needed]\n\n" for n in range(7))
    left, missing = sorted(_in_body(card_placeholders.RULE, written + blank), key=lambda d: d.span)
    assert not lacking(left.message, "5", "'<!-- Address questions'") and len(left.related) == 4
    assert not lacking(missing.message, "7", "'[More Information Needed]'") and len(missing.related) == 6


# ── titles and sections ──


@cases(
    "body, empty",
    [
        ("# Churn\n\nText.\n\n# The card it comes from: Fraud\n\n# Fraud 2\n\n## Use\n\nX.\n", []),
        ("# Churn\n\n# Churn, the second\n\nText.\n", []),
        ("# Churn\n\nText.\n\n# Model Details\n\n# Churn (CONF 2022)\n\nText.\n\n## Training\n\nX.\n", []),
        ("# Churn\n\nText.\n\n# A tree\n\n# 一棵树\n\nX.\n", []),
        ("# Churn\n\nText.\n\n# Bias\n\n# Direct Use\n\n## Who\n\nX.\n", ["Bias"]),
        ("# Churn\n\nText.\n\n## Use\n\n## Fraud 2\n\n### More\n\nX.\n", ["Use"]),
        ("# Churn\n\nText.\n\n# Fraud\n\n# Fraud 2\n\n## Use\n\n", ["Use"]),
        ("# Churn\n", ["Churn"]),
        ("Text without a heading.\n", []),
    ],
)
def test_a_title_above_another_title_is_no_empty_section(body: str, empty: list[str]) -> None:
    found = _in_body(card_sections.RULE, body)
    assert [d.message for d in found if lacking(d.message, *(repr(title) for title in empty))] == []
    assert len(found) == len(empty)


def test_many_empty_sections_are_one_finding() -> None:
    (finding,) = _in_body(card_sections.RULE, "# Churn\n\nText.\n\n" + "## Bias\n\n" * 12)
    assert not lacking(finding.message, "12", "'Bias'") and len(finding.related) == 11


# ── the format of an artifact ──


def _artifact(entry: str) -> Edit:
    return Edit(CARD, "artifacts: [{path: models/churn/model.skops}]", f"artifacts: [{{{entry}}}]")


@cases(
    "entry, facts",
    [
        ("path: net, format: unknown", ("net", "`format: unknown`")),
        ("path: model.zip, format: other", ("model.zip", "`format: other`")),
        ("path: model.onnx, format: unknown", ("model.onnx", "`format: unknown`")),
    ],
)
def test_a_format_that_is_none_is_named_at_its_place(entry: str, facts: tuple[str, ...]) -> None:
    (finding,) = _found(unsafe_format.RULE, _artifact(entry))
    assert not lacking(finding.message, *facts) and "add" not in finding.help
    line = sample.edited((_artifact(entry),))[CARD].decode().splitlines()[finding.span.line - 1]
    assert line[finding.span.column - 1 : finding.span.end_column - 1] == entry.partition("format: ")[2]


def test_a_pickle_is_one_whatever_its_format_is_called() -> None:
    (finding,) = _found(unsafe_format.RULE, _artifact("path: model.pkl, format: unknown"))
    assert not lacking(finding.message, "pickle", "runs code")


@cases("path", ["' '", "N/A", "'To be written: the file'", "TBD", "'-'"])
def test_a_blank_path_is_one_finding(path: str) -> None:
    edit = _artifact(f"path: {path}")
    assert _found(unsafe_format.RULE, edit) == []
    assert len(_found(card_placeholders.RULE, edit)) == 1


def test_a_file_may_be_called_like_a_blank() -> None:
    files = (_artifact("path: test"), Edit("test", None, "bytes"))
    assert _found(card_placeholders.RULE, *files) == []
