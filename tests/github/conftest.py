"""GitHub on loopback: emulate and the proxy run once for each worker, the front server in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ground.copies import Copies
from ground.description import Description
from ground.front import Front
from ground.house import ANSWERS, House, people
from ground.nodes import installed, start
from ground.stateful import Stateful
from house import Repository
from outcomes import copy, made_once

from mlops_gitops.github import connect


@pytest.fixture(scope="session")
def description() -> Description:
    """GitHub's own description of its API, as far as this project's requests reach."""
    return Description(installed() / "api.json")


@pytest.fixture(scope="session")
def _front(description: Description, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    front = Front(description, ANSWERS)
    try:
        programs = start(installed(), tmp_path_factory.mktemp("node"), front.url)
        try:
            front.connect(Stateful(programs))
            people(front)
            yield front
        finally:
            programs.stop()
    finally:
        front.close()


@pytest.fixture
def front(_front: Front, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """The server that stands for api.github.com. A request that breaks GitHub's description fails the test.

    A test that means to send a broken one takes it off `front.faults`.
    """
    _front.reset()
    monkeypatch.setattr(connect, "BACKOFF", 0)  # what is retried here need not be waited for
    yield _front
    assert _front.faults == [], "requests that GitHub's own description does not allow"


@pytest.fixture
def hub(repository: Repository, front: Front, monkeypatch: pytest.MonkeyPatch) -> House:
    """The sample repository at GitHub, with the environment the program under test needs to reach it."""
    return _at_github(repository, front, monkeypatch)


def _at_github(repository: Repository, front: Front, monkeypatch: pytest.MonkeyPatch) -> House:
    house = House.build(repository, front)
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)
    return house


@pytest.fixture
def released(
    prepared: Path, shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], front: Front,
    monkeypatch: pytest.MonkeyPatch,
) -> House:  # fmt: skip
    """As `hub`, with release 1.0.0 of churn merged and recorded. Its pull request is not there: the next is #1."""

    def release(top: Path) -> None:
        copy(prepared, top)
        house = _at_github(Repository(top / "repository", capsys), front, monkeypatch)
        house.ok("release", "churn", "1.0.0")
        house.merge()
        house.leave()

    copy(made_once(shared / "released at GitHub", release), tmp_path / "released")
    return _at_github(Repository(tmp_path / "released" / "repository", capsys), front, monkeypatch)


@pytest.fixture
def proposed(released: House, shared: Path) -> House:
    """Release 1.0.0 proposed for staging as pull request #1, by the bot: once a test run, and then written again."""

    def propose(folder: Path) -> None:
        mark = released.front.mark()
        released.ok("promote", "churn", "--to", "staging")
        folder.mkdir()
        (folder / "writes.json").write_text(released.written_since(mark))

    writes = made_once(shared / "proposed at GitHub", propose) / "writes.json"
    if not released.pull_requests():
        released.write_again(writes.read_text())
    return released


@pytest.fixture
def in_staging(released: House, shared: Path, tmp_path: Path, front: Front, monkeypatch: pytest.MonkeyPatch) -> House:
    """The same with release 1.0.0 in staging, approved by bob."""

    def promote(top: Path) -> None:
        copy(released.root.parent, top)
        house = _at_github(Repository(top / "repository", released.capsys), front, monkeypatch)
        house.ok("promote", "churn", "--to", "staging")
        house.merge("bob")
        house.leave()

    copy(made_once(shared / "in staging at GitHub", promote), tmp_path / "in-staging")
    return _at_github(Repository(tmp_path / "in-staging" / "repository", released.capsys), front, monkeypatch)


@pytest.fixture
def copies(repository: Repository, front: Front, monkeypatch: pytest.MonkeyPatch) -> Copies:
    """As many repositories at GitHub as a test tries things on; the environment is that of the newest."""
    return Copies(repository, front, monkeypatch)
