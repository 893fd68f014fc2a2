"""Cut each form of each bundled paper in half, either way: the paper must be quarantined, never thinner."""

import pytest

from ingest.errors import UnreadableDocument
from ingest.extract import extract, read_paper
from ingest.forms.catalogue import load_catalogue
from tests.conftest import FINAL_ACCOUNTS, text_file

CATALOGUE = load_catalogue()


def form_spans(lines: list[str]) -> dict[str, tuple[int, int]]:
    """Form slug to its first line and the line behind its last, for forms with a table."""
    starts: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        form = CATALOGUE.by_title(line.split("\t")[0])
        if (
            form
            and form.slug in CATALOGUE.standard
            and any("\t" in item for item in lines[number : number + 14])
        ):
            starts.append((number, form.slug))
    end = next(n for n, line in enumerate(lines) if n > starts[-1][0] and "第三部分" in line)
    ends = [number for number, _ in starts[1:]] + [end]
    return {slug: (number, stop) for (number, slug), stop in zip(starts, ends, strict=True)}


def cases() -> list[tuple[str, str, str]]:
    found = []
    for slug in FINAL_ACCOUNTS:
        lines = text_file(slug).read_text(encoding="utf-8").split("\n")
        for form, (start, stop) in form_spans(lines).items():
            # A form without amounts loses nothing that anyone could miss.
            if any("." in cell for line in lines[start:stop] for cell in line.split("\t")[1:]):
                found += [(slug, form, part) for part in ("first", "second", "rest")]
    return found


@pytest.mark.parametrize(("slug", "form", "part"), cases())
def test_a_lost_half_is_noticed(slug: str, form: str, part: str) -> None:
    lines = text_file(slug).read_text(encoding="utf-8").split("\n")
    start, stop = form_spans(lines)[form]
    table = [number for number in range(start, stop) if "\t" in lines[number]]
    middle = table[len(table) // 2]
    kept = {
        "first": lines[: start + 1] + lines[middle:],
        "second": [*lines[:middle], "", *lines[stop:]],
        "rest": lines[:middle],
    }[part]
    with pytest.raises(UnreadableDocument) as caught:
        extract(read_paper("\n".join(kept).encode(), "paper.txt"))
    assert caught.value.code == "form_cut"
    assert form in caught.value.reason
