"""The form catalogue as objects: titles, header words, lines. All knowledge sits in catalogue.yml."""

import re
import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CATALOGUE_FILE = Path(__file__).with_name("catalogue.yml")
_ORDINAL = re.compile(
    r"^(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[)）]|\d+[.、．](?!\d)|表\s*\d+(?:-\d+)?[.、．:：]?)+"
)
#: What may stand before a title besides: 附表3-2, 表一：, the code of a sheet (GK01, Z05_1, 2.15).
_TITLE_ORDINAL = re.compile(
    r"^(?:附件?表?\d*[:：.、-]?|附?表(?:\d+(?:-\d+)*|[一二三四五六七八九十]+(?!般))[:：.、-]?"
    r"|[一二三四五六七八九十]+(?=20\d{2}年)|[A-Z]{1,3}\d+(?:_\d+)?|\d+(?:\.\d+)+)+"
)
#: Dots and the page number behind an entry of the list of contents.
_LEADERS = re.compile(r"[.．…·¨]{2,}\d*$")
#: A part of what stands above it.
OF_WHICH = re.compile(r"^其中[:：]?")
_REMARK = re.compile(r"[（(][^（()）]*[)）]")
#: The number of a form, as printed beside its title: 公开01表, 财决公开01表, 预算表12, 公开表一, 表7-1.
FORM_NUMBER = re.compile(
    r"(?:财决|公开|预算)+\s*\d+(?:-\d+)?\s*表|公开表[一二三四五六七八九十]+|(?:公开|预算)?表\s*\d+(?:\s*-\s*\d+)?"
)
_NUMBER_OF_FORM = re.compile(rf"[（(]?(?:{FORM_NUMBER.pattern})[)）]?")
#: The year of a form, with the body whose form it is before it; or behind the title.
_YEAR = re.compile(r"^(?:[\u4e00-\u9fff（）]{2,30}?(?=20\d{2}年))?\d{4}年?度?")
_YEAR_BEHIND = re.compile(r"（?20\d{2}年度?）?$")
_YEAR_COLUMN = re.compile(r"(\d{4})年度?(?:预计)?(?:预算|执行|决算|完成)?数?")
#: A title printed again on the next page: （续）, 续表：.
_CONTINUED = re.compile(r"^续表?[:：]?|（?续表?[一二三四五六\d]*）?$")
_WHOSE = re.compile(
    r"^(?:[市区县省]级)?(?:(?:预算单位|部门综合预算|部综合预算|部门预算|部门|单位)+|高等学校|学校|医院)"
)
_MARGIN = re.compile(r"(?:-?不含上年结转.*|[-—]\d+[-—]|(?:金额)?单位[:：].{1,3}元)$")


@dataclass(frozen=True)
class SummaryLine:
    """A line of a summary or block form: its key, its label, and the lines it must follow or precede."""

    key: str
    label: re.Pattern[str]
    after: str | None
    before: str | None


@dataclass(frozen=True)
class Form:
    """One entry of the catalogue. ``columns`` maps a side (or ``any``) to measures and words."""

    slug: str
    layout: str
    titles: frozenset[str]
    pattern: re.Pattern[str] | None
    endings: tuple[str, ...]
    columns: Mapping[str, Mapping[str, tuple[str, ...]]]
    lines: Mapping[str, tuple[SummaryLine, ...]]
    phases: Mapping[str, tuple[str, ...]]
    scopes: tuple[str, ...]
    sides: Mapping[str, tuple[str, ...]]
    printed_order: tuple[str, ...]
    wider_total: str | None
    second_total: str | None
    column_phases: Mapping[str, re.Pattern[str]]
    funds: Mapping[str, tuple[str, ...]]
    name_heads: tuple[str, ...]
    counts: re.Pattern[str] | None
    declared: re.Pattern[str] | None
    declared_in_text: re.Pattern[str] | None
    classified: re.Pattern[str] | None

    def is_titled(self, title: str) -> bool:
        """Whether a plain title is one of this form's."""
        return title in self.titles or bool(self.pattern and self.pattern.fullmatch(title))

    def line_of(
        self, side: str, label: str, above: Set[str] = frozenset(), below: Set[str] = frozenset()
    ) -> str | None:
        """The key of a label on a side, given the keys met above it and those below it."""
        for line in self.lines.get(side, ()):
            follows = line.after is None or line.after in above
            precedes = line.before is None or line.before in below
            if follows and precedes and line.label.fullmatch(label):
                return line.key
        return None

    def has_line(self, label: str) -> bool:
        """Whether the label is one of a line on any side."""
        return any(line.label.fullmatch(label) for lines in self.lines.values() for line in lines)

    def phase_of(self, word: str, fiscal_year: int | None) -> str | None:
        """The phase that a header word says its column is of: '' for the paper's own year, None if none."""
        year = _YEAR_COLUMN.fullmatch(word)
        if year and fiscal_year:
            return {fiscal_year: "", fiscal_year - 1: "prior_year"}.get(int(year[1]))
        return next((phase for phase, words in self.column_phases.items() if words.search(word)), None)


