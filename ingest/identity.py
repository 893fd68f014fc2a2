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
#: Titles that name year, department and kind together.
_TITLES = (
    re.compile(rf"^(?P<year>\d{{4}})年?度?{_NAME}(?:部门|单位)(?:综合)?(?P<kind>决算|预算)"),
    re.compile(
        rf"^第[一二三四五六七八九十]部分{_NAME}(?P<year>\d{{4}})年?度?(?:部门|单位)(?:综合)?(?P<kind>决算|预算)"
    ),
    re.compile(rf"^{_NAME}(?P<year>\d{{4}})年?度?(?:部门|单位)(?:综合)?(?P<kind>决算|预算)"),
)
_YEAR_AND_KIND = re.compile(
    r"(?P<year>20\d{2})年?度?[\u4e00-\u9fff]{0,6}?(?:部门|单位)(?:综合)?(?P<kind>决算|预算)"
)
#: The title of any table of the paper, where no title of its own is printed.
_TABLE_YEAR = re.compile(r"^(?P<year>20\d{2})年?度?[\u4e00-\u9fff]{0,16}?(?P<kind>预算|决算)表$")
#: Sentences of the explanation that name the department.
_NAMED = re.compile(
    rf"^{_NAME}(?:所属|下属)\d+个(?:二级)?预算单位"
    rf"|^\d{{4}}年度?{_NAME.replace('name', 'other')}(?:政府采购预算|机关运行经费)"
)
#: Heads of forms that name the department: 部门：…, 预算单位：…, 编制单位：….
_LABELLED = re.compile(
    r"^(?:部门/单位|预算主管部门|预算单位|编制单位|编制部门|部门名称|单位名称|部门（单位）|部门|单位)[:：]"
    r"(?P<name>[\u4e00-\u9fff（）、]{3,40}?)(?:单位[:：]|公开|填报|$)"
)
#: What a body's name ends in; other words in its place are headings.
_BODY = re.compile(
    r"(?:局|办|室|厅|委|院|中心|部|处|所|站|队|会|校|学|馆|府|社|团|公司|园|台|库|办事处|园区|宫|组)(?:（[^（）]*）)?$"
)
_NO_BODY = re.compile(r"支出|收入|收支|一般公共|预算|决算|情况|^年度|^[一二三四五六七八九十]+、|^第.部分")
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
MAX_TITLE = 80
COVER_LINES = 4


def identify(paper: Paper) -> DocumentRow:
    """Read kind, fiscal year and department by the titles' own vote.

    Raises UnreadableDocument where no title says what the paper is: without a year, a kind and a
    body no figure of it means anything.
    """
    lines = _short_lines(paper)
    titles = [match for line in lines if (match := _title(line))]
    dated = titles or [match for line in lines if (match := _YEAR_AND_KIND.search(line))]
    dated = dated or [match for line in lines if (match := _TABLE_YEAR.match(line))]
    labelled = [m["name"] for line in lines if (m := _LABELLED.match(line))]
    named = [m["name"] or m["other"] for line in lines if (m := _NAMED.match(line))]
    names = Counter(match["name"] for match in titles)
    names = names or Counter(filter(_is_body, labelled)) or Counter(filter(_is_body, named))
    if not dated or not names:
        raise UnreadableDocument(
            "unidentified",
            "no title names a department with its budget or final account and year",
            "check that the file is a department's budget or final account",
        )
    kind = _most(Counter(match["kind"] for match in dated))
    year = _most(Counter(match["year"] for match in dated if match["kind"] == kind))
    own = Counter(match["name"] for match in titles if (match["kind"], match["year"]) == (kind, year))
    name = _most(own or names)
    head = squeeze("".join(b.text if isinstance(b, Line) else "" for b in paper.blocks[:_FIRST_LINES]))
    perimeter = next((word for word, pattern in _PERIMETER_WORDS if pattern.search(name)), None)
    perimeter = perimeter or next((w for w, p in _PERIMETER_WORDS if p.search(head)), "unit")
    bare = name.removeprefix("原").removeprefix("中共").removeprefix("中国共产党")
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


def _short_lines(paper: Paper) -> list[str]:
    """Lines that can be a title or a form's head; titles broken over two or three lines are joined."""
    lines = [squeeze(block.text) if isinstance(block, Line) else "" for block in paper.blocks]
    grids = [
        squeeze(row.cells[0]) for block in paper.blocks if isinstance(block, Grid) for row in block.rows[:2]
    ]
    pairs = [a + b for a, b in pairwise(lines) if a and b]
    cover = ["".join(lines[i : i + size]) for size in (3, 4) for i in range(COVER_LINES)]
    return [text for text in [*lines, *pairs, *cover, *grids] if 0 < len(text) <= MAX_TITLE]


def _title(text: str) -> re.Match[str] | None:
    for pattern in _TITLES:
        match = pattern.match(text)
        if match and _is_body(match["name"]):
            return match
    return None


def _is_body(name: str) -> bool:
    return bool(_BODY.search(name)) and not _NO_BODY.search(name)


def _most(counts: Counter[str]) -> str:
    """The most frequent value; ties go to the longest, then to the first in order."""
    return min(counts, key=lambda value: (-counts[value], -len(value), value))
