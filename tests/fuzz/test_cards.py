"""Generated cards through `validate`, `--fix` and `card adopt`: a few with every test, 300 in `make soak-cards`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from counted import calls
from fuzz.cards import GeneratedCard, generated_card
from fuzz.inputs import FILES
from fuzz.way import REPORTERS, alarm, assert_outputs, assert_placed

from mlops_gitops.cli.main import main
from mlops_gitops.core.diagnostics import Diagnostic, Severity, lines_of
from mlops_gitops.core.errors import Error
from mlops_gitops.discovery.models import Model
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.onboarding.adopt_card import adopt
from mlops_gitops.onboarding.card_facts import CardFacts
from mlops_gitops.onboarding.file_drafts import Person
from mlops_gitops.policy import engine
from mlops_gitops.policy.rule import Scope
from mlops_gitops.reporting.findings import findings_report
from mlops_gitops.reporting.reporter import Screen
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

CARD = "models/churn/README.md"
FEW, SHARDS, EACH = 4, 10, 30
DAY = date(2026, 11, 30)
ABOUT_A_DOZEN = 15  # findings that the text of a card gets at most, whatever it says
TEXT_RULES = {"card-claims", "card-links", "card-placeholders", "card-sections"}
FILE_PROBLEMS = {"syntax", "unreadable", "duplicate-key", "card-dialect", "schema"}


def _snapshot(raw: bytes) -> Snapshot:
    return engine.snapshot_of_paths(Overlay({**FILES, CARD: raw}), [CARD])


def _found(raw: bytes) -> tuple[Diagnostic, ...]:
    return engine.validate(Context(_snapshot(raw), DAY), Scope.FILE)


# ── what must hold of any card ──


def _check_places(card: GeneratedCard) -> tuple[Diagnostic, ...]:
    """Every finding, every place it leads to and every edit of its fix is inside the file; every format is text."""
    head = _snapshot(card.raw)
    found = engine.validate(Context(head, DAY), Scope.FILE)
    lines = {CARD: [line.rstrip("\r\n\x85\u2028\u2029") for line in lines_of(card.raw.decode().removeprefix("\ufeff"))]}
    lines[CARD] = lines[CARD] or [""]
    for finding in found:
        assert_placed(finding, lines | {p: _lines(p) for p in {s.path for s in finding.related} - {CARD}})
        for edit in finding.fix.edits if finding.fix else ():
            assert edit.span.end_line <= len(lines[CARD]), finding
    report = findings_report(found, head, files=1)
    assert_outputs([reporter.render(report, Screen(colour)) for reporter in REPORTERS for colour in (False, True)])
    counts = Counter(finding.rule for finding in found if finding.severity is not Severity.NOTE)
    assert sum(counts[rule] for rule in TEXT_RULES) <= ABOUT_A_DOZEN, counts
    return found


def _lines(path: str) -> list[str]:
    return [line.rstrip("\r\n") for line in lines_of(FILES[path].decode())]


def _check_adopted(card: GeneratedCard) -> None:
    """The text below the front matter is there byte for byte, and so are the lines of the front matter, in order."""
    try:
        draft = adopt(
            parse(CARD, card.raw), Model("churn", ("models/churn/model.skops",)),
            Person("Alice", "alice", "alice@example.org"), CardFacts({}),
        )  # fmt: skip
    except Error as error:
        assert card.dialect == "broken" or "braces" in str(error), (card.dialect, error)
        return
    if draft is None:
        assert card.dialect == "ours"
        return
    assert draft.data.endswith(card.body)
    above = iter(draft.data[: len(draft.data) - len(card.body)].removeprefix(b"\xef\xbb\xbf").splitlines())
    kept = card.raw.removeprefix(b"\xef\xbb\xbf")
    kept = kept[: len(kept) - len(card.body)]
    assert all(any(line in new for new in above) for line in kept.splitlines()), "a line of the front matter is gone"
    assert not {finding.rule for finding in _found(draft.data)} & {"syntax", "card-dialect", "duplicate-key"}


def _check_growth(seed: int) -> None:
    """A card with everything twice costs at most a little more than twice the work."""
    once, twice = (calls(partial(_found, generated_card(seed, scale).raw)) for scale in (2, 4))
    assert twice < 2.3 * once + 2_000, (seed, once, twice)


def _check_fixed(card: GeneratedCard, root: Path) -> None:
    """`--fix` writes what stays fixed: a second run changes nothing, and no file is broken by it."""
    file = root / CARD
    file.write_bytes(card.raw)
    before = {finding.rule for finding in _found(card.raw)}
    words = ["validate", CARD, "--fix", "--repo", str(root), "--format", "json"]
    assert main(words) in (0, 1)
    once = file.read_bytes()
    assert main(words) in (0, 1)
    assert file.read_bytes() == once
    assert {finding.rule for finding in _found(once)} & FILE_PROBLEMS <= before
    assert once.endswith(card.body) or parse(CARD, once).body != parse(CARD, card.raw).body


def _run(seed: int, root: Path) -> None:
    card = generated_card(seed)
    with alarm(60):
        _check_places(card)
        _check_adopted(card)
        _check_fixed(card, root)
        _check_growth(seed)


# ── the cards ──


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """The sample repository on the disk."""
    for path, data in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    (tmp_path / ".git").mkdir()
    yield tmp_path


def test_a_seed_gives_one_card() -> None:
    assert [generated_card(seed) for seed in range(20)] == [generated_card(seed) for seed in range(20)]
    assert len({generated_card(seed).dialect for seed in range(60)}) == 8


@pytest.mark.parametrize("seed", range(FEW))
def test_a_generated_card(seed: int, root: Path) -> None:
    _run(seed, root)


@pytest.mark.soak
@pytest.mark.parametrize("shard", range(SHARDS))
def test_soak_cards(shard: int, root: Path, record_property: Any) -> None:
    for seed in range(1_000 + shard * EACH, 1_000 + (shard + 1) * EACH):
        try:
            _run(seed, root)
        except BaseException as error:
            error.add_note(f"the card of seed {seed}: {generated_card(seed).raw[:2000]!r}")
            raise
    record_property("tried", EACH)
