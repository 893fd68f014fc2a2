"""Papers whose words mean harm to a page: names, projects and file names that are markup or a formula."""

from dataclasses import replace
from pathlib import Path

from ingest.discover import Found
from ingest.reading import Reading, read_found
from ingest.workers import MoreTime
from tests.conftest import DATA, text_file

HTML_NAME = "<img src=x onerror=alert(1)>"
#: Markup also without blanks and brackets, which names of bodies lose when they are compared.
COMPARED_NAME = "<img/src=x/onerror=alert`1`><svg/onload=alert`1`>局"
MARKDOWN_NAME = (
    "甲[点我](javascript:alert(2))**粗**</td><script>alert(3)</script>{alert(4)}`${alert(5)}`'--局"
)
PROJECT = "=cmd|calc{alert`6`}"
#: The body that a made paper is said to be of, by the beginning of its file's name.
NAMES = {"html": HTML_NAME, "compared": COMPARED_NAME, "markdown": MARKDOWN_NAME}
#: Set aside, so that its name and the reason stand on the overview.
BROKEN = "broken <img src=x onerror=alert(7)>.pdf"
_PAPERS = {
    "html 2024 <b onclick=alert(8)>.txt": "dongxihu_operations_centre_2024_final",
    "html 2025.txt": "dongxihu_operations_centre_2025_budget",
    "compared 2024.txt": "qingshan_data_centre_2024_final",
    "markdown 2024.txt": "caidian_economy_2024_final",
}
_OWN_PROJECT = "办公后勤保障经费"


def write_papers(folder: Path) -> None:
    """Bundled papers, with a project of another name and a last line of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, slug in _PAPERS.items():
        text = text_file(slug).read_text(encoding="utf-8").replace(_OWN_PROJECT, PROJECT)
        (folder / name).write_text(f"{text}\n{name}\n", encoding="utf-8")
    (folder / BROKEN).write_bytes(b"%PDF-1.7\n" + (DATA / "README.md").read_bytes())


def read_with_names(found: Found, more_time: MoreTime) -> Reading:
    """The task of the workers. A title holds no such name, but whoever reads by other means may bring it."""
    reading = read_found(found, more_time)
    name = NAMES.get(found.path.name.split(" ", 1)[0])
    if name is None or reading.extraction is None:
        return reading
    document = replace(reading.extraction.document, department_name=name)
    return replace(reading, extraction=replace(reading.extraction, document=document))
