"""Rosters: a table of devices that every later count is out of."""

from __future__ import annotations

import base64

from cases import cases

from mlops_gitops.documents.tree import Overlay
from mlops_gitops.records.target import Target
from mlops_gitops.rollout.target_kind import kind_of

HEAD = "device,group\n"
KEY = base64.b64encode(bytes(32)).decode()
ROSTERS = [
    (HEAD + "a,pilot\nb,fleet\n", None, ""),
    ("\ufeff" + HEAD.replace("\n", "\r\n") + 'a,"pilot, north"\r\n', None, ""),
    ("", 1, "device,group"),
    (HEAD, 1, "no device"),
    ("group,device\na,b\n", 1, "device,group"),
    (HEAD + "a,pilot\nb,pilot\na,fleet\n", 4, "a twice, on the lines 2 and 4"),
    (HEAD + "a\n", 2, "without device and group"),
    (HEAD + "a,pilot,more\n", 2, "without device and group"),
    (HEAD + ",pilot\n", 2, "without device and group"),
    (HEAD + " a,pilot\n", 2, "without device and group"),
    (HEAD + "\na,pilot\n", 2, "without device and group"),
    (HEAD + "a\x1b[31m,pilot\n", 2, "without device and group"),
    (HEAD + '"a\nb",pilot\n', 2, "without device and group"),
    (HEAD + '"a,pilot\n', 1, "not CSV"),
    (f"device,group,key\na,pilot,{KEY}\n", None, ""),
    ("device,group,key\na,pilot\n", 2, "without device and group and key"),
    ("device,group,key\na,pilot,c2hvcnQ=\n", 2, "no public key for a"),
    (f"device,group,key\na,pilot,{KEY}!\n", 2, "no public key for a"),
]


@cases("text,line,fact", ROSTERS)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int | None, fact: str) -> None:
    target = Target("tills", "roster", roster="fleet.csv")
    found = list(kind_of("roster").faults(target, Overlay({"fleet.csv": text.encode()})))
    assert [fault.line for fault in found] == ([line] if line else []), found
    assert all(fact in fault.message for fault in found), found


def test_a_roster_that_is_not_there_or_no_text() -> None:
    target = Target("tills", "roster", roster="fleet.csv")
    for files, fact in (({}, "no file fleet.csv"), ({"fleet.csv": b"device,group\n\xff,b\n"}, "UTF-8")):
        (found,) = kind_of("roster").faults(target, Overlay(files))
        assert fact in found.message


def test_many_faults_are_counted() -> None:
    text = HEAD + "a,b,c\n" * 50
    found = list(kind_of("roster").faults(Target("t", "roster", roster="f.csv"), Overlay({"f.csv": text.encode()})))
    assert len(found) == 21 and "30 more" in found[-1].message
