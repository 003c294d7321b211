"""A till that wakes up: it asks the depot what to run, fetches it, verifies it, tries it, switches to it and reports.

`python fleet/till.py TILL FOLDER PORT BYTES`: its name, its disk, the depot, and how large a model its memory holds. It
knows nothing of Git, and needs nothing but Python.
"""

import hashlib
import http.client
import json
import os
import sys
import time
from pathlib import Path

till, folder, port, memory = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
in_use = folder / "model"  # a link to the version in use, switched in one step
depot = http.client.HTTPConnection("127.0.0.1", port, timeout=30)


def answer(method, path, body=None):
    depot.request(method, path, body)
    response = depot.getresponse()
    data = response.read()
    if response.status != 200:
        sys.exit(f"{till}: {method} {path}: {response.status}")
    return data


def fetch(wanted):
    """The version on this disk, complete and verified."""
    version = folder / wanted["sha256"]
    if not version.exists() or hashlib.sha256(version.read_bytes()).hexdigest() != wanted["sha256"]:
        data = answer("GET", f"/models/{wanted['sha256']}")
        if hashlib.sha256(data).hexdigest() != wanted["sha256"]:
            raise ValueError("other bytes than the release pins")
        with (folder / "new").open("wb") as file:
            file.write(data)
            os.fsync(file.fileno())
        (folder / "new").replace(version)
    return version


def try_out(version):
    """Whether this till can answer by it."""
    if version.stat().st_size > memory:
        raise MemoryError(f"{version.stat().st_size} bytes, and {memory} are free")
    model = json.loads(version.read_text())
    if not 0 <= model["rates"][0] <= 1:
        raise ValueError("it answers no probability")


def switch(version):
    (folder / "next").unlink(missing_ok=True)
    (folder / "next").symlink_to(version.name)
    (folder / "next").replace(in_use)


folder.mkdir(parents=True, exist_ok=True)
wanted, state = json.loads(answer("GET", f"/desired/{till}")), "serving"
try:
    version = fetch(wanted)
    try_out(version)
    switch(version)
except (OSError, ValueError, MemoryError):
    state = "failed"  # it goes on with the version that it had
report = {"device": till, "release": wanted["release"], "sha256": "", "state": state}
report["at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
if in_use.exists():
    report["sha256"] = hashlib.sha256(in_use.read_bytes()).hexdigest()  # what it really has, not what it was to get
answer("POST", "/reports", json.dumps(report))
