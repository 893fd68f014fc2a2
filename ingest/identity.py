"""What a paper is: kind, year, department, district, perimeter and unit, from its own words.

The evidence is asked in turn, from strong to weak: titles that name body, year and kind together;
lines that name year and kind; titles of tables; at last a year alone, with the kind that the titles
of the forms say. The body stands in a title, behind a label, or in a sentence of the explanation.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ingest.errors import UnreadableDocument
from ingest.forms.catalogue import load_catalogue, squeeze
from ingest.forms.parser import common_unit
from ingest.forms.segment import Segment, split_into_segments
from ingest.model import DocumentRow, Grid, Line, Paper

KINDS = {"决算": "final_account", "预算": "budget"}
_NAME = r"(?P<name>[\u4e00-\u9fff（）、\d·]{2,40}?)"
_YEAR = r"(?P<year>20\d{2})年?度?"
_KIND = r"(?:部门|单位)(?:（[^（）]*）)?(?:综合|收支)?(?P<kind>决算|预算)"
#: The kind without 部门: only at the end of a title, or a sentence would be one.
_BARE_KIND = (
    r"(?:综合|收支)?(?P<kind>决算|预算)(?:(?:信息)?公开)?(?:报表|报告|的?(?:情况|编制)?说明|文本|材料|表)?$"
)


def _titles(kind: str) -> tuple[re.Pattern[str], ...]:
    """Titles that name year, department and kind together, in the orders that are printed."""
    orders = (
        rf"{_YEAR}{_NAME}{kind}",
        rf"{_NAME}{_YEAR}{kind}",
        rf"{_NAME}{kind.rstrip('$')}(?:公开)?(?:说明)?（?{_YEAR}）?$",
    )
    return tuple(re.compile(f"^(?:第[一二三四五六七八九十]+部分)?{order}") for order in orders)


#: From strong to weak.
_TITLES = (_titles(_KIND), _titles(_BARE_KIND))
#: Words before a title that are none of it.
_BEFORE_TITLE = re.compile(r"^(?:附件\d*[:：.]?|[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|关于)+")
_YEAR_AND_KIND = re.compile(rf"{_YEAR}[\u4e00-\u9fff]{{0,6}}?{_KIND}")
#: The title of any table of the paper, where no title of its own is printed.
_TABLE_YEAR = re.compile(rf"^{_YEAR}[\u4e00-\u9fff“”、]{{0,16}}?(?P<kind>预算|决算)(?:总|明细|情况)?表$")
#: A year that stands alone under a title: （2026年度）.
_YEAR_ALONE = re.compile(rf"^（?{_YEAR}）?$")
#: A year in Chinese numerals: 二〇二四年.
_CHINESE_YEAR = re.compile(r"[二][〇○Ｏ零O0][一二三四五六七八九][〇○Ｏ零O0一二三四五六七八九](?=年)")
_NUMERALS = str.maketrans("〇○Ｏ零O一二三四五六七八九", "00000123456789")
#: Sentences of the explanation that name the department.
_NAMED = re.compile(
    rf"^{_NAME}(?:所属|下属)\d+个(?:二级)?预算单位"
    rf"|^\d{{4}}年度?{_NAME.replace('name', 'other')}(?:政府采购预算|机关运行经费)"
    rf"|^(?:第一部分|一、)?{_NAME.replace('name', 'described')}概况$"
)
#: Heads of forms that name the department: 部门：…, 预算单位：…, 编制单位：….
_LABEL = (
    r"(?:部门/单位|预算主管部门|预算单位|编制单位|编制部门|填报单位|填报部门|公开部门|公开单位|部门(?:（?单位）?)?名称"
    r"|单位名称|部门（单位）|部门|单位)"
)
_LABELLED = re.compile(rf"^{_LABEL}[:：](?:\d+)?{_NAME}(?:（?(?:金额)?单位[:：]|公开|填报|编制|{_YEAR}|$)")
#: A body's name that stands alone on the cover, with its place.
_WHOLE_NAME = re.compile(r"^[\u4e00-\u9fff（）]{1,12}[省市区县旗乡镇][\u4e00-\u9fff（）]{2,30}$")
_LABEL_CELL = re.compile(rf"^{_LABEL}[:：]?$")
#: What a body's name ends in; other words in its place are headings.
_BODY = re.compile(
    r"(?:局|办|室|厅|委|院|中心|部|处|所|站|队|会|校|学|馆|府|社|团|公司|园|台|库|宫|组|场|署|厂|关|房|镇|乡|街道"
    r"|人大|政协|联|协|基地|集团)(?:（[^（）]*）)?$"
)
_NO_BODY = re.compile(
    r"支出|收入|收支|一般公共|预算|决算|情况|^年度|^[一二三四五六七八九十]+、|^第.部分"
    r"|^(?:[我本该各其]|所属|下属|有关|相关)"
)
#: A perimeter that the body's name says.
_NAMED_PERIMETER = (
    ("consolidated", re.compile(r"（汇总）")),
    ("headquarters", re.compile(r"（(?:局|部门|机关)?本级）")),
)
#: Sentences on what the figures take in: how many units with the department itself, how many below it.
#: Tables without the paper's words say it in a line of their own.
PERIMETERS = {"汇总": "consolidated", "本级": "headquarters", "单位": "unit"}
_STATED_PERIMETER = re.compile(rf"口径：(?P<perimeter>{'|'.join(PERIMETERS)})")
_UNITS = re.compile(
    r"(?:汇总|编制范围)[^。]{0,20}?预算单位(?:共计|共有|共|有)(?P<all>\d+)[个家]"
    r"|(?P<below>\d+)[个家](?:下属|所属|二级)(?:预算|决算)?单位"
    r"|(?:下属|所属|二级)(?:预算|决算)?单位(?:共计|共有|共|有)(?P<counted>\d+)[个家]"
)
_CONSOLIDATED = re.compile(
    r"（汇总）|汇总(?:预算|决算)(?!编制范围)|本级(?:决算|预算)(?:（[^）]*）)?(?:和|以及|及|、)[^。；]{0,30}?(?:单位|预算|决算|署|中心)"
)
_HEADQUARTERS = re.compile(r"（?本级）?(?:决算|预算)(?!执行|草案|收支|管理|[和及、]|以及|的?审)")
_CITY = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}省|[\u4e00-\u9fff]{2,7}自治区)?(?P<city>[^省市区县]{2,4}市)")
_DISTRICT = re.compile(r"(?P<district>[^省市区县]{1,6}(?<![社校院库景治])(?:区|县|旗))")
_FIRST_LINES = 400
MAX_TITLE = 80
#: So many lines at a paper's beginning can be one title.
COVER_LINES = 6
#: Rows at a grid's top that can print the paper's or the form's title, in so few cells.
HEAD_ROWS, HEAD_CELLS = 4, 3
#: So many titles of forms tell the kind where nothing else does.
LEAST_TITLES = 3


class _Said(NamedTuple):
    """What one line says of the paper; ``name`` is '' where it names no body."""

    kind: str
    year: str
    name: str = ""


def identify(paper: Paper) -> DocumentRow:
    """Read kind, fiscal year and department by the titles' own vote.

    Raises UnreadableDocument where no title says what the paper is: without a year, a kind and a
    body no figure of it means anything.
    """
    lines = _short_lines(paper)
    segments = split_into_segments(paper, load_catalogue())
    tiers = ([said for line in lines if (said := _title(line, patterns))] for patterns in _TITLES)
    titles = next(filter(None, tiers), [])
    dated = titles or _dated(lines, segments)
    labelled = Counter(filter(_is_body, _labelled(paper, lines)))
    named = Counter(filter(_is_body, (m[m.lastgroup or 0] for line in lines if (m := _NAMED.match(line)))))
    alone = Counter(line for line in _first_lines(paper) if _WHOLE_NAME.match(line) and _is_body(line))
    names = Counter(said.name for said in titles) or labelled or named or alone
    if not dated or not names:
        missing = "a year with its budget or final account" if names else "a department"
        raise UnreadableDocument(
            "unidentified",
            f"no title, label or table of the paper names {missing}",
            "check that the file is a department's budget or final account, whole and not a part of it",
        )
    kind = _most(Counter(said.kind for said in dated))
    year = _most(Counter(said.year for said in dated if said.kind == kind))
    own = Counter(said.name for said in titles if (said.kind, said.year) == (kind, year)) or names
    own = _with_places(own)
    # A title may shorten the body's name; the heads of the forms print it whole.
    confirmed = Counter({name: count for name, count in own.items() if name in labelled})
    name = _most(confirmed or own)
    head = squeeze("".join(b.text if isinstance(b, Line) else "" for b in paper.blocks[:_FIRST_LINES]))
    bare = name.removeprefix("原").removeprefix("中共").removeprefix("中国共产党")
    city = _CITY.match(bare)
    district = _DISTRICT.match(bare[city.end() :] if city else bare)
    city_name = (
        city.group("city") if city else _city_before(district.group("district"), paper) if district else None
    )
    return DocumentRow(
        document_kind=KINDS[kind],
        fiscal_year=int(year),
        department_name=name,
        district_name=district.group("district") if district else None,
        city_name=city_name,
        perimeter=_perimeter(name, head),
        unit_printed=common_unit(segments),
    )


def _city_before(district: str, paper: Paper) -> str | None:
    """The city that the text prints before a district whose name stands in several cities."""
    pattern = re.compile(
        rf"(?:^|省|自治区|[^\u4e00-\u9fff])原?(?P<city>[^\W省市区县]{{2,4}}市){re.escape(district)}"
    )
    # Marks part words here: 根据《甲市乙区… names 甲市.
    texts = ("".join(block.text.split()) for block in paper.blocks if isinstance(block, Line))
    counts = Counter(match["city"] for text in texts for match in pattern.finditer(text))
    return _most(counts) if counts else None


def _perimeter(name: str, head: str) -> str:
    """Whose figures these are: consolidated, headquarters or unit; ``head`` is the paper's first text."""
    stated = _STATED_PERIMETER.search(head)
    if stated:
        return PERIMETERS[stated["perimeter"]]
    named = next((word for word, pattern in _NAMED_PERIMETER if pattern.search(name)), None)
    if named:
        return named
    for match in _UNITS.finditer(head):
        least = 2 if match["all"] else 1
        if int(match["all"] or match["below"] or match["counted"]) >= least:
            return "consolidated"
    if _CONSOLIDATED.search(head):
        return "consolidated"
    return "headquarters" if _HEADQUARTERS.search(head) else "unit"


