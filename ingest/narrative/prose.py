"""The explanation of a paper as clean sentences under their headings.

Papers break sentences over lines, pages and blank lines, and carry marks of layout and of optical
reading. Here the lines of the explanation are joined into sentences whose every character knows its
place in the paper, in two spellings of the same length: *plain* (full-width punctuation, half-width
digits) for matching, and *printed* for quoting.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.model import Line, Paper

CHINESE_NUMBER = "[一二三四五六七八九十]{1,3}"
PART = re.compile(rf"第{CHINESE_NUMBER}(?:部分|章)")
EXPLANATION = re.compile(r"(?P<kind>决算|预算)(?:公开)?(?:的)?(?:情况)(?:的)?说明")
TITLE = re.compile(r".{0,40}(?:部门|单位)(?P<kind>决算|预算)情况说明")
GLOSSARY = re.compile(rf"(?:{CHINESE_NUMBER}、)?(?:专业|专用)?名词解释")
MARKUP = re.compile(r"(?:[#>*•·\s\\]|-\s|</?[a-zA-Z][^>]*>)*")
ORDINAL = re.compile(
    rf"\s*(?:(?P<one>{CHINESE_NUMBER}、)|(?P<two>[（(]{CHINESE_NUMBER}[)）]、?)"
    r"|(?P<three>\d{1,2}[.、．](?=\s*(?:[^\d\s]|\d{4}\s*年|\d{1,2}[.、．]\s*[^\d\s])))|(?P<four>[（(]\d{1,2}[)）]、?))"
)
SUBHEADING = re.compile(r"[^，；。：]{2,40}(?:情况|说明|结果|范围|安排|变化)[。：]?")
CAPTION = re.compile(r"(?:[（(][^（）()]*[)）])?\s*图\s*\d+\s*[:：、.]?.*")
PAGE_NUMBER = re.compile(r"[—–\-\s·]*[—–\-·][—–\-\s·]*\d{1,4}[—–\-\s·]*|第\s*\d+\s*页.*")
BARE_NUMBER = re.compile(r"\d{1,3}")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")
DROPPED = frozenset("_*\\\u200b\ufeff")
MARKS = str.maketrans("", "", "#*_\\")
THOUSANDS = re.compile(r"(?<![\d.，])\d{1,3}(?:，\d{3})+(?!\d)")
END_OF_PATH = re.compile(r"（\d*[类款项]）$")
PLAIN = str.maketrans(
    {
        **dict(zip("０１２３４５６７８９％．－", "0123456789%.-", strict=True)),
        **dict(zip("﹪,;:()", "%，；：（）", strict=True)),
        **dict.fromkeys("“”＂„‟", '"'),
        "﹙": "（",
        "﹚": "）",
    }
)


def plain(text: str) -> str:
    """Return ``text`` without blanks, with half-width digits and full-width punctuation."""
    return "".join(text.split()).translate(PLAIN)


def bare(text: str) -> str:
    """Return ``text`` as ``plain`` does, without the marks that a reading tool sets."""
    return plain(text.translate(MARKS))


def running_text(paper: Paper) -> tuple[str, tuple[int, ...]]:
    """All lines outside tables as one bare text, with the page of each character.

    A sentence goes on over lines and pages; what is read as prose leaves tables out.
    """
    lines = [(bare(block.text), block.page) for block in paper.blocks if isinstance(block, Line)]
    return "".join(text for text, _ in lines), tuple(page for text, page in lines for _ in text)


@dataclass(frozen=True)
class Sentence:
    """A sentence; ``plain``, ``printed`` and ``places`` (offsets in Paper.text) have one length."""

    plain: str
    printed: str
    places: tuple[int, ...]
    page: int
    level: int
    """Level of the ordinal it opened with (1 一、 2 （一） 3 1. 4 （1）), 0 without one."""
    heading: str | None
    """The nearest heading below the section's own, if any."""


@dataclass(frozen=True)
class Section:
    """The sentences under one first-level heading.

    ``kind`` is 决算 or 预算; empty for a section of the overview before the explanation.
    """

    heading: str
    kind: str
    sentences: tuple[Sentence, ...]


def read_sections(paper: Paper) -> list[Section]:
    """Return the sections of overview and explanation in reading order."""
    sections: list[Section] = []
    for kind, lines in _parts(_lines(paper)):
        sections.extend(_sections(kind, lines))
    return sections


