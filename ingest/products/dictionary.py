"""The dictionary of the marts as Markdown and as one HTML page, from the data package's descriptor."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

TITLE = "数据字典 / Dictionary"
HEAD = ("column", "type", "中文", "English", "key")
LEAD = (
    "Every mart of schema `marts`, from the descriptions that stand beside the models (models/marts) and are"
    " also the comments of the DuckDB file. Written by `make dictionary`: change a description, not this"
    " page. Money is DECIMAL(20,2) in yuan, codes are text. Key: the columns that tell rows apart; → names"
    " the mart that a column refers to."
)
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0}"
    "td,th{border:1px solid #ddd;padding:.25rem .5rem;text-align:left;vertical-align:top}"
    "th{background:#f5f5f5}pre{background:#f5f5f5;padding:.75rem;overflow:auto}"
    "code{font-family:ui-monospace,monospace;font-size:13px}h2{margin-top:2.5rem}"
)


def dictionary_markdown(descriptor: Mapping[str, Any]) -> str:
    """The dictionary as Markdown, the same for the same descriptor."""
    lines = [f"# {TITLE}", "", LEAD, ""]
    marts = _marts(descriptor)
    lines += _markdown_table(("mart", "中文", "English"), [_entry(mart) for mart in marts])
    for mart in marts:
        lines += ["", f"## {mart['name']}", "", f"{mart['title']} / {mart['description']}", ""]
        lines += [f"Grain: {mart['grain']}", "", f"Key: {_key(mart)}", ""]
        lines += _markdown_table(HEAD, _columns(mart))
        lines += ["", "```sql", mart["example"], "```"]
    return "\n".join(lines) + "\n"


def dictionary_html(descriptor: Mapping[str, Any]) -> str:
    """The dictionary as one page that asks nothing of any other server."""
    marts = _marts(descriptor)
    body = [f"<h1>{TITLE}</h1>", f"<p>{escape(LEAD)}</p>"]
    links = [(f'<a href="#{name}">{name}</a>', escape(zh), escape(en)) for name, zh, en in map(_entry, marts)]
    body += _html_table(("mart", "中文", "English"), links)
    for mart in marts:
        name = mart["name"]
        body += [f'<h2 id="{name}">{name}</h2>']
        body += [f"<p>{escape(mart['title'])} / {escape(mart['description'])}</p>"]
        body += [f"<p>Grain: {escape(mart['grain'])}</p><p>Key: {escape(_key(mart))}</p>"]
        body += _html_table(HEAD, [[escape(cell) for cell in row] for row in _columns(mart)])
        body += [f"<pre><code>{escape(mart['example'])}</code></pre>"]
    return (
        f'<!doctype html>\n<html lang="zh"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _marts(descriptor: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*descriptor["resources"], *descriptor["views"]]


def _entry(mart: Mapping[str, Any]) -> tuple[str, str, str]:
    return mart["name"], mart["title"], mart["description"]


def _key(mart: Mapping[str, Any]) -> str:
    return ", ".join(mart["schema"].get("primaryKey", [])) or "none"


def _columns(mart: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    schema = mart["schema"]
    targets = {
        item["fields"][0]: f"→ {item['reference']['resource']}" for item in schema.get("foreignKeys", [])
    }
    for field in schema["fields"]:
        name = field["name"]
        marks = ["key"] if name in schema.get("primaryKey", []) else []
        marks += [targets[name]] if name in targets else []
        yield name, field["sqlType"], field["title"], field["description"], " ".join(marks)


def _markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    cells = [head, ["---"] * len(head), *([cell.replace("|", r"\|") for cell in row] for row in rows)]
    return [f"| {' | '.join(row)} |" for row in cells]


def _html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["<table>", "<tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return [*lines, "</table>"]