def _short_lines(paper: Paper) -> list[str]:
    """Lines and cells that can be a title or a form's head; titles broken over lines are joined."""
    lines = [_plain(block.text) if isinstance(block, Line) else "" for block in paper.blocks]
    grids = [
        _plain(cell)
        for block in paper.blocks
        if isinstance(block, Grid)
        for row in block.rows[:HEAD_ROWS]
        for cell in row.cells
        if sum(bool(other) for other in row.cells) <= HEAD_CELLS
    ]
    pairs = [a + b for a, b in pairwise(lines) if a and b]
    cover = [
        "".join(lines[start : start + size])
        for size in range(3, COVER_LINES + 1)
        for start in range(COVER_LINES)
    ]
    return [text for text in [*lines, *pairs, *cover, *grids] if 0 < len(text) <= MAX_TITLE]


def _plain(text: str) -> str:
    """A line without blanks, its year in figures."""
    return _CHINESE_YEAR.sub(lambda match: match.group().translate(_NUMERALS), squeeze(text))


def _title(text: str, patterns: Iterable[re.Pattern[str]]) -> _Said | None:
    text = _BEFORE_TITLE.sub("", text)
    for pattern in patterns:
        match = pattern.match(text)
        if match and _is_body(match["name"]):
            return _Said(match["kind"], match["year"], match["name"])
    return None


