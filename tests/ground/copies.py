"""Many repositories at GitHub from one clone: each try begins with what the one before began with."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest
from ground.front import Front
from ground.house import House
from house import Repository
from outcomes import copy


@dataclass
class Copies:
    """A clone that is not at GitHub yet, and its copies that are."""

    clone: Repository
    front: Front
    monkeypatch: pytest.MonkeyPatch
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def house(self) -> House:
        """A fresh copy of the clone and its origin, at GitHub under a name of its own."""
        top = self.clone.root.parent
        folder = top.with_name(f"{top.name}-{next(self._numbers)}")
        copy(top, folder)
        house = House.build(Repository(folder / self.clone.root.name, self.clone.capsys), self.front)
        for name, value in house.environment.items():
            self.monkeypatch.setenv(name, value)
        return house

    def release(self, *versions: str) -> None:
        """Puts manifests on main by plain commits; each after the first pins a better model."""
        for number, version in enumerate(versions):
            if number:
                self.clone.retrain(45 + number)
            self.clone.ok("release", "churn", version, "--local")
            self.clone.commit(f"Release {version}")
