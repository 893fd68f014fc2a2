"""The product's PDF reader beside camelot lattice, camelot hybrid and pdfplumber, each alone.

usage: python bench/readers.py FOLDER [--papers N] [--match TEXT ...] [--limit SECONDS]

FOLDER holds papers (*.pdf) and, in ``truth``, keyed figures (doc, row_key, row_name, amount, page); those
keyed for the tests count too. Papers with keyed figures come first, short ones before long ones. Every
reader runs in a process of its own, once over the pages that carry forms and once over whole papers, on
the same files, and once over each layout of the typeset fixtures. A keyed amount is found where a row of
a table on its page prints it in a cell of its own, beside its name or code; every cell counts once. Times
are of reading alone, without the start of the process.
"""

import argparse
import csv
import io
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pypdfium2 as pdfium

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

#: Page number to the rows of its tables.
Tables = dict[int, list[list[str]]]
GOLDEN = ROOT / "tests" / "fixtures" / "golden" / "documents"
PHASES = {"budget", "actual", "prior_year_budget"}
SCOPES = ("form pages", "whole papers")


# The readers -------------------------------------------------------------------------------------


def product() -> Callable[[Path], Tables]:
    """Read, find the forms, and let their arithmetic choose: all that a refresh does with a PDF."""
    from ingest import extract
    from ingest.choose import read_forms
    from ingest.model import Grid

    def read(path: Path) -> Tables:
        whole = getattr(extract, "read_document", None)
        if whole:
            paper = whole(path.read_bytes(), path.name)[0]
        else:
            paper = extract.read_paper(path.read_bytes(), path.name)
            read_forms(paper)
        found: Tables = defaultdict(list)
        for block in paper.blocks:
            if isinstance(block, Grid):
                found[block.page] += [list(row.cells) for row in block.rows]
        return found

    return read


def camelot(flavor: str) -> Callable[[], Callable[[Path], Tables]]:
    """Camelot alone, by one of its flavors."""

    def start() -> Callable[[Path], Tables]:
        from camelot.io import read_pdf

        def read(path: Path) -> Tables:
            found: Tables = defaultdict(list)
            for table in read_pdf(str(path), pages="all", flavor=flavor, suppress_stdout=True):
                found[table.page] += table.data
            return found

        return read

    return start


def plumber() -> Callable[[Path], Tables]:
    """Pdfplumber alone, with its own settings."""
    import pdfplumber

    def read(path: Path) -> Tables:
        found: Tables = defaultdict(list)
        with pdfplumber.open(path) as document:
            for page in document.pages:
                for table in page.extract_tables():
                    found[page.page_number] += [[cell or "" for cell in row] for row in table]
                page.close()
        return found

    return read


READERS: dict[str, Callable[[], Callable[[Path], Tables]]] = {
    "product": product,
    "camelot lattice": camelot("lattice"),
    "camelot hybrid": camelot("hybrid"),
    "pdfplumber": plumber,
}


# What is keyed -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Keyed:
    """A keyed amount: its page, what its row is called, and its value."""

    page: int | None
    code: str
    name: str
    amount: Decimal


