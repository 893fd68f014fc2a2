"""The note beside a fetched file: where it came from, when, under which words of the server.

``<file>.source.json`` names the content by its SHA-256 and has one retrieval per URL that gave it,
oldest URL first; of each URL the newest retrieval stands.
"""

import logging
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.fetch.files import write_whole

SUFFIX = ".source.json"
#: What others will follow as a link.
PublicUrl = Annotated[str, Field(pattern=r"^https?://[\x21-\x7e]+$")]
_log = logging.getLogger("juesuan.fetch")


class Retrieval(BaseModel):
    """One URL that gave the content, and how."""

    model_config = ConfigDict(frozen=True)

    url: PublicUrl
    final_url: PublicUrl
    fetched_at: datetime
    headers: dict[str, str]
    source: str = ""
    listed_on: str | None = None
    licence: str = ""


class Sidecar(BaseModel):
    """What is known of a fetched file."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    byte_size: int
    retrievals: tuple[Retrieval, ...]

    def with_retrieval(self, new: Retrieval) -> "Sidecar":
        """The same with one more retrieval, or a newer one of a URL."""
        places = {item.url: item for item in self.retrievals} | {new.url: new}
        return self.model_copy(update={"retrievals": tuple(places.values())})


def sidecar_path(file: Path) -> Path:
    """Where the note of a file stands."""
    return file.with_name(file.name + SUFFIX)


def read_sidecar(path: Path) -> Sidecar | None:
    """The note, or None where there is none or, with a warning in the log, none that can be read."""
    try:
        return Sidecar.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, OSError) as error:
        _log.warning("%s is no sidecar and is not used: %s", path.name, str(error).splitlines()[0])
        return None


def write_sidecar(path: Path, sidecar: Sidecar) -> None:
    """Write the note; whoever reads at the same time reads the old one or the new one."""
    write_whole(path, (sidecar.model_dump_json(indent=2) + "\n").encode())


def source_url(file: Path, sha256: str) -> str | None:
    """The URL that a file was fetched from, where a sidecar tells of just this content."""
    sidecar = read_sidecar(sidecar_path(file))
    if sidecar is None or sidecar.sha256 != sha256 or not sidecar.retrievals:
        return None
    return sidecar.retrievals[0].url
