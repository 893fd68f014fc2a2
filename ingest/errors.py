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


class LedgerDamaged(JuesuanError):
    """The ledger's file has lost its content in places: a fault of the disk, not of a document."""


#: How DuckDB says that a file is not what it wrote.
_DAMAGE = ("corrupt database", "checksum", "not a valid duckdb database", "failure while replaying wal")


def is_locked(message: str) -> bool:
    """Whether an error's words say that another program has a DuckDB file open."""
    return "could not set lock" in message.lower()


def is_damage(message: str) -> bool:
    """Whether an error's words say that a DuckDB file is damaged."""
    return any(words in message.lower() for words in _DAMAGE)
