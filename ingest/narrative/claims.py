"""Quantitative statements of a paper's explanation: sections, sentences, clauses, claims.

A reader of these sentences keeps a few things in mind: whom the talk is of, which year, against what
a change is measured, which project. ``_Reader`` keeps the same, clause by clause; what the clauses
look like is data (patterns.yml).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from ingest.model import Claim, Paper
from ingest.narrative.clauses import Clause, Figure, clauses_of, figures_of, only_money_unit
from ingest.narrative.function_names import function_names
from ingest.narrative.grammar import Grammar, grammar
from ingest.narrative.prose import Sentence, read_sections

# A minus before these is a misread line of a blank to fill in; elsewhere red ink does exist.
NEVER_NEGATIVE = frozenset(
    ("initial_budget", "adjusted_budget", "budget", "share_pct", "completion_pct", "rate_pct", "count")
)
#: Words that say what was spent, not what was planned.
SPENT = ("决算", "执行")


def extract_claims(paper: Paper, fiscal_year: int | None) -> list[Claim]:
    """Return every quantitative statement of the explanation, in reading order.

    ``fiscal_year`` is the year of the paper's title; a claim speaks of it unless its own sentence
    names another. Values keep the printed unit. A paper without an explanation gives an empty list.
    """
    claims: list[Claim] = []
    for section in read_sections(paper):
        key = _section_key(section.heading)
        is_overview = not section.kind
        if is_overview and key not in grammar().overview_sections:
            continue
        reader: _Reader | None = None
        for sentence in section.sentences:
            heading = section.heading if key or not sentence.heading else sentence.heading
            section_key = _section_key(heading)
            if section_key is None:
                continue
            if reader is None or reader.heading != heading:
                reader = _Reader(paper.text, fiscal_year, section.kind, heading, section_key)
            read = reader.read(sentence)
            # an overview counts; amounts that stray into it belong to no account
            claims.extend(claim for claim in read if claim.metric == "count" or not is_overview)
    return claims


def _section_key(heading: str) -> str | None:
    return next((key for key, words in grammar().sections if words.search(heading)), None)


class _Name(NamedTuple):
    """A name as matched and as printed."""

    plain: str
    printed: str


NOBODY = _Name("", "")


@dataclass(frozen=True)
class _Reading:
    """What a figure was read as. An empty ``subject`` means whom the talk is of already."""

    metric: str
    subject: str
    unit: str
    year: int | None
    negative: bool
    counts: bool = False
    base: str | None = None


class _Reader:
    """Reads the sentences of one section, in order."""

    def __init__(self, text: str, fiscal_year: int | None, kind: str, heading: str, section_key: str) -> None:
        self.text = text
        self.fiscal_year = fiscal_year
        self.kind = kind
        self.is_budget = kind == "预算"
        self.heading = heading
        self.section_key = section_key
        self.grammar: Grammar = grammar()
        self.words = self.grammar.words
        self.subheading: str | None = None
        self.subject = NOBODY
        self.outer = NOBODY
        self.whole: _Name | None = None
        self.counted = NOBODY
        self.announced = NOBODY
        self.project: str | None = None
        self.comparison: str | None = None
        self.year = fiscal_year
        self.last_metric = ""
        self.aside = False
        self.listing = False

    def read(self, sentence: Sentence) -> Iterator[Claim]:
        """Yield the claims of the next sentence."""
        self.aside, self.last_metric, self.counted = False, "", NOBODY
        if self.section_key != "assets":  # a stock's date holds for the whole list
            self.year = self.fiscal_year
        if not sentence.plain.startswith("其中"):
            self.comparison = None
            self.subject, self.whole = self.whole or self.subject, None
        if sentence.heading != self.subheading:
            self.subheading, self.project, self.listing = sentence.heading, None, False
        if sentence.level:
            self.announced, self.project = NOBODY, None
            self.listing = self.listing and self.section_key == "projects"
        for clause in clauses_of(sentence.plain):
            yield from self._read_clause(sentence, clause)

    def _read_clause(self, sentence: Sentence, clause: Clause) -> Iterator[Claim]:
        words, start = self.words, clause.start
        text = sentence.plain[start : clause.end]
        if "（" in clause.before:
            self.outer = self.subject
        if "）" in clause.before:
            self.subject = self.outer
        if "。" in clause.before or "；" in clause.before or words["resume"].match(text):
            self.aside = False
        if text.startswith("其中") or text.endswith("其中"):
            self.whole = self.whole or self.subject  # the next sentence speaks of the whole again
        if text.endswith("其中"):
            self.aside = False
            return
        if self.aside:
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
            self.subject = _Name(summary["name"], self.project)
            return
        if self.section_key == "performance" and words["whole_department"].search(text):
            self.project = self.grammar.whole_department_name
        opening = None if self.listing else words["year"].match(text)
        if opening is None and clause.start == 0 and self.section_key not in ("performance", "projects"):
            opening = words["named_year"].match(text)
        if opening and not self._year_belongs_to_metric(text):
            self.year = int(opening["year"])
            start, text = start + opening.end(), text[opening.end() :]
        figures = list(figures_of(text))
        if not figures:
            self._note_comparison(text)
            if text:
                self.announced = _Name(text, sentence.printed[start : start + len(text)])
            return
        for figure in figures:
            reading = self._interpret(sentence, figure)
            claim = self._claim(sentence, start, figure, reading) if reading else None
            if claim:
                self.announced = NOBODY
                yield claim

    def _year_belongs_to_metric(self, text: str) -> bool:
        """`2023年决算数为…`: the year says which figure, not when the sentence plays."""
        figure = next(figures_of(text), None)
        return bool(figure and (named := self._named_metric(figure.label)) and named[2])

    def _note_comparison(self, label: str) -> re.Match[str] | None:
        """Remember what a change is measured against: prior (year), spent (last year), initial or other."""
        found = self.words["comparison"].search(label)
        if found is None:
            return None
        base, what = found["base"], found["what"] or found["alone"]
        own_year = bool(base and self.fiscal_year and base.startswith(str(self.fiscal_year)))
        if base and not own_year and self.is_budget and what and what.endswith(SPENT):
            self.comparison = "spent"
        elif (base and not own_year) or found[0] == "同比":
            self.comparison = "prior"
        elif not self.is_budget and (what == "年初预算" or (own_year and what == "预算")):
            self.comparison = "initial"
        else:
            self.comparison = "other"
        return found

    def _interpret(self, sentence: Sentence, figure: Figure) -> _Reading | None:
        """Decide what a figure is; None where no pattern says so."""
        compared = self._note_comparison(figure.label)
        kind = self.grammar.kind_of(figure.unit)
        change = self.words["change"].search(figure.label)
        if change and kind in ("money", "percent", ""):
            return self._change(figure, compared, change)
        if kind == "percent":
            return self._percentage(figure)
        if kind in ("money", ""):
            return self._level(sentence, figure)
        return self._count(figure, kind)

    def _change(
        self, figure: Figure, compared: re.Match[str] | None, change: re.Match[str]
    ) -> _Reading | None:
        unit = figure.unit
        if not unit and self.last_metric in ("yoy_change", "vs_prior_final_change"):
            unit = "%"  # `增加 5 万元，增长 3。`: what follows the amount of a change is its rate
        metric = {
            ("prior", True): "yoy_change",
            ("prior", False): "yoy_pct",
            ("spent", True): "vs_prior_final_change",
            ("spent", False): "vs_prior_final_pct",
            ("initial", True): "vs_initial_budget_change",
        }.get((self.comparison or "", self.grammar.kind_of(unit) == "money"))
        if metric is None and self.comparison is None and self.section_key == "assets":
            metric = "other_amount"
        if metric is None or not unit:
            return None
        before = figure.label[: change.start()]
        if compared and compared.end() <= change.start():
            before = figure.label[: compared.start()] or figure.label[compared.end() : change.start()]
        named = self._named_metric(before)
        subject = before if named is None else named[1]
        year = self.year if metric == "other_amount" else self.fiscal_year or self.year
        negative = figure.negative or self.words["decrease"].fullmatch(change["way"]) is not None
        return _Reading(metric, subject, unit, year, negative)

    def _percentage(self, figure: Figure) -> _Reading | None:
        for name in ("completion", "share", "rate"):
            found = self.words[name].search(figure.label)
            if found is None or (name == "rate" and self.section_key != "performance"):
                continue
            subject = figure.label[: found.end("words") if name == "rate" else found.start()]
            groups = found.groupdict()
            base = groups.get("base") or groups.get("part_of") or None
            return _Reading(f"{name}_pct", subject, figure.unit, self.year, figure.negative, base=base)
        return None

    def _level(self, sentence: Sentence, figure: Figure) -> _Reading | None:
        named = self._named_metric(figure.label)
        unit = figure.unit or (only_money_unit(sentence.plain) if named else "")
        if not unit:
            return None
        if named:
            metric, subject, year_words = named
            year = self.year
            if year_words and self.fiscal_year:
                year = int(year_words[:4]) if year_words[:4].isdigit() else self.fiscal_year - 1
                if year < self.fiscal_year:
                    metric = "prior_year_amount"
            return _Reading(metric, subject, unit, year, figure.negative)
        subject = self._clean(figure.label)
        own = "budget" if self.is_budget else "final_actual"
        if self.listing:
            return _Reading(own, subject, unit, self.fiscal_year, figure.negative) if subject else None
        if not self.words["noun_end"].search(subject) or self.words["not_a_noun"].search(subject):
            return None
        metric = next(
            (
                default.metric
                for default in self.grammar.defaults
                if default.section == self.section_key and default.label.search(figure.label)
            ),
            "own",
        )
        return _Reading(own if metric == "own" else metric, subject, unit, self.year, figure.negative)

    def _count(self, figure: Figure, kind: str) -> _Reading | None:
        if self.section_key not in self.grammar.counting_sections:
            return None
        if kind == "output" and self.project in (None, self.grammar.whole_department_name):
            return None
        subject = self._clean(figure.label.rpartition("、")[2]) or self._clean(
            self.words["counted"].split(figure.behind)[0]
        )
        return _Reading("count", subject, figure.unit, self.year, figure.negative, counts=True)

    def _named_metric(self, label: str) -> tuple[str, str, str] | None:
        """Return metric, subject and year words of a label that ends in metric words."""
        for metric in self.grammar.metrics:
            if metric.paper not in (None, self.kind):
                continue
            if found := metric.pattern.fullmatch(label):
                year = found.groupdict().get("year") or ""
                return metric.metric, found["words" if metric.own else "subject"], year
        return None

    def _clean(self, label: str) -> str:
        """Return the subject within a label; it stays a stretch of the label."""
        subject = label
        while (lead := self.words["lead"].match(subject)) and lead.end():
            subject = subject[lead.end() :]
        for anchor in self.grammar.anchors:
            if found := anchor.search(subject):
                subject = found[0]
                break
        subject = self.words["tail"].sub("", subject)
        if self.section_key == "three_public" and (fee := self.words["fee"].fullmatch(subject)):
            subject = fee["kind"]
        return subject

    def _claim(self, sentence: Sentence, start: int, figure: Figure, reading: _Reading) -> Claim | None:
        subject = self._subject(sentence, start + figure.label_start, reading)
        if not subject.plain:  # a figure of nobody claims nothing
            return None
        decimals = len(figure.number.partition(".")[2])
        negative = reading.negative and reading.metric not in NEVER_NEGATIVE
        places = sentence.places
        printed = self.text[places[start + figure.start] : places[start + figure.end - 1] + 1]
        class_name, group_name, item_name = function_names(
            subject.plain, self.section_key, self.project is not None
        )
        self.last_metric = reading.metric
        value = Decimal(figure.number)
        return Claim(
            section=self.heading,
            section_key=self.section_key,
            subject=subject.printed,
            metric=reading.metric,
            year=reading.year,
            value=-value if negative and value else value,
            value_printed=" ".join(printed.split()),
            decimals=decimals,
            unit=reading.unit,
            snippet_offset=places[0],
            snippet_length=places[-1] + 1 - places[0],
            page=sentence.page,
            class_name=class_name,
            group_name=group_name,
            item_name=item_name,
            project_name=self.project,
            base=reading.base,
            value_offset=places[start + figure.start],
        )

    def _subject(self, sentence: Sentence, start: int, reading: _Reading) -> _Name:
        """Find whom the figure is of, and keep it in mind for the figures that follow."""
        plain = self._clean(reading.subject)
        if plain and not (plain == "项目" and self.project and not reading.counts):
            place = sentence.plain.index(plain, start)
            name = _Name(plain, sentence.printed[place : place + len(plain)])
        elif reading.counts:
            name = self.counted
        elif self.words["path_end"].search(self.announced.plain):
            place = self.announced.plain.index(plain_name := self._clean(self.announced.plain))
            name = _Name(plain_name, self.announced.printed[place : place + len(plain_name)])
        else:
            name = self.subject
        if reading.counts:
            self.counted = name
            return name
        if self.listing and plain:
            self.project = name.printed
        echo = self.words["echo"].fullmatch(name.plain)
        self.subject = _Name(name.plain[2:], name.printed[2:]) if echo else name
        return name