def keyed_layouts() -> list[tuple[str, Path, list[Keyed]]]:
    """Layouts of the fixtures: what each is called, its file, and the figures of the paper it was set from.

    Figures are those of the bundled paper's forms, which the tests hold to the keyed ones; where they
    stand on the typeset pages is not keyed.
    """
    from ingest.choose import read_forms
    from ingest.extract import read_paper

    found = []
    with (ROOT / "bench" / "layouts.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            source = ROOT / row["source"]
            forms = read_forms(read_paper(source.read_bytes(), source.name))
            wanted = set(row["forms"].split()) or {form.form for form in forms.forms}
            names = {(line.table_no, line.row_no, line.block_no): line for line in forms.form_lines}
            keyed = []
            for cell in forms.form_cells:
                if cell.form in wanted:
                    line = names[cell.table_no, cell.row_no, cell.block_no]
                    code = re.sub(r"\D", "", line.code_printed or "")
                    name = "" if line.line in PHASES else plain(line.row_name or "")
                    keyed.append(Keyed(None, code, name, cell.amount))
            found.append((row["layout"], ROOT / row["file"], keyed))
    return found


def keyed_of(folder: Path) -> dict[str, list[Keyed]]:
    """Keyed amounts by file name: those beside the papers and those of the tests."""
    found: dict[str, list[Keyed]] = defaultdict(list)
    for file in sorted([*(folder / "truth").glob("*.csv"), *GOLDEN.glob("*.csv")]):
        with file.open(encoding="utf-8-sig", newline="") as handle:
            for row in csv.DictReader(handle):
                coded = re.match(r"(?:(?:[a-z_]+/)?unit:)?(\d{3,7})", row["row_key"])
                code = coded.group(1) if coded else ""
                amount = Decimal(row["amount"].replace(",", ""))
                # What keys a 三公 row stands in the headings, not in the row.
                name = "" if row["row_key"] in PHASES else plain(row["row_name"])
                found[row["doc"]].append(Keyed(int(row["page"]), code, name, amount))
    return found


def plain(text: str) -> str:
    """A name without ordinal, blanks and marks."""
    text = re.sub(r"[\s“”\"（）()：:、.]", "", text)
    return re.sub(r"^(?:其中)?[一二三四五六七八九十\d]*(?=[^一二三四五六七八九十\d])", "", text)


def value(text: str) -> Decimal | None:
    """The cell as a figure, or None."""
    try:
        return Decimal(re.sub(r"[\s,，]", "", text).replace("－", "-"))
    except InvalidOperation:
        return None


def count_found(keyed: Iterable[Keyed], tables: Tables) -> int:
    """How many keyed amounts stand in a cell of their own, in a row that has their name or code."""
    rows = {
        page: [
            (plain("".join(row)), re.sub(r"\D", "", " ".join(row[:4])), [value(cell) for cell in row])
            for row in found
        ]
        for page, found in tables.items()
    }
    total = 0
    everywhere = [row for page in sorted(rows) for row in rows[page]]
    for item in keyed:
        for names, digits, values in rows.get(item.page, ()) if item.page else everywhere:
            told = (item.name and item.name in names) or (item.code and item.code in digits)
            if (told or not (item.name or item.code)) and item.amount in values:
                values[values.index(item.amount)] = None
                total += 1
                break
    return total


# One run -----------------------------------------------------------------------------------------


def child(reader: str, paths: Sequence[str]) -> None:
    """Read the files and print what it took, as JSON; runs in a process of its own."""
    warnings.simplefilter("ignore")
    read = READERS[reader]()
    results = []
    for path in paths:
        start = time.perf_counter()
        tables = read(Path(path))
        results.append({"seconds": time.perf_counter() - start, "tables": tables})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"peak_mb": peak, "results": results}))


def run(reader: str, paths: Sequence[Path], limit: float) -> tuple[float, float, list[Tables]] | None:
    """Seconds, megabytes and tables; None where the limit was reached."""
    command = [sys.executable, __file__, "--child", reader, *map(str, paths)]
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, capture_output=True, timeout=limit, env=quiet, check=True, cwd=ROOT)
    except subprocess.TimeoutExpired:
        return None
    except subprocess.CalledProcessError as error:
        sys.exit(f"{reader} failed: {error.stderr.decode()[-2000:]}")
    said = json.loads(done.stdout)
    tables = [{int(page): rows for page, rows in result["tables"].items()} for result in said["results"]]
    return sum(result["seconds"] for result in said["results"]), said["peak_mb"], tables


def form_pages(path: Path) -> list[int]:
    """The pages that carry the tables of forms, as the product finds them."""
    from ingest.choose import read_forms
    from ingest.extract import read_paper

    extraction = read_forms(read_paper(path.read_bytes(), path.name))
    return sorted({cell.page for cell in extraction.table_cells if cell.form})


