"""What the marts are, read from dbt's manifest: models/marts describes them, and nothing here repeats it."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

#: Descriptions are written "中文 / English".
LANGUAGES = " / "
_GRAIN = re.compile(r"^-- Grain: (.*(?:\n--(?! Grain:).*)*)", re.MULTILINE)
_REFERENCE = re.compile(r"ref\('(\w+)'\)")
#: Facts come after the dimensions they refer to, comparisons after the facts.
_ORDER = ("dim", "bridge", "fct", "mart")


@dataclass(frozen=True)
class Column:
    """A column: its SQL type as the contract says it, and what it means in two languages."""

    name: str
    sql_type: str
    zh: str
    en: str
    required: bool


@dataclass(frozen=True)
class Reference:
    """A column whose values stand in a field of another mart."""

    column: str
    mart: str
    field: str


@dataclass(frozen=True)
class Mart:
    """A mart. ``key`` names the columns that tell its rows apart; it is empty where none do."""

    name: str
    zh: str
    en: str
    grain: str
    is_view: bool
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]


def read_marts(manifest: Path) -> list[Mart]:
    """The marts in reading order. Keys and references are those that dbt tests."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    tests: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for node in nodes.values():
        if node["resource_type"] == "test" and node.get("attached_node") and node.get("test_metadata"):
            tests[node["attached_node"]].append(node["test_metadata"])
    marts = [
        _mart(node, tests[name])
        for name, node in nodes.items()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    ]
    names = {mart.name for mart in marts}
    # What is not published cannot be referred to.
    published = [
        replace(mart, references=tuple(r for r in mart.references if r.mart in names)) for mart in marts
    ]
    return sorted(published, key=lambda mart: (_ORDER.index(mart.name.split("_")[0]), mart.name))


def _mart(node: Mapping[str, Any], tests: Iterable[Mapping[str, Any]]) -> Mart:
    zh, en = in_languages(node["description"])
    grain = _GRAIN.search(node["raw_code"])
    key: tuple[str, ...] = ()
    required, references = set(), []
    for test in sorted(tests, key=lambda test: json.dumps(test, sort_keys=True)):
        arguments = test["kwargs"]
        if test["name"] == "unique":
            key = (arguments["column_name"],)
        elif test["name"] == "unique_combination":
            key = tuple(arguments["columns"])
        elif test["name"] == "not_null":
            required.add(arguments["column_name"])
        elif test["name"] == "relationships" and (target := _REFERENCE.search(arguments["to"])):
            references.append(Reference(arguments["column_name"], target.group(1), arguments["field"]))
    return Mart(
        name=node["name"],
        zh=zh,
        en=en,
        grain=" ".join(re.sub(r"\n--", " ", grain.group(1)).split()) if grain else "",
        is_view=node["config"]["materialized"] == "view",
        columns=tuple(_column(column, required) for column in node["columns"].values()),
        key=key,
        references=tuple(references),
    )


def _column(column: Mapping[str, Any], required: set[str]) -> Column:
    zh, en = in_languages(column["description"])
    constrained = any(constraint["type"] == "not_null" for constraint in column["constraints"])
    sql_type = column["data_type"].upper().replace(" ", "")
    return Column(column["name"], sql_type, zh, en, constrained or column["name"] in required)


def in_languages(description: str) -> tuple[str, str]:
    """The Chinese and the English half of a description."""
    zh, _, en = " ".join(description.split()).partition(LANGUAGES)
    return zh, en
