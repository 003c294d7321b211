"""The depot of a fleet: `python fleet/depot.py FOLDER [--off TILL]` wakes every till once, and keeps what they report.

FOLDER has `desired.json`, what each till is to run, by `mlops-gitops rollout --target`; `in-force/` and `pilot/`, the
releases by `mlops-gitops fetch`; `tills/`, the disk of each till; and `reports.jsonl`, one line a report. The depot
answers on loopback; each till is a process of its own. Old tills have little memory.
"""

import hashlib
import json
import subprocess
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

folder = Path(sys.argv[1])
off = sys.argv[3:] if "--off" in sys.argv else []
OLD, LITTLE, MUCH = ("till-03", "till-04", "till-09"), 16_000, 1_000_000  # bytes
AT_ONCE = 10
MODEL = "models/refunds/model.json"
desired = {
    item["device"]: {"release": item["release"], "sha256": item["files"][MODEL]["sha256"]}
    for item in json.loads((folder / "desired.json").read_text())["devices"]
}
fetched = [(folder / name / MODEL).read_bytes() for name in ("in-force", "pilot") if (folder / name).exists()]
models = {hashlib.sha256(data).hexdigest(): data for data in fetched}
reports = []


class Depot(BaseHTTPRequestHandler):
    def do_GET(self):
        kind, _, name = self.path[1:].partition("/")
        if kind == "desired" and name in desired:
            return self.answer(json.dumps(desired[name]).encode())
        if kind == "models" and name in models:
            return self.answer(models[name])
        self.send_error(404)

    def do_POST(self):
        reports.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer(b"")

    def answer(self, data):
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def wake(till, port):
    words = [sys.executable, "-I", "-S", str(Path(__file__).with_name("till.py"))]
    return subprocess.Popen(
        [*words, till, str(folder / "tills" / till), str(port), str(LITTLE if till in OLD else MUCH)]
    )


with ThreadingHTTPServer(("127.0.0.1", 0), Depot) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    awake = [till for till in desired if till not in off]
    for start in range(0, len(awake), AT_ONCE):
        woken = [wake(till, server.server_port) for till in awake[start : start + AT_ONCE]]
        if any([process.wait(60) for process in woken]):
            sys.exit("a till ended with an error")
    server.shutdown()
with (folder / "reports.jsonl").open("w") as file:
    file.writelines(json.dumps(report) + "\n" for report in reports)
runs = {item["sha256"]: item["release"] for item in desired.values()}
for (state, release, digest), count in sorted(
    Counter((r["state"], r["release"], r["sha256"]) for r in reports).items()
):
    what = f"report {state}: {release}" if state == "failed" else f"run {release}"
    print(f"{count} tills {what}" + ("" if runs.get(digest) == release else f", and still have {digest[:8]}"))
if off:
    print(f"off: {', '.join(off)}")
