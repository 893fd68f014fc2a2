"""What a run was given, and whether a publication has it all already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.discover import Found, Refused, shown_name
from ingest.loading import known_outcome, version_for
from ingest.outcome import Outcome


@dataclass(frozen=True)
class Given:
    """What the run was given: files, what could not be had as a file, and the inbox among the paths."""

    found: Sequence[Found]
    refused: Sequence[Refused]
    inbox: Path | None

    @property
    def in_inbox(self) -> set[str]:
        """Content of the inbox."""
        inbox = self.inbox
        # By where its name stands: a link in the inbox is a paper of the inbox.
        return {
            item.sha256 for item in self.found if inbox and item.path.parent.resolve().is_relative_to(inbox)
        }

    @property
    def tells_what_went(self) -> bool:
        """Whether the inbox was seen whole: what cannot be had is not therefore gone."""
        return self.inbox is not None and not self.refused

    def is_covered_by(self, made_of: Mapping[str, Any], retry: bool) -> bool:
        """Whether all of it was read by its format's version.

        ``made_of`` are the documents and inboxes of a publication or of a build that was held back. With
        ``retry`` a document that was set aside is not covered.
        """
        for item in self.found:
            known = made_of["documents"].get(item.sha256)
            if known is None or version_for(item) not in known["extractor_versions"]:
                return False
            if retry and known["status"] == "quarantined":
                return False
        before = set(made_of["inboxes"].get(str(self.inbox), []))
        came, went = self.in_inbox - before, before - self.in_inbox
        return self.inbox is None or not (came or (went and self.tells_what_went))

    def known_outcomes(self, made_of: Mapping[str, Any]) -> list[Outcome]:
        """What became of it all, by what covers it."""
        known = made_of["documents"]
        return [known_outcome(item, known[item.sha256]["status"]) for item in self.found] + self.unreadable

    @property
    def unreadable(self) -> list[Outcome]:
        """What could not be had, as the report says it."""
        return [
            Outcome(shown_name(item.path), "", "quarantined", item.code, item.reason, item.remedy)
            for item in self.refused
        ]