def _lines(paper: Paper) -> list[Line]:
    """Lines outside grids, without captions, page numbers and running heads."""
    lines = [block for block in paper.blocks if isinstance(block, Line)]
    pages: dict[int, list[str]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line.text)
    edges = Counter(text for texts in pages.values() for text in {texts[0], texts[-1]})
    # the first of a running head may be the heading itself
    running = {text: next(line for line in lines if line.text == text) for text, n in edges.items() if n >= 3}

    def is_layout(line: Line) -> bool:
        text = line.text.strip()
        if PAGE_NUMBER.fullmatch(text) or CAPTION.fullmatch(MARKUP.sub("", text, count=1)):
            return True
        at_edge = paper.page_count > 1 and line.text in (pages[line.page][0], pages[line.page][-1])
        repeated = line.text in running and running[line.text] is not line
        return at_edge and (repeated or BARE_NUMBER.fullmatch(text) is not None)

    return [line for line in lines if not is_layout(line)]


def _parts(lines: Sequence[Line]) -> Iterator[tuple[str, list[Line]]]:
    """Yield kind and lines of each part; the kind is empty but for one headed as explanation.

    A contents page yields bare ones.
    """
    kind = ""
    stretch: list[Line] = []
    skip_next = False
    for line, following in pairwise([*lines, Line("", 0, 0)]):
        if skip_next:
            skip_next = False
            continue
        text = _body(line.text)
        part = PART.match(text)
        opened = (EXPLANATION.search(text) if part and len(text) <= 80 else None) or TITLE.fullmatch(text)
        if part and not opened and len(plain(following.text)) <= 8:
            opened = EXPLANATION.search(text + plain(following.text))
            skip_next = opened is not None
        if part or opened or GLOSSARY.fullmatch(text):
            yield kind, stretch
            kind, stretch = (opened["kind"] if opened else ""), []
        else:
            stretch.append(line)
    yield kind, stretch


def _body(text: str) -> str:
    return plain("".join(char for char in TAG.sub("", text) if char not in "#*_\\"))


def _sections(kind: str, lines: Sequence[Line]) -> Iterator[Section]:
    heading, sub, level, page = "", None, 0, 0
    buffer: list[tuple[str, str, int]] = []
    sentences: list[Sentence] = []

    def flush() -> None:
        nonlocal level
        if buffer:
            text, printed, places = zip(*buffer, strict=True)
            sentences.append(
                Sentence(_join_thousands("".join(text)), "".join(printed), places, page, level, sub)
            )
            buffer.clear()
            level = 0

    for line in lines:
        start, line_level = _ordinal(line.text)
        title = _body(line.text[start:])
        if line_level == 1 and len(title) <= 45 and not re.search("[，。；]", title):
            flush()
            if heading or sentences:
                yield Section(heading, kind, tuple(sentences))
            heading, sub, sentences = title, None, []
            continue
        if line_level == 2 and SUBHEADING.fullmatch(title):
            flush()
            sub = title.rstrip("。：")
            continue
        if line_level:
            flush()
            level = line_level
        if not buffer:
            page = line.page
        for triple in _characters(line, start):
            if not buffer:
                page = line.page
            buffer.append(triple)
            if triple[0] == "。" and not END_OF_PATH.search("".join(c for c, _, _ in buffer[-4:-1])):
                flush()
    flush()
    if heading or sentences:
        yield Section(heading, kind, tuple(sentences))


def _ordinal(text: str) -> tuple[int, int]:
    """Return where the words start behind markup and ordinals, and the first ordinal's level (0: none)."""
    marks = MARKUP.match(text)
    start, level = (marks.end() if marks else 0), 0
    while found := ORDINAL.match(text, start):
        level = level or next(i for i, name in enumerate(("one", "two", "three", "four"), 1) if found[name])
        start = found.end()
    return start, level


def _characters(line: Line, start: int) -> Iterator[tuple[str, str, int]]:
    tags = [found.span() for found in TAG.finditer(line.text)]
    for index in range(start, len(line.text)):
        char = line.text[index]
        if char.isspace() or char in DROPPED or any(low <= index < high for low, high in tags):
            continue
        yield char.translate(PLAIN), char, line.offset + index


def _join_thousands(text: str) -> str:
    """Give thousands separators a spelling of their own, so that a comma always ends a clause."""
    return THOUSANDS.sub(lambda found: found[0].replace("，", ","), text)
