"""The Frictionless data package of the marts, with the roles of the Fiscal Data Package.

Titles are Chinese and descriptions English; types, keys and references are those of the dbt contracts.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ingest.errors import JuesuanError
from ingest.products.catalogue import Column, Mart
from ingest.products.files import Format, Written

DESCRIPTOR = "datapackage.json"
HERE = Path(__file__).resolve().parent
TYPES = {
    "VARCHAR": "string",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DECIMAL": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "VARCHAR[]": "array",
}
PACKAGE: dict[str, Any] = {
    "name": "juesuan",
    "profile": "data-package",
    "title": "决算：政府部门预决算公开数据",
    "description": (
        "Published budgets and final accounts of Chinese government departments. Titles are Chinese,"
        " descriptions English. Amounts are yuan (CNY) with two decimals, codes are text. Each figure"
        " names its document and page; what a paper gets wrong stands as printed and is told in"
        " fct_finding."
    ),
    "keywords": ["决算", "预算", "财政", "public finance", "budget", "final accounts", "China"],
    "licenses": [
        {
            "name": "Apache-2.0",
            "title": "Apache License 2.0 for the compilation; figures are facts of statutory disclosures",
            "path": "data-licence.md",
        }
    ],
    "sources": [
        {"title": "部门预决算公开文件 / Papers published by law; each is a row of dim_document"},
        {"title": "政府收支分类科目 / Budget classification; sources stand in bridge_classification_name"},
        {"title": "行政区划代码 GB/T 2260 / Division codes; sources stand in dim_district"},
    ],
}


def describe(marts: Iterable[Mart], versions: Mapping[str, str]) -> dict[str, Any]:
    """The descriptor without files: a resource for each table; views, which get none, under ``views``."""
    marts = list(marts)
    return {
        **PACKAGE,
        "version": versions["juesuan"],
        "versions": dict(versions),
        "resources": [_resource(mart) for mart in marts if not mart.is_view],
        "views": [_resource(mart) for mart in marts if mart.is_view],
    }


def with_files(descriptor: Mapping[str, Any], written: Mapping[str, Written], form: Format) -> dict[str, Any]:
    """The descriptor with the files that hold its tables, in place of any it names already."""
    resources = [
        {
            **resource,
            "path": (file := written[resource["name"]]).path,
            "format": form.name,
            "mediatype": form.media_type,
            "encoding": "utf-8",
            "bytes": file.size,
            "hash": f"sha256:{file.sha256}",
            "rows": file.rows,
        }
        for resource in descriptor["resources"]
    ]
    return {**descriptor, "resources": resources}


def read_descriptor(folder: Path) -> dict[str, Any]:
    """The descriptor of a publication; raises JuesuanError where it has none."""
    path = folder / DESCRIPTOR
    if not path.is_file():
        raise JuesuanError(f"nothing with a {DESCRIPTOR} is published; run juesuan refresh")
    descriptor: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return descriptor


def write_descriptor(path: Path, descriptor: Mapping[str, Any]) -> None:
    """Write a descriptor; the same one gives the same bytes."""
    path.write_text(json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _resource(mart: Mart) -> dict[str, Any]:
    fiscal = _words("fiscal.yml")
    roles = fiscal["tables"].get(mart.name, {})
    fields = [_field(column, {**fiscal["columns"], **roles.get("columns", {})}) for column in mart.columns]
    for field in fields:
        if field["name"] in roles.get("normalize", {}):
            field["normalize"] = roles["normalize"][field["name"]]
    schema: dict[str, Any] = {"fields": fields}
    if mart.key:
        schema["primaryKey"] = list(mart.key)
    if mart.references:
        schema["foreignKeys"] = [
            {"fields": [item.column], "reference": {"resource": item.mart, "fields": [item.field]}}
            for item in mart.references
        ]
    extra = [*roles.get("extraFields", []), *(fiscal["extraFields"] if roles else [])]
    if extra:
        schema["extraFields"] = extra
    return {
        "name": mart.name,
        "title": mart.zh,
        "description": mart.en,
        "grain": mart.grain,
        "example": _words("examples.yml").get(mart.name, f"SELECT * FROM marts.{mart.name} LIMIT 10"),
        "schema": schema,
    }


def _field(column: Column, column_types: Mapping[str, str]) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": TYPES[column.sql_type.partition("(")[0]],
        "title": column.zh,
        "description": column.en,
        "sqlType": column.sql_type,
    }
    if column.required:
        field["constraints"] = {"required": True}
    if column.name in column_types:
        field["columnType"] = column_types[column.name]
    return field


@cache
def _words(file: str) -> dict[str, Any]:
    """A file of words beside this module."""
    words: dict[str, Any] = yaml.safe_load((HERE / file).read_text(encoding="utf-8"))
    return words
