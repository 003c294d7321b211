"""A million lines of ten thousand devices: in seconds, with the memory of the roster and not of the report."""

from __future__ import annotations

import subprocess
import sys

import pytest

LINES, DEVICES = 1_000_000, 10_000
READ = f"""
import resource, time
from mlops_gitops.records.target import Observe
from mlops_gitops.rollout.observers.devices import read
from mlops_gitops.rollout.observing.observer import Expected, Fleet
from mlops_gitops.rollout.observing.report import Report

line = b'{{"device": "till-%d", "release": "1.1.0", "sha256": "' + b"b" * 64 + b'", '
line += b'"state": "serving", "at": "2026-01-08T10:00:00Z"}}\\n'

class Lines:
    number = 0
    def readline(self, most):
        self.number += 1
        return line % (self.number % {DEVICES}) if self.number <= LINES else b""

fleet = Fleet({{f"till-{{n}}": "" for n in range({DEVICES})}}, frozenset(), frozenset(["b" * 64]), frozenset())
for LINES in ({DEVICES}, {LINES}):
    start = time.process_time()
    seen = read(Report(Lines()), Expected("1.1.0", Observe("devices"), fleet=fleet))
    print(seen.counts.serving, seen.beside.repeated, time.process_time() - start,
          resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.outside
def test_a_million_lines_take_seconds_and_no_more_memory() -> None:
    done = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True)
    few, many = ([float(number) for number in line.split()] for line in done.stdout.splitlines())
    assert (few[:2], many[:2]) == ([DEVICES, 0], [DEVICES, LINES - DEVICES])
    assert many[2] < 30, many  # seconds of one core; 5 measured
    assert many[3] < few[3] * 1.05 + 1024, (few, many)  # KiB at the most
