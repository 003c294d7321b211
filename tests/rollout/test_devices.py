"""Which devices of a fleet a wave has reached."""

from __future__ import annotations

from mlops_gitops.records.rollout import Wave
from mlops_gitops.rollout.devices import devices_of, is_reached

FLEET = [f"till-{number}" for number in range(1000)]


def _reached(*waves: Wave, group: str = "shop") -> set[str]:
    return {device for device in FLEET if is_reached(waves, "tills", device, group)}


def test_a_share_is_chosen_by_the_device_s_name_and_grows() -> None:
    few, more = _reached(Wave("a", ("tills",), percent=10)), _reached(Wave("b", ("tills",), percent=50))
    assert 70 < len(few) < 130 and 450 < len(more) < 550 and few < more
    assert _reached(Wave("c", ("tills",))) == set(FLEET)
    assert not _reached(Wave("d", ("others",)))


def test_a_wave_of_groups_comes_to_these_and_a_later_one_takes_nothing_back() -> None:
    pilot = Wave("pilot", ("tills",), groups=("pilot",))
    assert not _reached(pilot) and _reached(pilot, group="pilot") == set(FLEET)
    assert _reached(pilot, Wave("few", ("tills",), percent=1), group="pilot") == set(FLEET)


def test_a_file_that_is_no_roster_has_no_device() -> None:
    assert devices_of(b"device,group\na,x\nb,y\n") == {"a": "x", "b": "y"}
    assert devices_of(b"name,group\na,x\n") == devices_of(b"\xff") == devices_of(b"") == {}
