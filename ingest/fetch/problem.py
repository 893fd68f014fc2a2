"""Why something was not fetched, as a stable code and plain words."""

from ingest.errors import JuesuanError


class NotFetched(JuesuanError):
    """A URL whose content cannot be had, or must not be.

    ``code`` is stable for machines, ``reason`` and ``remedy`` are for people. ``refused`` says that it
    was our decision (an address, a limit, robots.txt), not the server's failure. ``status`` is that of
    the answer, where there was one.
    """

    def __init__(
        self, code: str, reason: str, remedy: str, *, refused: bool = False, status: int | None = None
    ) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.code = code
        self.reason = reason
        self.remedy = remedy
        self.refused = refused
        self.status = status


class Transient(NotFetched):
    """A failure that may pass. ``wait_seconds`` is what the server asks to wait, where it asks.

    ``host`` is the one that failed, after redirects; ``of_host`` says that it could not be reached at
    all, so its other URLs cannot be had either.
    """

    def __init__(
        self,
        code: str,
        reason: str,
        remedy: str,
        *,
        status: int | None = None,
        wait_seconds: float | None = None,
        host: str = "",
        of_host: bool = False,
    ) -> None:
        super().__init__(code, reason, remedy, status=status)
        self.wait_seconds = wait_seconds
        self.host = host
        self.of_host = of_host
