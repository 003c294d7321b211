"""GitHub on loopback: emulate and the proxy run once for each worker, the front server in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ground.copies import Copies
from ground.description import Description
from ground.front import Front
from ground.house import ANSWERS, House, people
from ground.nodes import installed, start
from ground.stateful import Stateful
from house import Repository

from mlops_gitops.edges import github_api


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
    monkeypatch.setattr(github_api, "BACKOFF", 0)  # what is retried here need not be waited for
    yield _front
    assert _front.faults == [], "requests that GitHub's own description does not allow"


@pytest.fixture
def hub(repository: Repository, front: Front, monkeypatch: pytest.MonkeyPatch) -> House:
    """The sample repository at GitHub, with the environment the program under test needs to reach it."""
    house = House.build(repository, front)
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)
    return house


@pytest.fixture
def copies(repository: Repository, front: Front, monkeypatch: pytest.MonkeyPatch) -> Copies:
    """As many repositories at GitHub as a test tries things on; the environment is that of the newest."""
    return Copies(repository, front, monkeypatch)
