"""One message to the webhook of a chat tool: it changes no outcome, and its address is a secret that is never shown.

The standard library sends it: the base installation has no other client, and one POST needs no more.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mlops_gitops import __version__

PREFIX = "MLOPS_GITOPS_WEBHOOK_"
TIMEOUT = 10.0  # seconds for all of it: the look-up of the name, the connection and the answer
_NAME = re.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def variable(name: str) -> str:
    """The only environment variable that may hold the URL of a webhook. Raises ValueError for a malformed name."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a webhook")
    return PREFIX + name.upper().replace("-", "_")


def post(name: str, message: Mapping[str, Any]) -> str:
    """Sends a message as JSON, once; "" when it was taken, else one sentence that says why not, without the URL."""
    where = variable(name)
    url = os.environ.get(where, "").strip()
    if not url:
        return f"the webhook {name} was not called: {where} is not set"
    if not _is_allowed(url):
        return f"the webhook {name} was not called: {where} must hold an https:// address, or http:// of this machine"
    reason = _within_time(url, json.dumps(message).encode())
    return f"the webhook {name} could not be called: {reason}" if reason else ""


def _is_allowed(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, sound = parts.hostname or "", parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return False
    plain = re.fullmatch("[!-~]+", url) is not None
    return bool(plain and sound and host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host)))


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _within_time(url: str, data: bytes) -> str:
    """Sends it in a thread that is left behind after the time: a socket's own limit is for each byte."""
    answers: list[str] = []
    sending = threading.Thread(target=lambda: answers.append(_send(url, data)), daemon=True)
    sending.start()
    sending.join(TIMEOUT)
    return answers[0] if answers else f"no answer in {TIMEOUT:g} seconds"


def _send(url: str, data: bytes) -> str:
    """Sends it; why it was not taken, by the kind of error alone, since its words may hold the URL."""
    # Imported here: few commands send anything.
    from urllib.error import HTTPError, URLError
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

    class NoRedirects(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            """Another address is another receiver, which nobody chose."""

    headers = {"Content-Type": "application/json", "User-Agent": f"mlops-gitops/{__version__}"}
    request = Request(url, data, headers, method="POST")  # noqa: S310 - https, or this machine
    direct = [ProxyHandler({})] if _is_here(urlsplit(url).hostname or "") else []
    try:
        with build_opener(NoRedirects, *direct).open(request, timeout=TIMEOUT):
            return ""
    except HTTPError as error:
        with error:
            redirect = ", a redirect, which is not followed" if 300 <= error.code < 400 else ""
            return f"it answered {error.code}{redirect}"
    except Exception as error:  # whatever it is, it stops no command
        return _kind(error.reason if isinstance(error, URLError) else error)


def _kind(error: object) -> str:
    from http.client import HTTPException
    from ssl import SSLError

    if isinstance(error, SSLError):
        return "its certificate or encryption is not accepted"
    if isinstance(error, TimeoutError):
        return f"no answer in {TIMEOUT:g} seconds"
    if isinstance(error, HTTPException) and not isinstance(error, OSError):
        return "what answered is not HTTP"
    words = error.strerror if isinstance(error, OSError) else None
    return words or f"the connection failed ({type(error).__name__})"
