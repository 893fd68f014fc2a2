"""Great Expectations' pages put in place so that they need nothing from outside, and an index over them.

As written they fetch styles and scripts from other hosts and show their index by script alone. Here every
page loads one stylesheet of ours, no script at all, and the index is plain HTML.
"""

import html
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

STYLESHEET = Path(__file__).resolve().parent.parent / "expectations" / "data_docs.css"
STYLES = "data_docs.css"
#: All that a page would fetch or run, its own styles, the logo, the questions of its sidebar and the footer.
UNWANTED = re.compile(
    r"<script\b.*?</script>|<style\b.*?</style>|<link\b[^>]*>|<img\b[^>]*>|<iframe\b.*?</iframe>"
    r"|<footer\b.*?</footer>|<button\b.*?</button>|<title>\s*</title>",
    re.IGNORECASE | re.DOTALL,
)
#: Attributes that would run a script or fetch a picture.
ACTIVE = re.compile(r"\s(?:on\w+|background)=(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE)
#: Shares of rows: what met a rule is one row however many papers, so they would mean nothing.
SHARE = re.compile(r"\s*≈?[\d.]+% (?:of [\d,]+ total rows\.|unexpected)")
#: Nothing is fetched and nothing runs, whatever a paper calls itself.
POLICY = (
    '<meta http-equiv="Content-Security-Policy"'
    " content=\"default-src 'none'; style-src 'self' 'unsafe-inline'\">"
)
PAGE = """<!DOCTYPE html>
<html lang="zh">
<head>
{policy}
<meta charset="UTF-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>决算勾稽评判 Juesuan Data Docs</title><link rel="stylesheet" href="{styles}">
</head>
<body>
<main class="index">
<h1>决算勾稽评判 <small>What the accounts keep and break</small></h1>
<p>每一族规则一页，逐条列出不相符之处；数字与页码可在原文核对。
A page for each family of rules, with every breach in words, both figures and the page.</p>
{families}
</main>
</body>
</html>
"""


@dataclass(frozen=True)
class DocsPage:
    """A family's results for the index: per rule its id, its title, whether it held, its breaches."""

    suite: str
    rules: tuple[tuple[str, str, bool, int], ...]


def publish_docs(built: Path, out_dir: Path, pages: Sequence[DocsPage]) -> None:
    """Put the built pages in place of ``out_dir``, stripped, styled and with a plain index."""
    if out_dir.exists():
        shutil.rmtree(out_dir)
    out_dir.mkdir(parents=True)
    shutil.copyfile(STYLESHEET, out_dir / STYLES)
    links: dict[str, Path] = {}
    for page in sorted(built.rglob("*.html")):
        place = page.relative_to(built)
        if place.parts[0] not in {"validations", "expectations"}:
            continue
        # One page of results a suite: the time of the run is the publication's.
        suite = place.parts[1].removesuffix(".html")
        target = Path(place.parts[0]) / f"{suite}.html"
        if place.parts[0] == "validations":
            links[suite] = target
        (out_dir / target).parent.mkdir(exist_ok=True)
        (out_dir / target).write_text(_plain(page.read_text("utf-8")), encoding="utf-8")
    families = "\n".join(_family(page, links[page.suite]) for page in pages)
    (out_dir / "index.html").write_text(
        PAGE.format(policy=POLICY, styles=STYLES, families=families), encoding="utf-8"
    )


def _plain(text: str) -> str:
    text = SHARE.sub("", ACTIVE.sub("", UNWANTED.sub("", text)))
    text = re.sub(r"href=\"[^\"]*index\.html[^\"]*\"", 'href="../index.html"', text)
    text = re.sub(r"href=\"(?:\.\./)+(expectations|validations)/", r'href="../\1/', text)
    text = re.sub(r"<a\b[^>]*\bhref=\"(?:https?:)?//[^>]*>(.*?)</a>", r"\1", text, flags=re.DOTALL)
    text = text.replace("<head>", f"<head>{POLICY}", 1)
    return text.replace("</head>", f'<link rel="stylesheet" href="../{STYLES}"></head>', 1)


def _family(page: DocsPage, link: Path) -> str:
    rows = "".join(
        f"<tr class={'held' if held else 'broken'}><td>{html.escape(rule_id)}</td>"
        f"<td>{html.escape(title)}</td>"
        f"<td>{'成立 held' if held else '不成立 broken'}</td><td class=number>{breaches or ''}</td></tr>"
        for rule_id, title, held, breaches in page.rules
    )
    held = sum(rule[2] for rule in page.rules)
    return (
        f'<h2><a href="{html.escape(link.as_posix())}">{html.escape(page.suite)}</a>'
        f" <small>{held} / {len(page.rules)}</small></h2>"
        "<table class=table><thead><tr><th>规则 rule</th><th>名称 title</th><th>结果 result</th>"
        f"<th>不相符 breaches</th></tr></thead><tbody>{rows}</tbody></table>"
    )
