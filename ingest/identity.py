"""What a paper is: kind, year, department, district, perimeter and unit, from its own words."""

import re
from collections import Counter
from itertools import pairwise

from ingest.errors import UnreadableDocument
from ingest.forms.catalogue import load_catalogue, squeeze
from ingest.forms.parser import common_unit
from ingest.forms.segment import split_into_segments
from ingest.model import DocumentRow, Grid, Line, Paper

KINDS = {"决算": "final_account", "预算": "budget"}
_NAME = r"(?P<name>[\u4e00-\u9fff（）、]{2,40}?)"
_PATTERNS = (
    re.compile(rf"^(?P<year>\d{{4}})年?度?{_NAME}(?:部门|单位)(?P<kind>决算|预算)"),
    re.compile(
        rf"^第[一二三四五六七八九十]部分{_NAME}(?P<year>\d{{4}})年?度?(?:部门|单位)(?P<kind>决算|预算)"
    ),
    re.compile(rf"^{_NAME}(?P<year>\d{{4}})年?度?(?:部门|单位)(?P<kind>决算|预算)"),
)
_PERIMETER_WORDS = (
    (
        "consolidated",
        re.compile(
            r"[（(]汇总[)）]|本级(?:决算|预算)和.{0,6}(?:个)?(?:下属|所属|二级)|\d+个(?:下属|所属|二级)单位"
        ),
    ),
    ("headquarters", re.compile(r"[（(]本级[)）]|本级(?:决算|预算)")),
)
_CITY = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}省)?(?P<city>[^省市区县]{2,4}市)")
_DISTRICT = re.compile(r"(?P<district>[^省市区县]{1,6}(?:区|县|旗))")
_FIRST_LINES = 400


def identify(paper: Paper) -> DocumentRow:
    """Read kind, fiscal year and department by the titles' own vote.

    Raises UnreadableDocument where no title says what the paper is: without a year and a kind
    no figure of it means anything.
    """
    titles = _titles(paper)
    if not titles:
        raise UnreadableDocument(
            "unidentified",
            "no title names a department with its budget or final account and year",
            "check that the file is a department's budget or final account",
        )
    kind = _most(Counter(kind for kind, _, _ in titles))
    year = _most(Counter(year for k, year, _ in titles if k == kind))
    name = _most(Counter(name for k, y, name in titles if (k, y) == (kind, year)))
    head = squeeze("".join(b.text if isinstance(b, Line) else "" for b in paper.blocks[:_FIRST_LINES]))
    perimeter = next((word for word, pattern in _PERIMETER_WORDS if pattern.search(name)), None)
    perimeter = perimeter or next((w for w, p in _PERIMETER_WORDS if p.search(head)), "unit")
    bare = name.removeprefix("原")
    city = _CITY.match(bare)
    district = _DISTRICT.match(bare[city.end() :] if city else bare)
    return DocumentRow(
        document_kind=KINDS[kind],
        fiscal_year=int(year),
        department_name=name,
        district_name=district.group("district") if district else None,
        city_name=city.group("city") if city else None,
        perimeter=perimeter,
        unit_printed=common_unit(split_into_segments(paper, load_catalogue())),
    )


def _titles(paper: Paper) -> list[tuple[str, str, str]]:
    """(kind, year, department) of every line that is a title; broken titles are joined in pairs."""
    lines = [squeeze(block.text) if isinstance(block, Line) else "" for block in paper.blocks]
    grids = [
        squeeze(row.cells[0]) for block in paper.blocks if isinstance(block, Grid) for row in block.rows[:1]
    ]
    candidates = [*lines, *(a + b for a, b in pairwise(lines) if a and b), *grids]
    found = []
    for text in candidates:
        if len(text) > 80:
            continue
        for pattern in _PATTERNS:
            match = pattern.match(text)
            if match:
                found.append((match["kind"], match["year"], match["name"]))
                break
    return found


def _most(counts: Counter[str]) -> str:
    """The most frequent value; ties go to the longest, then to the first in order."""
    return min(counts, key=lambda value: (-counts[value], -len(value), value))