def only(path: Path, pages: Sequence[int]) -> bytes:
    """A file of some pages of a paper."""
    with pdfium.PdfDocument(path) as source, pdfium.PdfDocument.new() as target:
        target.import_pages(source, [page - 1 for page in pages])
        stream = io.BytesIO()
        target.save(stream)
        return stream.getvalue()


def main() -> None:
    """Measure and print one table, ratios first."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--papers", type=int, default=1000, help="so many papers at most")
    parser.add_argument("--match", nargs="*", default=[""], help="only file names that hold one of these")
    parser.add_argument("--limit", type=float, default=3600, help="seconds for one reader over one scope")
    options = parser.parse_args()
    keyed = keyed_of(options.folder)
    papers = [p for p in options.folder.glob("*.pdf") if any(text in p.name for text in options.match)]
    papers.sort(key=lambda path: (path.name not in keyed, len(pdfium.PdfDocument(path)), path.name))
    papers = papers[: options.papers] or sys.exit(f"no PDF in {options.folder}")
    with tempfile.TemporaryDirectory(prefix="juesuan-bench-") as folder:
        pages_of = {path: form_pages(path) for path in papers}
        papers = [path for path in papers if pages_of[path]]
        cut = [Path(folder, path.name) for path in papers]
        for path, target in zip(papers, cut, strict=True):
            target.write_bytes(only(path, pages_of[path]))
        wholes = {path: list(range(1, len(pdfium.PdfDocument(path)) + 1)) for path in papers}
        numbers = {SCOPES[0]: [pages_of[p] for p in papers], SCOPES[1]: [wholes[p] for p in papers]}
        files = {SCOPES[0]: cut, SCOPES[1]: papers}
        print_report(papers, keyed, files, numbers, options.limit)
    print_layouts(options.limit)


def print_layouts(limit: float) -> None:
    """Run every reader over the layouts and print the share of amounts found in each."""
    layouts = keyed_layouts()
    print("\n| layout | pages | keyed amounts |" + "".join(f" {reader} |" for reader in READERS))
    print("|---|---|---|" + "---|" * len(READERS))
    done = {reader: run(reader, [file for _, file, _ in layouts], limit) for reader in READERS}
    for number, (layout, file, keyed) in enumerate(layouts):
        shares = []
        for reader in READERS:
            result = done[reader]
            shares.append(f"{count_found(keyed, result[2][number]) / len(keyed):.3f}" if result else "over")
        pages = len(pdfium.PdfDocument(file))
        print(
            f"| {layout} | {pages} | {len(keyed)} |" + "".join(f" {share} |" for share in shares), flush=True
        )


def print_report(
    papers: Sequence[Path],
    keyed: dict[str, list[Keyed]],
    files: dict[str, list[Path]],
    numbers: dict[str, list[list[int]]],
    limit: float,
) -> None:
    """Run every reader over both scopes and print what came of it."""
    counts = {scope: sum(map(len, numbers[scope])) for scope in SCOPES}
    print(f"{len(papers)} papers, {counts[SCOPES[0]]} form pages of {counts[SCOPES[1]]} pages\n")
    print("| pages | reader | time, product = 1 | pages/s | peak MB | keyed amounts found |")
    print("|---|---|---|---|---|---|")
    for scope in SCOPES:
        base = None
        for reader in READERS:
            done = run(reader, files[scope], limit)
            if done is None:
                print(f"| {scope} | {reader} | over {limit:.0f} s | | | |", flush=True)
                continue
            seconds, peak, tables = done
            base = base or seconds
            hits = total = 0
            for path, found, pages in zip(papers, tables, numbers[scope], strict=True):
                # A file of form pages counts its pages from 1.
                placed = {pages[page - 1]: rows for page, rows in found.items()}
                mine = [item for item in keyed.get(path.name, ()) if item.page in pages]
                hits, total = hits + count_found(mine, placed), total + len(mine)
            share = f"{hits} of {total} = {hits / total:.4f}" if total else "none keyed"
            rate = counts[scope] / seconds
            print(
                f"| {scope} | {reader} | {seconds / base:.1f} | {rate:.1f} | {peak:.0f} | {share} |",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
    else:
        main()
