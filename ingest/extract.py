"""One document to everything that is read from it: the way from bytes to raw rows."""

import hashlib
import re
from functools import cache, partial
from pathlib import Path

from ingest.account import account_for
from ingest.choose import LAST_RESORT, NEXT, better_reading, read_forms
from ingest.errors import UnreadableDocument
from ingest.forms.torn import CLASSES_FILE
from ingest.identity import identify
from ingest.model import Extraction, Paper
from ingest.narrative.claims import extract_claims
from ingest.narrative.named_items import extract_named_items
from ingest.narrative.performance import extract_performance
from ingest.narrative.project_tables import read_project_tables
from ingest.narrative.projects import extract_budget_projects
from ingest.narrative.residue import extract_residues
from ingest.readers import READERS, reader_for
from ingest.readers.pdf import reread_page
from ingest.rules import TERMS_FILE

PACKAGE = Path(__file__).resolve().parent
READERS_FOLDER = PACKAGE / "readers"
#: What every reading goes through: these modules, the catalogue, and the identities they ask.
SHARED = (
    "account.py",
    "arithmetic.py",
    "choose.py",
    "extract.py",
    "identity.py",
    "model.py",
    "rules.py",
    "forms",
    "narrative",
    "readers/__init__.py",
)
_READER_IMPORT = re.compile(r"^\s*from ingest\.readers\.(\w+) import", re.MULTILINE)


@cache
def extractor_version(suffix: str | None = None) -> str:
    """The first 12 hex of a hash over everything that can change a reading.

    With a file ending, over what readings of that format go through: what is common to all, and its
    reader with the readers that this one imports. A change of one reader leaves other formats' versions.
    """
    files = [TERMS_FILE, CLASSES_FILE]
    for name in SHARED:
        path = PACKAGE / name
        files += [path] if path.is_file() else [p for p in path.rglob("*") if p.suffix in {".py", ".yml"}]
    files += reader_files(suffix)
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(
            path.relative_to(PACKAGE.parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0"
        )
    return digest.hexdigest()[:12]


def reader_files(suffix: str | None = None) -> list[Path]:
    """The modules of the reader of an ending, those it imports included; without an ending, of all.

    Of an ending that no reader knows there are none.
    """
    endings = READERS if suffix is None else READERS.keys() & {suffix.lower()}
    waiting = [READERS[ending].__module__.rpartition(".")[2] for ending in endings]
    found: dict[str, Path] = {}
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = READERS_FOLDER / f"{name}.py"
            waiting += _READER_IMPORT.findall(found[name].read_text(encoding="utf-8"))
    return sorted(found.values())


def read_paper(data: bytes, file_name: str) -> Paper:
    """Bytes to a paper by the reader of the file's ending."""
    return reader_for(Path(file_name).suffix)(data, file_name)


def read_document(data: bytes, file_name: str) -> tuple[Paper, Extraction]:
    """Bytes to a paper and its forms, each page of a PDF by the reader that the forms' arithmetic chooses."""
    paper = read_paper(data, file_name)
    forms = read_forms(paper)
    if paper.reader == "pdf":
        reread = partial(reread_page, data)
        paper, forms, _ = better_reading(paper, forms, reread, readers=(*NEXT, LAST_RESORT))
    return paper, forms


def extract(paper: Paper, forms: Extraction | None = None) -> Extraction:
    """Read forms, claims, residues, projects and indicators.

    Raises UnreadableDocument where the paper cannot be trusted as a whole: it does not say what
    it is, no form of it is recognised, a form is cut, or no unit is printed for its amounts.
    """
    document = identify(paper)
    extraction = forms or read_forms(paper)
    extraction.document = document
    extraction.claims += extract_claims(paper, extraction.document.fiscal_year)
    extraction.residues += extract_residues(paper)
    extraction.named_items += extract_named_items(paper)
    _add_projects(paper, extraction)
    account_for(paper, extraction)
    _check(extraction)
    return extraction


def _add_projects(paper: Paper, extraction: Extraction) -> None:
    """A budget states projects with their money, a final account evaluates them; never both."""
    if extraction.document.document_kind == "budget":
        extraction.projects, extraction.indicators, extraction.project_lines = extract_budget_projects(paper)
        projects, lines, leftovers = read_project_tables(paper, extraction)
        extraction.projects += projects
        extraction.project_lines += lines
        extraction.leftovers += leftovers
    else:
        extraction.projects, extraction.indicators = extract_performance(paper)


def _check(extraction: Extraction) -> None:
    met = [form for form in extraction.forms if form.state != "announced"]
    if not met:
        raise _no_form(extraction)
    cut = [f"{form.form}: {form.cut_reason}" for form in extraction.forms if form.cut_reason]
    if cut:
        raise UnreadableDocument("form_cut", "; ".join(cut), "fetch the paper again or extract it anew")
    if any(not cell.unit_printed for cell in extraction.form_cells):
        raise UnreadableDocument(
            "no_unit",
            "no form of the paper prints the unit of its amounts",
            "check the extraction of the headings",
        )


def _no_form(extraction: Extraction) -> UnreadableDocument:
    """Why no form was met, as far as the paper tells: published apart, not understood, or no disclosure."""
    announced = len(extraction.forms)
    if not announced:
        reason = "no standard form is recognised in the paper"
        remedy = "check that it is a department's disclosure"
    elif not extraction.table_cells:
        reason = f"the paper names {announced} forms and prints none: it holds the explanation alone"
        remedy = "the tables are published apart, as 附件 or 附表: fetch that file and load it"
    else:
        reason = f"the paper names {announced} forms, and none of its tables is read as one"
        remedy = "look at the tables' titles and columns, and add their words to the form catalogue"
    return UnreadableDocument("no_form", reason, remedy)
