"""The failures the pipeline knows by name."""


class JuesuanError(Exception):
    """A failure with a message for a person: what, where, and what to do."""


class UnreadableDocument(JuesuanError):
    """A document that cannot be loaded. It is quarantined; the rest goes on.

    ``code`` is stable for machines, ``reason`` and ``remedy`` are for people.
    """

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.code = code
        self.reason = reason
        self.remedy = remedy
