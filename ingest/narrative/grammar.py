"""The table of patterns (patterns.yml), compiled."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FIGURE = r"(?P<sign>[-−]?)(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)[-—–]?"


@dataclass(frozen=True)
class MetricWords:
    """Words that name a metric at a label's end; ``own`` words are the subject too.

    ``paper`` is the kind of paper (决算 or 预算) they hold for, None for both.
    """

    metric: str
    pattern: re.Pattern[str]
    own: bool
    paper: str | None


@dataclass(frozen=True)
class DefaultMetric:
    """Metric of a label without metric words, in one section."""

    section: str
    label: re.Pattern[str]
    metric: str


@dataclass(frozen=True)
class Grammar:
    """All patterns of the explanation, compiled once."""

    amount: re.Pattern[str]
    bare_amount: re.Pattern[str]
    unit_kinds: tuple[tuple[str, re.Pattern[str]], ...]
    sections: tuple[tuple[str | None, re.Pattern[str]], ...]
    counting_sections: frozenset[str]
    overview_sections: frozenset[str]
    metrics: tuple[MetricWords, ...]
    defaults: tuple[DefaultMetric, ...]
    anchors: tuple[re.Pattern[str], ...]
    words: dict[str, re.Pattern[str]]
    whole_department_name: str

    def kind_of(self, unit: str) -> str:
        """Return money, percent, count or output; an empty string where no unit is printed."""
        return next((kind for kind, pattern in self.unit_kinds if pattern.fullmatch(unit)), "")


@cache
def grammar() -> Grammar:
    """Load and compile patterns.yml; raises KeyError or re.error where it is malformed."""
    raw: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("patterns.yml").read_text("utf-8"))
    every_unit = "|".join(raw["units"].values())
    # `100万元以上专用设备` qualifies a thing, it is no amount
    qualifier = r"(?!（?含?）?以[上下])"
    return Grammar(
        amount=re.compile(rf"(?<![\d.]){FIGURE}(?P<unit>{every_unit}){qualifier}"),
        bare_amount=re.compile(rf"(?<![\d.]){FIGURE}(?P<unit>)$"),
        unit_kinds=tuple((kind, re.compile(pattern)) for kind, pattern in raw["units"].items()),
        sections=tuple((row["key"], re.compile(row["words"])) for row in raw["sections"]),
        counting_sections=frozenset(raw["counting_sections"]),
        overview_sections=frozenset(raw["overview_sections"]),
        metrics=tuple(
            MetricWords(
                row["metric"],
                re.compile(rf"(?P<subject>.*?)(?P<words>{row['words']})[为是]?[—–]*"),
                row.get("own", False),
                row.get("paper"),
            )
            for row in raw["metrics"]
        ),
        defaults=tuple(
            DefaultMetric(row["section"], re.compile(row["label"]), row["metric"])
            for row in raw["default_metrics"]
        ),
        anchors=tuple(re.compile(pattern) for pattern in raw["anchors"]),
        words={name: re.compile(pattern) for name, pattern in raw["words"].items()},
        whole_department_name=raw["whole_department_name"],
    )
