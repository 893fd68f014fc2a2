"""Thousands of spoiled files from a few good ones, each the same at every run: what a seed says.

A mutant may still be a readable paper; what it may not be is a crash, a hang, or lost from sight.
"""

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.conftest import DATA, ROOT
from tests.faults.hostile import zipped

FIXTURES = ROOT / "tests" / "fixtures"
#: A name in an archive that leads out of it, and what a worksheet's cell would run.
OUTSIDE = ("../../../escaped.txt", "/tmp/escaped-juesuan.txt", "xl/../../escaped.xml", "..\\escaped.txt")
FORMULAS = (
    b'=HYPERLINK("{url}","x")',
    b'=WEBSERVICE("{url}")',
    b"=cmd|' /C touch {mark}'!A0",
    b'+DDE("{url}")',
)
#: Names that steer a terminal or turn the direction of writing.
NAMES = (
    "\u202e{}",
    "\u2066{}\u2069",
    "[red]{}",
    "\x1b[2J{}",
    "-rf {}",
    "a\nb{}",
    "%s%n{}",
    "＂{}",
    "e\u0301{}",
)

Mutation = Callable[[bytes, random.Random, str], bytes]


def seeds() -> dict[str, list[bytes]]:
    """Small good files by format."""
    text = sorted((DATA / "tables").iterdir(), key=lambda path: (path.stat().st_size, path.name))[:3]
    return {
        ".txt": [path.read_bytes() for path in text],
        ".pdf": [
            (FIXTURES / "unruled" / "ruled.pdf").read_bytes(),
            *(path.read_bytes() for path in _smallest("pdf", ".pdf", 2)),
        ],
        ".docx": [path.read_bytes() for path in _smallest("office", ".docx", 2)],
        ".xlsx": [path.read_bytes() for path in _smallest("office", ".xlsx", 2)],
        ".xls": [path.read_bytes() for path in _smallest("office", ".xls", 2)],
        ".html": [path.read_bytes() for path in _smallest("office", ".html", 2)],
    }


def _smallest(folder: str, suffix: str, count: int) -> list[Path]:
    found = [path for path in (FIXTURES / folder).rglob(f"*{suffix}") if "encrypted" not in path.name]
    return sorted(found, key=lambda path: (path.stat().st_size, path.name))[:count]


def flip(data: bytes, chance: random.Random, _url: str) -> bytes:
    """Turn a few bits."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 4, 64))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(data: bytes, chance: random.Random, _url: str) -> bytes:
    """Lose the end."""
    return data[: chance.randrange(len(data))]


def lose(data: bytes, chance: random.Random, _url: str) -> bytes:
    """Lose a piece in the middle."""
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.choice((1, 100, 4096)) :]


def repeat(data: bytes, chance: random.Random, _url: str) -> bytes:
    """Say a piece many times."""
    start = chance.randrange(len(data))
    piece = data[start : start + chance.choice((1, 50, 1000))]
    return data[:start] + piece * chance.choice((2, 50)) + data[start:]


def noise(data: bytes, chance: random.Random, _url: str) -> bytes:
    """Put noise in the place of a piece."""
    start = chance.randrange(len(data))
    length = min(chance.choice((16, 512, 8192)), len(data) - start)
    return data[:start] + chance.randbytes(length) + data[start + length :]


def splice(data: bytes, chance: random.Random, url: str) -> bytes:
    """Put words of another meaning somewhere: entities, scripts, formulas, control codes, huge numbers."""
    words = chance.choice(
        (
            f'<!DOCTYPE x [<!ENTITY e SYSTEM "{url}">]>&e;'.encode(),
            f"<script src='{url}'></script><iframe src='{url}'></iframe>".encode(),
            f"/S /URI /URI ({url}) /JS (app.launchURL('{url}'))".encode(),
            FORMULAS[chance.randrange(len(FORMULAS))].replace(b"{url}", url.encode()),
            "\u202e\u2066\ufeff\x00\x1b[2J".encode(),
            b"9" * 400 + b".00\t" + b"-" * 50,
            b"%n%s../../../etc/hostname;DROP TABLE raw.document;--",
            ("（" * 300).encode(),
        )
    )
    start = chance.randrange(len(data))
    return data[:start] + words + data[start:]


def member(data: bytes, chance: random.Random, url: str) -> bytes:
    """Spoil one part of an archive, so that the archive itself stays whole; of other files as ``splice``."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return splice(data, chance, url)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = chance.choice(sorted(item for item in archive.namelist() if not item.endswith("/")))
        content = archive.read(name) or b" "
    return zipped({name: chance.choice((flip, cut, lose, repeat, noise, splice))(content, chance, url)}, data)


def smuggle(data: bytes, chance: random.Random, url: str) -> bytes:
    """Add parts that lead out of an archive, or archives in it; of other files as ``repeat``."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return repeat(data, chance, url)
    inner = data
    for level in range(chance.choice((0, 1, 3))):
        inner = zipped({f"{level}.zip": inner})
    return zipped({chance.choice(OUTSIDE): inner, f"{chance.randrange(99)}.zip": inner}, data)


MUTATIONS: tuple[Mutation, ...] = (flip, cut, lose, repeat, noise, splice, member, smuggle)


def mutants(count: int, url: str) -> Iterator[tuple[str, bytes]]:
    """``count`` file names with their content, all formats and mutations in turn."""
    good = seeds()
    formats = sorted(good)
    for number in range(count):
        chance = random.Random(number)
        suffix = formats[number % len(formats)]
        mutation = MUTATIONS[number // len(formats) % len(MUTATIONS)]
        data = mutation(chance.choice(good[suffix]), chance, url)
        shape = NAMES[number % len(NAMES)] if number % 7 == 0 else "{}"
        yield shape.format(f"{number:05d}_{mutation.__name__}{suffix}"), data
