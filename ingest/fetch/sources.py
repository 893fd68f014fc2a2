"""sources.yml: what to fetch, and how. Its faults are told with the line they stand in."""

import re
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from ingest.errors import JuesuanError
from ingest.fetch import client
from ingest.fetch.kinds import DEFAULT_KINDS, Kind
from ingest.fetch.problem import NotFetched
from ingest.readers import MAX_BYTES


def _url(text: str) -> str:
    try:
        return str(client.checked_url(text))
    except NotFetched as problem:
        raise ValueError(problem.reason) from problem


def _pattern(value: object) -> re.Pattern[str]:
    if not isinstance(value, str) or not value:
        raise ValueError("a pattern is a text that is not empty")
    try:
        return re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression ({error})") from error


Url = Annotated[str, AfterValidator(_url)]
Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
Seconds = Annotated[float, Field(gt=0, le=86400)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Manners(_Strict):
    """How servers are treated. The defaults are meant for small servers of small authorities."""

    delay_seconds: Annotated[float, Field(ge=0, le=3600)] = client.Manners.delay_seconds
    attempts: Annotated[int, Field(ge=1, le=10)] = client.Manners.attempts
    backoff_seconds: Seconds = client.Manners.backoff_seconds
    longest_wait_seconds: Seconds = client.Manners.longest_wait_seconds
    connect_seconds: Seconds = client.Manners.connect_seconds
    read_seconds: Seconds = client.Manners.read_seconds
    total_seconds: Seconds = client.Manners.total_seconds
    redirects: Annotated[int, Field(ge=0, le=20)] = client.Manners.redirects


class Source(_Strict):
    """Papers by their URLs, or an index page and the links on it that are papers.

    ``documents`` and ``follow`` are found in a link's URL or text: papers, and pages to look at too.
    """

    name: Annotated[str, Field(min_length=1)]
    urls: tuple[Url, ...] = ()
    index: Url | None = None
    documents: Pattern | None = None
    follow: Pattern | None = None
    hosts: tuple[str, ...] = ()
    types: frozenset[Kind] = DEFAULT_KINDS
    licence: str = ""
    max_pages: Annotated[int, Field(ge=1, le=10_000)] = 50
    max_documents: Annotated[int, Field(ge=1, le=100_000)] = 500

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if bool(self.urls) == bool(self.index):
            raise ValueError("give urls (the papers) or index (a page that links to them), one of the two")
        if self.index and self.documents is None:
            raise ValueError("say which links of the index are papers: documents: '\\.pdf$'")
        if self.urls and (self.documents or self.follow or self.hosts):
            raise ValueError("documents, follow and hosts belong to an index, not to urls")
        return self


class Sources(_Strict):
    """The whole file."""

    contact: Annotated[str, Field(pattern=r"^[\x21-\x7e]*$", max_length=200)] = ""
    licence: str = ""
    max_bytes: Annotated[int, Field(ge=1, le=MAX_BYTES)] = MAX_BYTES
    recheck_days: Annotated[int, Field(ge=0, le=36500)] = 30
    manners: Manners = Manners()
    sources: tuple[Source, ...]

    @model_validator(mode="after")
    def _has_sources_of_different_names(self) -> Self:
        if not self.sources:
            raise ValueError("there is no source; docs/sources.example.yml shows some")
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources are called {twice[0]}; give each its own name")
        return self


class WrongSources(JuesuanError):
    """A sources.yml that cannot be used; the message has a line per fault."""


def load_sources(path: Path) -> Sources:
    """Read and check the file. Raises WrongSources with every fault: line, field, what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except OSError as error:
        raise WrongSources(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WrongSources(f"{path} is not UTF-8; save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise WrongSources(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    try:
        return Sources.model_validate(content)
    except ValidationError as error:
        faults = [
            f"{path}:{_line(root, fault['loc'])}: {_field(fault['loc'])}{_words(fault)}"
            for fault in error.errors()
        ]
        raise WrongSources("\n".join(faults)) from error


def _line(node: yaml.Node | None, loc: tuple[int | str, ...]) -> int:
    """The line of the deepest part of ``loc`` that is there."""
    line = node.start_mark.line + 1 if node else 1
    for part in loc:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode) and any(key.value == part for key, _ in node.value):
            key, node = next((key, value) for key, value in node.value if key.value == part)
            line = key.start_mark.line + 1
            continue
        else:
            return line
        line = node.start_mark.line + 1
    return line


def _field(loc: tuple[int | str, ...]) -> str:
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
    return f"{name}: " if name else ""


def _words(fault: Any) -> str:
    """What is wrong and what to do, in a plain sentence."""
    if fault["type"] == "extra_forbidden":
        return "nothing is called so here; see docs/fetch.md for the words, or mend the spelling"
    if fault["type"] == "missing":
        return "is missing"
    return str(fault["msg"]).removeprefix("Value error, ")
