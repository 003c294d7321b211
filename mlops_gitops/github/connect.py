"""The connection to GitHub's API: PyGithub with our token, time limits and retries."""

from __future__ import annotations

import logging
import time
from typing import Any
from urllib.parse import urlsplit

from mlops_gitops.core.errors import Error
from mlops_gitops.github.api import PAGE, Api
from mlops_gitops.github.failures import ADDRESS, LEFT, RESET, WAIT
from mlops_gitops.runtime import ci_job

TIMEOUT = 30  # seconds for one answer
PATIENCE = 120  # seconds to wait for a rate limit; beyond that it is an error
RETRIES = 4
BACKOFF = 0.5  # seconds before the second retry, doubled for each one after


def connect(repository: str, *, patient: bool = True) -> Api:
    """The API of a repository, by the environment's token; without patience nothing is retried. Raises Error."""
    try:
        from github import Auth, Github
    except ImportError as error:
        help = "pip install 'mlops-gitops[github]'"
        raise Error("a repository at GitHub needs PyGithub, which is not installed", help=help) from error
    logging.getLogger("github").setLevel(logging.ERROR)  # PyGithub logs each retry
    client = Github(
        auth=Auth.Token(ci_job.token()), base_url=_address(), timeout=TIMEOUT, per_page=PAGE, lazy=True,
        retry=_retries(RETRIES if patient else 0), seconds_between_requests=None, seconds_between_writes=None,
    )  # fmt: skip
    return Api(client.requester, repository)


def _address() -> str:
    """The API's address. Raises Error; the address is not repeated, since it may hold a password."""
    try:
        parts = urlsplit(ci_job.api_url())
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise Error("GITHUB_API_URL is not an address that can be reached", help=ADDRESS)
    return ci_job.api_url()


def _retries(total: int) -> Any:
    from github import GithubException
    from github.GithubRetry import GithubRetry

    class Retries(GithubRetry):
        """A POST is sent again only when GitHub says that it did nothing: it could else be carried out twice."""

        wait = 0.0  # seconds, as GitHub says

        def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
            if status_code == 202 and method.upper() == "GET":  # PyGithub would repeat it without an end
                return True
            if not self.total or method.upper() == "POST":
                return bool(self.total) and status_code in (403, 429)
            return super().is_retry(method, status_code, has_retry_after)

        def increment(self, method: Any = None, url: Any = None, response: Any = None, *rest: Any, **more: Any) -> Any:
            """Raises GitHub's answer instead of waiting longer than anybody would."""
            wait = _wait_seconds(response) if response else 0.0
            if response and (response.status == 202 or wait > PATIENCE):
                headers = {**response.headers, **({WAIT: str(wait)} if wait else {})}
                raise GithubException(response.status, {"message": response.reason}, headers)
            again: Any = super().increment(method, url, response, *rest, **more)
            again.wait = wait
            return again

        def get_backoff_time(self) -> float:
            return max(self.wait, super().get_backoff_time())

    once = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})
    return Retries(
        total=total, backoff_factor=BACKOFF, allowed_methods=once, status_forcelist=[403, 429, *range(500, 600)],
        secondary_rate_wait=60, max_rate_limit_wait=PATIENCE, raise_on_status=False,
    )  # fmt: skip


def _wait_seconds(response: Any) -> float:
    """The seconds that GitHub asks us to wait; of a 403, PyGithub reads the time of the limit itself."""
    from urllib3 import Retry
    from urllib3.exceptions import InvalidHeader

    after, reset = (response.headers.get(name, "") for name in ("Retry-After", RESET))
    try:
        if after:
            return float(Retry().parse_retry_after(after))
    except InvalidHeader:
        return float("inf")
    if response.status != 429 or not reset.isdecimal() or response.headers.get(LEFT, "0") != "0":
        return 0.0
    return float(reset) - time.time() + 1  # GitHub does not say when within that second
