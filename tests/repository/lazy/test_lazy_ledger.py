"""A ledger read by model answers as one that was read as a whole, and reads no record of another model."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import cast

import pytest

from benchmarks import history
from mlops_gitops.core.frozen import replace
from mlops_gitops.git.history.lines import first_parent_line
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import Receipt
from mlops_gitops.repository.lazy import index
from mlops_gitops.repository.lazy.index import FEW, LazyIndex
from mlops_gitops.repository.lazy.receipts import Receipts
from mlops_gitops.repository.lazy.tip import TipIndex
from mlops_gitops.repository.ledger import Entry, Ledger, LedgerIndex

MODELS = [f"model-{number:04}" for number in range(4)]
ENVIRONMENTS = ("staging", "production")
SECOND = "promotions/production/model-0001/0002.json"
NEWEST = "promotions/production/model-0002/0003.json"
LONGER = "releases/model-0003/1.1.0-a.yaml.yaml"  # its path begins with that of a version 1.1.0-a, which is not there
OTHER = "promotions/canary/model-0001/0002.json"  # in an environment that nothing at the tip names
TOGETHER = [f"promotions/production/model-0000/{number:04}.json" for number in (3, 4, 5)]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history with records that were edited, removed, or removed and back, and with two that came together."""
    folder = tmp_path_factory.mktemp("history") / "kept"
    history.write(folder, len(MODELS), 3)
    root = folder / "repository"
    second = (root / SECOND).read_text()
    _commit(root, {SECOND: second.replace('"why": ""', '"why": "edited"')})
    _commit(root, {NEWEST: None})
    _commit(root, {SECOND: None})
    _commit(root, {SECOND: second})
    _commit(root, {OTHER: second.replace('"production"', '"canary"')})
    _commit(root, {OTHER: None})
    manifest = (root / "releases/model-0003/1.1.0.yaml").read_text()
    _commit(root, {LONGER: manifest.replace('version: "1.1.0"', 'version: "1.1.0-a.yaml"')})
    third = (root / TOGETHER[0]).read_text()
    _commit(root, {path: third.replace('"sequence": 3', f'"sequence": {n}') for n, path in enumerate(TOGETHER[1:], 4)})
    _receipt_of_last(root)
    return root


def _commit(root: Path, files: dict[str, str | None]) -> None:
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink() if text is None else place.write_text(text)
    for words in (["add", "-A"], ["commit", "-qm", "change"], ["push", "-q", "origin", "HEAD:main"]):
        subprocess.run(["git", *words], cwd=root, check=True)


def _receipt_of_last(root: Path) -> None:
    """Writes the receipt of the last of the records that came together, and of no other."""
    workspace = open_workspace(str(root))
    (entry,) = (each for each in workspace.ledger(workspace.base()).entries if each.record.path == TOGETHER[2])
    made = Receipt(entry.tag, entry.commit.sha, TOGETHER[2], entry.digest, entry.commit.sha, "met", "local", {})
    git = workspace.git
    git.set_ref(f"refs/tags/{made.tag}", git.make_tag(made.tag, made.target, made.message(), entry.commit.time))


class Reading:
    """Ledgers of one line that read as they are asked, and the blobs they read."""

    def __init__(self, root: Path) -> None:
        self.workspace: Workspace = open_workspace(str(root))
        self.base = self.workspace.base()
        self.tree = self.workspace.at(self.base)
        self.receipts = cast(Receipts, self.workspace.lazy_ledger(self.base).receipts)
        self.read: list[str] = []
        line = first_parent_line(self.workspace.git, self.base)
        self.line = replace(line, blob=self._blob)
        self.parts = self.line, self.tree.folders

    def _blob(self, id: str) -> bytes:
        self.read.append(id)
        return self.workspace.git.blob(id)

    def by_model(self, few: int = FEW) -> Ledger:
        return self._ledger(LazyIndex(*self.parts, few))

    def at_tip(self, *, removed: bool = False) -> Ledger:
        """By the files of the tip, as where no record was removed, or as it is where some were."""
        line = self.line if removed else replace(self.line, has_removed=lambda _: False)
        return self._ledger(TipIndex(line, self.tree.folders, FEW, self.receipts, self.tree.tree))

    def _ledger(self, index: LazyIndex) -> Ledger:
        return Ledger(index.entries, self.receipts, "local", index.commits, index=index)


@pytest.fixture
def reading(repository: Path) -> Reading:
    return Reading(repository)


def _facts(entries: Iterable[Entry | None]) -> list[tuple[str, str, str, int] | None]:
    """What entries are, without the places they have in a ledger."""
    return [(e.record.path, e.digest, e.commit.sha, len(e.commit.changes)) if e else None for e in entries]


