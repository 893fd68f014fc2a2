"""Tell a URL how a run ended. The run has ended by then: whatever happens here changes nothing of it."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

ATTEMPTS = 3
TIMEOUT_SECONDS = 10.0
PAUSE_SECONDS = 2.0
_log = logging.getLogger("juesuan.webhook")


def checked_webhook(url: str) -> None:
    """Raise ValueError, which does not repeat the URL, where it is no http or https URL."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise ValueError("the webhook is no URL") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError("the webhook is no http or https URL")


def post_report(
    url: str, report: Mapping[str, Any], command: str, sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Post a report as JSON; whether it was taken. Tries again what may pass, warns when it gives up.

    It goes to no other address: no redirect is followed, no proxy of the environment is used. The log
    names the host alone, since the path of a webhook often is its secret.
    """
    host = httpx.URL(url).host
    headers = {"User-Agent": "juesuan", "Juesuan-Command": command}
    outcome = ""
    with httpx.Client(trust_env=False, follow_redirects=False, timeout=TIMEOUT_SECONDS) as client:
        for attempt in range(ATTEMPTS):
            if attempt:
                sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                response = client.post(url, json=report, headers=headers)
            except (httpx.HTTPError, UnicodeError) as error:
                outcome = type(error).__name__
                continue
            if response.is_success:
                return True
            outcome = f"status {response.status_code}"
            if response.status_code != httpx.codes.TOO_MANY_REQUESTS and not response.is_server_error:
                break
    _log.warning("the webhook at %s did not take the report (%s)", host, outcome)
    return False
