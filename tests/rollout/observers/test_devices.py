"""What the lines of devices count as: the roster is the denominator, the digest decides, and the last line of each."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
import rfc8785
from cases import cases
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from observed import AT, NEW, OLD, fleet, line, of_fleet, seen

from mlops_gitops.core.frozen import asdict, replace
from mlops_gitops.rollout.observing.report import ReportFault


def _counts(*lines: str, total: int = 4) -> dict[str, int]:
    found = seen(of_fleet(fleet(total)), *lines)
    assert found.counts.is_whole
    return {name: count for name, count in asdict(found.counts).items() if count and name != "total"}


STATES = [  # the lines of device 0, and what it counts as
    ((line("0"),), "serving"),
    ((line("0", state="updating"),), "updating"),
    ((line("0", state="failed"),), "failed"),
    ((line("0", OLD),), "old"),
    ((line("0", OLD, "updating"),), "updating"),
    ((line("0", OLD, "failed"),), "failed"),
    ((line("0", "f" * 64),), "other"),  # it says serving 1.1.0, and runs other bytes
    ((line("0", "f" * 64, "failed"),), "failed"),
    ((line("0", OLD), line("0")), "serving"),
    ((line("0"), line("0", OLD)), "fallback"),
    ((line("0"), line("0", OLD, "failed")), "fallback"),
    ((line("0"), line("0", OLD), line("0")), "serving"),
]


@cases("lines, counted", STATES)
def test_a_device_counts_as_what_its_last_line_shows(lines: tuple[str, ...], counted: str) -> None:
    assert _counts(*lines) == {counted: 1, "silent": 3}


NONE = {"unproven": 0, "untimely": 0}


def test_all_else_is_told_apart() -> None:
    lines = [line("0"), line("0"), line("x"), line("later"), line("later")]
    found = seen(of_fleet(fleet(2, "later")), *lines)
    assert (found.counts.serving, found.counts.silent, found.proof) == (1, 1, "bytes")
    assert asdict(found.beside) == {"lines": 5, "repeated": 1, "strangers": 1, "unreached": 2} | NONE
    assert not found.is_signed


def test_an_empty_report_leaves_all_silent() -> None:
    assert _counts() == {"silent": 4}


def test_a_report_of_strangers_alone_is_another_fleets() -> None:
    with pytest.raises(ReportFault, match="none of its 2 lines"):
        seen(of_fleet(fleet(4)), line("x"), line("y"))


WRONG = [
    ("{", "line 1", "not JSON"), ("[]\n", "line 1", "no"), (line("0") + "\n", "line 2", "not JSON"),
    (line("0", state="fine"), "state", "'fine'"), (line("0", extra=1), "key", "'extra'"),
    (line("0", at="noon"), "at", "'noon'"), (line("0", at=5), "at", "5"), (line(["0"]), "device", "text"),  # type: ignore[arg-type]
    (line("0", md5="c"), "sha256", "md5"), (line("0", sha256=7), "sha256", "digest"),
    (line("0") + "x" * 70_000, "line 2", "longer"), ("[" * 60_000, "line 1", "deep"),
    (line("0", state={"a": 1}), "state", "{"), (line("0", signature=7), "signature", "text"),
]  # fmt: skip


@cases("text, first, second", WRONG)
def test_a_wrong_line_refuses_the_report_by_its_number(text: str, first: str, second: str) -> None:
    with pytest.raises(ReportFault) as refused:
        seen(of_fleet(fleet(1)), text)
    assert first in str(refused.value) and second in str(refused.value) and "\n" not in str(refused.value)


def _signed(device: str, by: Ed25519PrivateKey, at: str = AT, **more: str) -> str:
    said = {"device": device, "release": "1.1.0", "sha256": NEW, "state": "serving", "at": at}
    signature = base64.b64encode(by.sign(rfc8785.dumps(said))).decode()
    return line(device, **({"at": at} | more | {"signature": signature}))


KEY = Ed25519PrivateKey.generate()
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()


def test_where_the_roster_has_keys_only_signed_lines_count() -> None:
    keyed = replace(fleet(4), reached=dict.fromkeys("0123", PUBLIC))
    lines = [
        _signed("0", KEY),
        line("1"),
        _signed("2", Ed25519PrivateKey.generate()),
        _signed("3", KEY, state="failed"),
        line("0", signature="%"),
    ]
    found = seen(of_fleet(keyed), *lines)
    assert (found.counts.serving, found.counts.silent, found.beside.unproven) == (1, 3, 4)
    assert found.is_signed


TIMES = [  # when a device wrote it, and whether that counts between 10:00 and 12:00
    ("2026-01-08T10:00:00Z", False), ("2026-01-08T10:00:01Z", True), ("2026-01-08T12:00:00Z", True),
    ("2026-01-08T12:00:01Z", False), ("2026-01-08T11:30:00", True), ("2026-01-08T11:30:00+02:00", False),
]  # fmt: skip


@cases("at, counts", TIMES)
def test_a_signed_line_counts_in_its_time_alone(at: str, counts: bool) -> None:
    ten = datetime(2026, 1, 8, 10, tzinfo=UTC)
    plain, keyed = (replace(fleet(1), since=ten, until=ten + timedelta(hours=2), reached={"0": key})
                    for key in ("", PUBLIC))  # fmt: skip
    found = seen(of_fleet(keyed), _signed("0", KEY, at))
    assert (found.counts.serving, found.beside.untimely) == (int(counts), int(not counts))
    assert seen(of_fleet(plain), line("0", at=at)).counts.serving == 1  # anybody may write any time