@dataclass(frozen=True)
class Catalogue:
    """All forms, and the nine that every paper owes."""

    forms: Mapping[str, Form]
    standard: tuple[str, ...]

    def by_title(self, text: str) -> Form | None:
        """The form whose title this text is, or None."""
        form = self._titled(text)
        if form:
            return form
        title = plain_title(text)
        return next((f for f in self.forms.values() if f.endings and title.endswith(f.endings)), None)

    def has_title(self, text: str) -> bool:
        """Whether the text is the whole title of a form, not merely one that ends like it."""
        return self._titled(text) is not None

    def _titled(self, text: str) -> Form | None:
        title = plain_title(text)
        if len(title) < 3:
            return None
        for form in self.forms.values():
            if form.is_titled(title):
                return form
        remark = re.search(r"（([^（）]*)）$", squeeze(text))
        if remark is None:
            return None
        whole = plain_title(squeeze(text)[: remark.start()])
        of_class = (f for f in self.forms.values() if f.classified and f.classified.search(remark[1]))
        return next((form for form in of_class if form.is_titled(whole)), None)

    def declared_empty(self, text: str) -> list[Form]:
        """Forms that a sentence declares to have no amounts."""
        sentence = squeeze(text)
        return [form for form in self.forms.values() if form.declared and form.declared.search(sentence)]

    def declared_in(self, text: str) -> set[str]:
        """Slugs of the forms that the paper's whole text says it has nothing for."""
        words = squeeze(text)
        return {
            form.slug
            for form in self.forms.values()
            if form.declared_in_text and form.declared_in_text.search(words)
        }


def squeeze(text: str) -> str:
    """Text without blanks and quotation marks, brackets made full width."""
    text = re.sub(r"[\s“”\"'‘’＂《》#*_\\]", "", text)
    return text.replace("(", "（").replace(")", "）")


def plain_title(text: str) -> str:
    """A title without year, ordinal, form number, blanks, quotes and brackets; '' if none is left."""
    text = _CONTINUED.sub("", squeeze(unicodedata.normalize("NFC", text)).lstrip("-—·"))
    text = _LEADERS.sub("", _TITLE_ORDINAL.sub("", _ORDINAL.sub("", text)))
    text = _NUMBER_OF_FORM.sub("", text)
    text = _YEAR.sub("", _YEAR_BEHIND.sub("", text.lstrip("：:")))
    text = _MARGIN.sub("", re.sub(r"[（）]", "", text))
    return _WHOSE.sub("", text)


def plain_label(text: str) -> str:
    """A row label without ordinal, 其中, blanks and bracketed remarks."""
    label = squeeze(text)
    while (bare := OF_WHICH.sub("", _ORDINAL.sub("", label))) != label:
        label = bare
    shorter = _REMARK.sub("", label)
    return shorter or label


def row_name(text: str) -> str:
    """A row's name as the contract wants it: printed, but without ordinal and inner blanks."""
    return _ORDINAL.sub("", re.sub(r"\s", "", text))


def _lines(raw: list[Any]) -> tuple[SummaryLine, ...]:
    flat: list[SummaryLine] = []
    for item in raw:
        if isinstance(item, list):
            flat += _lines(item)
        else:
            flat.append(
                SummaryLine(item["key"], re.compile(item["label"]), item.get("after"), item.get("before"))
            )
    return tuple(flat)


def _columns(raw: Mapping[str, Any]) -> dict[str, dict[str, tuple[str, ...]]]:
    if raw and all(isinstance(words, Mapping) for words in raw.values()):
        return {side: {m: tuple(w) for m, w in measures.items()} for side, measures in raw.items()}
    return {"any": {measure: tuple(words) for measure, words in raw.items()}}


def _pattern(entry: Mapping[str, Any], key: str) -> re.Pattern[str] | None:
    return re.compile(entry[key]) if key in entry else None


@cache
def load_catalogue() -> Catalogue:
    """The catalogue of the package."""
    raw = yaml.safe_load(CATALOGUE_FILE.read_text(encoding="utf-8"))
    forms = {
        name: Form(
            slug=entry.get("form", name),
            layout=entry["layout"],
            titles=frozenset(plain_title(title) for title in entry.get("titles", ())),
            pattern=re.compile(entry["pattern"]) if "pattern" in entry else None,
            endings=tuple(entry.get("endings", ())),
            columns=_columns(entry.get("columns", {})),
            lines={side: _lines(lines) for side, lines in entry.get("lines", {}).items()},
            scopes=tuple(entry.get("scopes", ())),
            sides={side: tuple(words) for side, words in entry.get("sides", {}).items()},
            printed_order=tuple(entry.get("printed_order", ())),
            wider_total=entry.get("wider_total"),
            second_total=entry.get("second_total"),
            column_phases={phase: re.compile(words) for phase, words in raw["column_phases"].items()},
            funds={fund: tuple(words) for fund, words in entry.get("funds", {}).items()},
            counts=_pattern(entry, "counts"),
            name_heads=tuple(entry.get("name_heads", ())),
            phases={phase: tuple(words) for phase, words in entry.get("phases", {}).items()},
            declared=_pattern(entry, "declared"),
            declared_in_text=_pattern(entry, "declared_in_text"),
            classified=_pattern(entry, "classified"),
        )
        for name, entry in raw["forms"].items()
    }
    return Catalogue(forms, tuple(raw["standard_forms"]))
