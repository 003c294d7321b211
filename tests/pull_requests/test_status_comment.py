"""The comment that says where a pull request stands: short, escaped, and known again."""

from __future__ import annotations

from cases import cases
from hostile import HOSTILE, LONG, ORDERS, REFERENCES, tokens, words

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.pull_requests.status_comment import LIMIT, is_status_comment, render

HEAD, BASE, DAY = "a" * 40, "b" * 40, "2026-01-10"
HERE = Span("promotions/production/churn/0002.json")


def _error(rule: str, message: str = "words", *, undecided: bool = False, help: str = "") -> Diagnostic:
    return Diagnostic(rule, Severity.ERROR, message, HERE, help, undecided=undecided)


def test_it_lists_what_is_in_the_way() -> None:
    found = [
        _error("approvals", "1 approval of operations is missing", help="mlops-gitops pr approve 5"),
        _error("promotion-order", "staging has not run it", undecided=True),
        Diagnostic("gate-sanity", Severity.WARNING, "a wide gate", HERE),
    ]
    assert render(found, HEAD, BASE, DAY).split("\n") == [
        "<!-- mlops-gitops: status -->",
        "### mlops-gitops: 2 findings in the way",
        "",
        "- **approvals**: 1 approval of operations is missing; mlops-gitops pr approve 5",
        "- **promotion-order** (could not tell): staging has not run it",
        "",
        "1 warning: see the check.",
        "",
        f"Judged: `{HEAD}` against `{BASE}`, on 2026-01-10 (UTC).",
        "",
    ]


@cases(
    "found, state",
    [
        ([], "may be merged"),
        ([Diagnostic("x", Severity.WARNING, "w", HERE)], "may be merged"),
        ([_error("approvals")], "waits for approvals"),
        ([_error("approvals"), _error("freeze")], "2 findings in the way"),
        ([_error("freeze")], "1 finding in the way"),
        ([_error("freeze", undecided=True)], "could not tell"),
        ([_error("approvals", undecided=True)], "could not tell"),
        ([_error("freeze", undecided=True), _error("approvals")], "2 findings in the way"),
    ],
)
def test_could_not_tell_is_never_fine(found: list[Diagnostic], state: str) -> None:
    assert render(found, HEAD, BASE, DAY).split("\n")[1] == f"### mlops-gitops: {state}"


@cases("hostile", HOSTILE + LONG)
def test_a_finding_is_text(hostile: str) -> None:
    found = [_error(hostile or "rule", hostile, help=hostile)]
    body = render(found, HEAD, BASE, DAY)
    assert not ORDERS.search(body) and not REFERENCES.search(words(tokens(body)))
    html = [token.content.strip() for token in tokens(body) if token.type.startswith("html")]
    assert html == ["<!-- mlops-gitops: status -->"]
    assert sum(token.type == "list_item_open" for token in tokens(body)) == 1
    assert sum(token.type == "heading_open" for token in tokens(body)) == 1
    assert not {"link_open", "image", "fence", "code_block"} & {token.type for token in tokens(body)}


def test_ten_thousand_findings_fit() -> None:
    body = render([_error("approvals", f"{n} " + "@" * 600, help="#" * 400) for n in range(10_000)], HEAD, BASE, DAY)
    listed = body.count("\n- **")
    assert listed > 20 and 40_000 < len(body) <= LIMIT
    assert f"- … and {10_000 - listed:,} more: see the check.\n" in body and body.endswith("(UTC).\n")


def test_it_is_known_again() -> None:
    body = render([], HEAD, BASE, DAY)
    assert is_status_comment(body) and is_status_comment(body.replace("\n", "\r\n"))
    quoted = "> " + body.replace("\n", "\n> ")
    for other in ("", "status", f"See {body}", f"I say\n\n{body}", quoted, "<!-- mlops-gitops: status --> x"):
        assert not is_status_comment(other)
