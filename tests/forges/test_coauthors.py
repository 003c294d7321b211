"""Co-authors in a commit's message: every line of that form counts, and none that cannot be read is passed over."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from cases import cases

from mlops_gitops.forges.coauthors import coauthors, login, names

BOB = "bob@example.org"


@cases(
    "message",
    [
        f"A change\n\nCo-authored-by: Bob <{BOB}>\n",
        f"A change\n\nCO-AUTHORED-BY:Bob<{BOB}>",
        f"A change\n\nco-authored-by : \t Bob   <{BOB}>  \n",
        f"A change\r\n\r\nCo-Authored-By: Bob <{BOB}>\r\nSigned-off-by: Alice <alice@example.org>\r\n",
        f"A change\n\nCo-authored-by: Bob\n  <{BOB}>\n",
        f"A change\n\nCo-authored-by:\n\tBob\n\t<{BOB}>\n\nMore words\n",
        f"A squash (#7)\n\n* One\n\nCo-authored-by: Bob <{BOB}>\n\n* Two\n\nReviewed-by: Carol <carol@example.org>\n",
        f"A squash (#7)\n\n* Co-authored-by: Bob <{BOB}>\n",
        f"Co-authored-by: Bob <{BOB}>",
        f"A change\n\nCo-authored-by: {BOB}\n",
        f"A change\r\n\r\nCo-authored-by: Bob\r\n <{BOB}>\r\n",
        f"A change\n\nCo-authored-by: Bob ({BOB})\n",
        f"A change\n\nCo-authored-by: Bob @bob <{BOB}>\n",
        f"A change\n\nCo-authored-by: B\x00\x1b[2Job <{BOB}>\n",
        f"A change\n\x00Co-authored-by: Bob <{BOB}>\n",
        f"A change\n\nCo-authored-by: {'b' * 10_000} <{BOB}>\n",
        f"A change\x00\n\nCo-authored-by: Bob <{BOB}>\n",
    ],
)
def test_a_line_of_that_form_counts_wherever_it_stands(message: str) -> None:
    assert coauthors(message) == [BOB]


def test_each_of_several_counts() -> None:
    lines = ["Co-authored-by: Bob <bob@example.org>", "Fixes: #1", "co-authored-by: Carol <carol@example.org>"]
    assert coauthors("\n".join(lines)) == ["bob@example.org", "carol@example.org"]
    assert coauthors("Co-authored-by: Bob <b@x.org>, Carol <c@x.org>") == ["b@x.org", "c@x.org"]


@cases(
    "value",
    [
        "", "   ", "Bob", "Bob <>", "Bob < >", "Bob <bob>", "@bob", "Bob <@example.org>", "Bob <bob@>", "<" * 1000,
        "Bob <bob@exam\x00ple.org>", "Bob <bob@exam\x1bple.org>", "Bob <bob@exam\u202eple.org>",
        "Bob <bob@exam\u200bple.org>", "Bob <bob@exam\ufffdple.org>", f"Bob <{'b' * 300}@example.org>",
        "Bob <bob @example.org>", "Bob of operations", "b" * 1_000_000 + "@example.org",
    ],
)  # fmt: skip
def test_one_that_cannot_be_read_is_said(value: str) -> None:
    assert "" in coauthors(f"A change\n\nCo-authored-by: {value}\nCo-authored-by: Carol <carol@example.org>\n")


@cases(
    "message",
    [
        "", "\n", "A change\n\nSigned-off-by: Bob <bob@example.org>\n",
        "A change\n\n> Co-authored-by: Bob <bob@example.org>\n",  # quoted, as the why of a promotion is
        "We say Co-authored-by: Bob <bob@example.org> in a sentence.", "Not-co-authored-by: Bob <bob@example.org>",
    ],
)  # fmt: skip
def test_other_lines_name_nobody(message: str) -> None:
    assert coauthors(message) == []


def test_whatever_git_takes_for_such_a_trailer_is_one_here(tmp_path: Path) -> None:
    """Git's own reading of the end of a message, which GitHub follows, finds nobody whom ours does not find."""
    trailers = ["Co-authored-by: Bob <bob@example.org>", "CO-AUTHORED-BY:Carol\n  <carol@example.org>", "Fixes: #1"]
    message = "A change\n\nWords\n\n" + "\n".join([*trailers, "co-authored-by: Dan <dan@example.org>"]) + "\n"
    words = ["git", "interpret-trailers", "--parse"]
    parsed = subprocess.run(words, input=message, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    named = [line.partition("<")[2].rstrip(">") for line in parsed.splitlines() if line.lower().startswith("co-")]
    assert len(named) == 3
    assert coauthors(message) == named


def test_a_message_of_any_size_takes_no_time() -> None:
    start = time.monotonic()
    for hostile in ("co-authored-by: ", "co-authored-by:\n ", "a@", "<", " ", "\x00", "co-authored-by: <a@b\n"):
        coauthors("Co-authored-by: " + hostile * (1_000_000 // len(hostile)))
    assert time.monotonic() - start < 20


@cases(
    "address, expected",
    [
        ("123+bob@users.noreply.github.com", "bob"), ("bob@users.noreply.github.com", "bob"),
        ("Bob-7@USERS.noreply.GitHub.com", "Bob-7"), ("7+bob_corp@users.noreply.github.com", "bob_corp"),
        ("7+bob@users.noreply.git.example", "bob"),  # GitHub Enterprise Server
        ("49+dependabot[bot]@users.noreply.github.com", "dependabot[bot]"), ("bob@example.org", ""),
        ("noreply@github.com", ""), ("x+y+bob@users.noreply.github.com", ""), ("", ""),
    ],
)  # fmt: skip
def test_github_s_own_addresses_hold_a_login(address: str, expected: str) -> None:
    assert login(address) == expected
    assert names(address) == {address, expected} - {""}