def _dated(lines: Sequence[str], segments: Sequence[Segment]) -> list[_Said]:
    """Year and kind where no title names the body with them."""
    for found in (
        (_YEAR_AND_KIND.search(line) for line in lines),
        (_TABLE_YEAR.match(line) for line in lines),
    ):
        said = [_Said(match["kind"], match["year"]) for match in found if match]
        if said:
            return said
    years = [match["year"] for line in lines if (match := _YEAR_ALONE.match(line))]
    kind = _kind_of_forms(segments)
    return [_Said(kind, year) for year in years] if kind else []


def _kind_of_forms(segments: Iterable[Segment]) -> str | None:
    """Final accounts print 决算 in the titles of their forms; budgets print 预算 in some, 决算 in none."""
    titles = [segment.title for segment in segments if segment.form]
    finals = sum("决算" in title for title in titles)
    if len(titles) < LEAST_TITLES or not any(kind in title for title in titles for kind in KINDS):
        return None
    return "决算" if finals * 2 >= len(titles) else "预算"


def _labelled(paper: Paper, lines: Sequence[str]) -> Iterator[str]:
    """Names behind a label, in a line or in the cell beside the label's."""
    yield from (match["name"] for line in lines if (match := _LABELLED.match(line)))
    for block in paper.blocks:
        if isinstance(block, Grid):
            for row in block.rows:
                cells = [squeeze(cell) for cell in row.cells if cell]
                yield from (name for label, name in pairwise(cells) if _LABEL_CELL.match(label))


def _first_lines(paper: Paper) -> list[str]:
    """The paper's first printed lines: its cover."""
    lines = (_plain(block.text) for block in paper.blocks[:_FIRST_LINES] if isinstance(block, Line))
    return [line for line in lines if line][:COVER_LINES]


def _with_places(names: Counter[str]) -> Counter[str]:
    """A name that another prints with its place counts for that one: 水务局, 市水务局 for 甲市水务局."""
    whole: Counter[str] = Counter()
    for name, count in sorted(names.items()):
        bare = re.escape(name.lstrip("省市区县旗"))
        longer = [other for other in names if other != name and re.fullmatch(rf".+[省市区县旗]{bare}", other)]
        whole[max(longer, key=lambda other: (len(other), other), default=name)] += count
    return whole


def _is_body(name: str) -> bool:
    return bool(_BODY.search(name)) and not _NO_BODY.search(name)


def _most(counts: Counter[str]) -> str:
    """The most frequent value; ties go to the longest, then to the first in order."""
    return min(counts, key=lambda value: (-counts[value], -len(value), value))