def _answers(ledger: Ledger) -> dict[str, object]:
    """What a ledger says of each model, and then of all of them."""
    found: dict[str, object] = {}
    for model in MODELS:
        for environment in ENVIRONMENTS:
            chain = ledger.chain(environment, model)
            found[f"{environment} {model}"] = _facts(chain), [ledger.proven(entry) for entry in chain]
            found[f"{environment} {model} now"] = _facts([ledger.newest(environment, model)])
        found[model] = _facts(ledger.manifest(model, version) for version in ("1.1.0", "1.1.0-a", "9.9.9"))
        found[f"{model} ever"] = [record.path for record in ledger.promotions(model)], ledger.judged(model)
    at = (SECOND, NEWEST, LONGER, LONGER.removesuffix(".yaml"), "mlops.yaml")
    found["one"] = _facts(map(ledger.at, at))
    found |= {"pairs": ledger.pairs(), "rolling": ledger.rolling_pairs(), "decisions": _facts(ledger.every_decision())}
    entries = tuple(ledger.entries)
    earlier = ledger.until(entries[-2].position)
    found |= {"all": _facts(entries), "earlier": _facts(earlier.entries), "ids": [each.sha for each in ledger.commits]}
    return found | {"tip": ledger.commits[-1].sha, "earlier pairs": earlier.pairs()}


def test_a_ledger_read_by_model_answers_as_one_read_as_a_whole(reading: Reading) -> None:
    whole = _answers(reading.workspace.ledger(reading.base))
    assert [_answers(reading.by_model(few)) for few in (0, FEW, len(MODELS))] == [whole] * 3
    assert len(whole["production model-0001"][0]) == 4  # type: ignore[index] # the record that came back is there twice
    assert whole["one"][2] and not whole["one"][3]  # type: ignore[index]
    assert whole["production model-0002 now"][0][0] == NEWEST  # type: ignore[index] # though the tip has it no more
    assert OTHER in whole["model-0001 ever"][0]  # type: ignore[index]


def test_what_runs_is_read_from_the_tip_as_from_the_whole_line(reading: Reading) -> None:
    whole, tip = reading.workspace.ledger(reading.base), reading.at_tip()
    assert tip.pairs() == [pair for pair in whole.pairs() if pair[0] != "canary"]  # which has no record and no receipt
    for pair in tip.pairs():
        one, other = whole.current(*pair), tip.current(*pair)
        if pair == ("production", "model-0001"):  # to the audit the record that came back is the newest
            assert other and other.record.path.endswith("0003.json")
            continue
        assert one and other and (one.record, one.commit.sha) == (other.record, other.commit.sha)
        assert (whole.receipt(one), whole.proven(one)) == (tip.receipt(other), tip.proven(other))


def test_where_a_record_was_removed_the_whole_line_says_what_runs(reading: Reading) -> None:
    whole, tip = reading.workspace.ledger(reading.base), reading.at_tip(removed=True)
    assert tip.pairs() == whole.pairs()
    for pair in whole.pairs():
        assert _facts([tip.newest(*pair), tip.current(*pair)]) == _facts([whole.newest(*pair), whole.current(*pair)])


def test_every_promotion_newest_first(reading: Reading) -> None:
    whole = reading.workspace.ledger(reading.base)
    expected = _facts(entry for entry in reversed(whole.entries) if isinstance(entry.record, Promotion))
    for ledger in (whole, reading.by_model(0), reading.by_model(), reading.at_tip()):
        assert _facts(ledger.every_promotion()) == expected
    assert SECOND in [fact[0] for fact in expected if fact] and OTHER in [fact[0] for fact in expected if fact]


def test_the_first_page_of_a_history_reads_few_records(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "PAGE", 2)
    ledger = reading.by_model()
    entries = [*islice(ledger.every_promotion(), 2)]
    assert len(entries) == 2 and set(reading.read) >= {entry.blob for entry in entries}
    assert len(reading.read) <= 2 * len(TOGETHER) and "whole" not in vars(ledger.commits)


def test_records_that_one_commit_brought_are_all_read_from_the_tip(reading: Reading) -> None:
    whole, tip = reading.workspace.ledger(reading.base), reading.at_tip()
    pair = ("production", "model-0000")
    read = ((LedgerIndex(whole.entries), whole.entries), (tip.index, tip.entries))
    found = (index.newest_first(*pair, index.count(entries)) for index, entries in read if index)
    one, other = ([(entry.record.path, entry.commit.sha) for entry in entries] for entries in found)
    assert one == other and [path for path, _ in other][:3] == TOGETHER[::-1]


def test_a_line_that_removed_a_record_is_known_by_git(reading: Reading) -> None:
    assert reading.workspace.git.has_removed(reading.base, "promotions")
    assert not reading.workspace.git.has_removed(reading.base, "releases")


def test_the_records_of_other_models_are_not_read(reading: Reading) -> None:
    ledger = reading.by_model()
    entries = [*ledger.chain("production", "model-0003"), ledger.manifest("model-0003", "1.2.0")]
    assert sorted(reading.read) == sorted(entry.blob for entry in entries if entry)
    assert "whole" not in vars(ledger.commits)
    reading.read.clear()
    assert reading.at_tip().current("production", "model-0003")
    assert len(reading.read) == 1


def test_every_query_of_a_ledger_is_answered_by_what_is_read() -> None:
    queries = {name for name in vars(LedgerIndex) if not name.startswith("_")} - {"holds"}
    assert queries <= vars(LazyIndex).keys()
