"""Quantitative statements of a paper's explanation: sections, sentences, clauses, claims.

A reader of these sentences keeps a few things in mind: whom the talk is of, which year, against what
a change is measured, which project. ``_Reader`` keeps the same, clause by clause; what the clauses
look like is data (patterns.yml).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from ingest.model import Claim, Paper
from ingest.narrative.grammar import Grammar, grammar
from ingest.narrative.prose import Section, Sentence, read_sections

NEVER_NEGATIVE = frozenset("initial_budget adjusted_budget budget share_pct completion_pct rate_pct count".split())
OUTLINE_LEVELS = frozenset((1, 2))
PATH_PART = re.compile(r"(?P<name>.*?)（\d*(?P<level>[类款项])）")
CLASS_BY_SUFFIX = re.compile(r"(?P<name>.+支出)类支出")
INNER_ORDINAL = re.compile(r"(?:（\d{1,2}）|\d{1,2}[.、．](?=[^\d]))+")


def extract_claims(paper: Paper, fiscal_year: int | None) -> list[Claim]:
    """Return every quantitative statement of the explanation, in reading order.

    ``fiscal_year`` is the year of the paper's title; a claim speaks of it unless its own sentence
    names another. Values keep the printed unit. A paper without an explanation gives an empty list.
    """
    claims: list[Claim] = []
    for section in read_sections(paper):
        reader: _Reader | None = None
        key = _section_key(section.heading)
        for sentence in section.sentences:
            heading = section.heading if key or not sentence.heading else sentence.heading
            section_key = key or _section_key(heading)
            if section_key is None:
                continue
            if reader is None or reader.heading != heading:
                reader = _Reader(paper.text, fiscal_year, section.kind, heading, section_key)
            claims.extend(reader.read(sentence))
    return claims


def _section_key(heading: str) -> str | None:
    return next((key for key, words in grammar().sections if words.search(heading)), None)


@dataclass(frozen=True)
class _Clause:
    """A stretch of a sentence between separators. ``before`` is the separator it follows."""

    start: int
    end: int
    before: str


@dataclass(frozen=True)
class _Figure:
    """A figure of a clause with the words before (``label``) and behind it."""

    label: str
    label_start: int
    start: int
    end: int
    negative: bool
    number: str
    unit: str
    behind: str


@dataclass
class _Reader:
    """What one section's reader keeps in mind between clauses."""

    text: str
    fiscal_year: int | None
    kind: str
    heading: str
    section_key: str
    subject: tuple[str, str] = ("", "")
    """Whom the talk is of: plain and printed."""
    counted: tuple[str, str] = ("", "")
    announced: tuple[str, str] = ("", "")
    """The last clause without a figure: a path or a name that the next clause may speak of."""
    project: str | None = None
    comparison: str | None = None
    year: int | None = None
    aside: bool = False
    listing: bool = False
    sub_heading: str | None = None
    grammar: Grammar = field(default_factory=grammar)

    def read(self, sentence: Sentence) -> Iterator[Claim]:
        """Yield the claims of the next sentence."""
        self._open(sentence)
        for clause in self._clauses(sentence):
            yield from self._read_clause(sentence, clause)

    def _open(self, sentence: Sentence) -> None:
        self.aside = False
        self.year = self.fiscal_year
        if not sentence.plain.startswith("其中"):
            self.comparison = None
        if sentence.heading != self.sub_heading:
            self.sub_heading, self.project, self.listing = sentence.heading, None, False
        if sentence.level:
            self.announced = ("", "")
            self.project = None
            if self.section_key != "projects":
                self.listing = False

    def _clauses(self, sentence: Sentence) -> Iterator[_Clause]:
        text = sentence.plain
        cuts = [(found.start(), found.end()) for found in re.finditer("[，。；：！]", text)]
        for found in self.grammar.amount.finditer(text):
            if text[found.end() : found.end() + 1] in ("、", "和"):
                cuts.append((found.end(), found.end() + 1))
        for found in re.finditer(r"（(?P<inside>(?:[^（）]|（[^（）]*）)*)）", text):
            if self.grammar.amount.search(found["inside"]):
                cuts += [(found.start(), found.start() + 1), (found.end() - 1, found.end())]
        position, before = 0, "。"
        for start, end in [*sorted(cuts), (len(text), len(text))]:
            ordinal = INNER_ORDINAL.match(text, position, start)
            begin = ordinal.end() if ordinal else position
            if start > begin:
                yield _Clause(begin, start, before)
            position, before = end, text[start:end]

    def _read_clause(self, sentence: Sentence, clause: _Clause) -> Iterator[Claim]:
        words = self.grammar.words
        start, text = clause.start, sentence.plain[clause.start : clause.end]
        if clause.before in "。；" or words["resume"].match(text):
            self.aside = False
        elif self.aside and not text.endswith("其中"):
            return
        if text.endswith("其中"):
            self.aside = False
            return
        opened = words["list_open"].search(text)
        if opened and self.section_key in ("projects", "general_public"):
            self.listing = True
            start, text = start + opened.end(), text[opened.end() :]
        aside = words["aside"].search(text)
        if aside and not words["not_aside"].match(text, aside.start()):
            self.aside = True
            text = text[: aside.start()]
        summary = words["project_summary"].fullmatch(text)
        if summary:
            self.project = sentence.printed[start : start + summary.end("name")]
            self.subject = (summary["name"], self.project)
            return
        if self.section_key == "performance" and words["whole_department"].search(text):
            self.project = self.grammar.whole_department_name
        year = None if self.listing else words["year"].match(text)
        if year and not self._names_a_metric(text):
            self.year = int(year["year"])
            start, text = start + year.end(), text[year.end() :]
        figures = list(self._figures(text))
        if not figures:
            self._note_comparison(text)
            if text:
                self.announced = (text, sentence.printed[start : start + len(text)])
            return
        for figure in figures:
            claim = self._claim(sentence, start, figure)
            if claim:
                yield claim
        self.announced = ("", "")

    def _names_a_metric(self, text: str) -> bool:
        """`2023年决算数为…`: the year belongs to the metric, not to the clause."""
        figure = next(self._figures(text), None)
        found = figure and next(self._metric_words(figure.label), None)
        return bool(found and "year" in found[1].groupdict() and found[1]["year"])

    def _figures(self, text: str) -> Iterator[_Figure]:
        found = list(self.grammar.amount.finditer(text)) or list(self.grammar.bare_amount.finditer(text))
        position = 0
        for index, match in enumerate(found):
            stop = found[index + 1].start() if index + 1 < len(found) else len(text)
            yield _Figure(
                label=text[position : match.start()],
                label_start=position,
                start=match.start(),
                end=match.end("number"),
                negative=bool(match["sign"]),
                number=match["number"].replace(",", ""),
                unit=match["unit"],
                behind=text[match.end() : stop],
            )
            position = match.end()

    def _note_comparison(self, label: str) -> re.Match[str] | None:
        """Remember against what a change is measured: prior (year), initial (budget) or other."""
        found = self.grammar.words["comparison"].search(label)
        if found is None:
            return None
        base, what = found["base"], found["what"]
        if found[0] != "同比" and not base and not what:
            return None
        own = bool(base and self.fiscal_year and base.startswith(str(self.fiscal_year)))
        if self.kind == "决算" and what == "年初预算" and (own or not base):
            self.comparison = "initial"
        elif self.kind == "决算" and what == "预算" and (own or not base):
            self.comparison = "initial"
        elif own or (not base and what):
            self.comparison = "other"
        else:
            self.comparison = "prior"
        return found

    def _claim(self, sentence: Sentence, start: int, figure: _Figure) -> Claim | None:
        words = self.grammar.words
        label, shift = figure.label, 0
        compared = self._note_comparison(label)
        unit, metric, year, negative = figure.unit, "", self.year, figure.negative
        subject: str | None = None
        money = self._is(unit, "money")
        if change := _at_end(words["change"], label):
            before = label[: compared.start()] if compared else label[: change.start()]
            if compared and not before:
                before = label[compared.end() : change.start()]
            metric = self._change_metric(unit)
            negative = negative or bool(words["decrease"].fullmatch(change["way"]))
            subject = self._without_metric_words(before)
            year = self.fiscal_year or self.year
            unit = unit or ("%" if metric == "yoy_pct" else "")
        elif self._is(unit, "percent"):
            for name, metric_of in (("completion", "completion_pct"), ("share", "share_pct"), ("rate", "rate_pct")):
                if found := _at_end(words[name], label):
                    metric, subject = metric_of, label[: found.start()]
                    if name == "rate":
                        metric = metric if self.section_key == "performance" else ""
                        subject = words["tail"].sub("", label) if False else label
                    break
        elif money or not unit:
            metric, subject, year = self._level_metric(label, bool(unit))
            unit = unit or (_only_unit(self.grammar, sentence) if metric else "")
        elif self._is(unit, "count") or (self._is(unit, "output") and self.project):
            metric, subject = self._count(label, figure)
        if not metric or not unit or subject is None:
            return None
        del shift
        return self._build(sentence, start, figure, metric, subject, unit, year, negative)

    def _is(self, unit: str, kind: str) -> bool:
        return bool(unit) and self.grammar.unit_kind[kind].fullmatch(unit) is not None
