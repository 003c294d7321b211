"""A server on loopback that takes what a webhook is sent."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

Taken = tuple[str, dict[str, str], Any]  # the path, the headers, the message


class _Handler(http.server.BaseHTTPRequestHandler):
    """Takes what is posted, and answers as the path says."""

    taken: list[Taken]

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((self.path, dict(self.headers), json.loads(data)))
        how = self.path.split("/")[1]
        if how == "slow":
            with suppress(OSError):  # until nobody listens
                while True:  # a byte at a time, each within any limit of the socket
                    self.wfile.write(b"x")
                    time.sleep(0.05)
            return
        if how == "garbage":
            self.wfile.write(b"what is this\r\n\r\n")
            return
        self.send_response(int(how))
        self.send_header("Location", "/200/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


class Receiver:
    """The server: its port, and what it has taken. The first part of a path says how it answers, such as /500/x."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"taken": self.taken})
        )
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A server as long as the block runs."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()
