"""What a publication holds besides the DuckDB file: Parquet, its data package, the dictionary.

Everything is written from the built marts and dbt's own description of them, without a clock: the same
ledger and the same code give the same bytes.
"""

import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from ingest.last_build import HandedOn
from ingest.marts_file import owners
from ingest.products.catalogue import read_marts
from ingest.products.datapackage import DESCRIPTOR, describe, with_files, write_descriptor
from ingest.products.dictionary import dictionary_html, dictionary_markdown
from ingest.products.files import PARQUET, write_parquet_files

ROOT = Path(__file__).resolve().parent.parent.parent
#: What goes with the data wherever it is handed to.
COMPANIONS = ("CITATION.cff", "docs/data-licence.md")
DICTIONARY = "dictionary.md"


def write_products(
    marts_file: Path,
    dbt_manifest: Path,
    folder: Path,
    versions: Mapping[str, str],
    handed_on: HandedOn | None = None,
) -> None:
    """Write Parquet, data package, dictionary and licence notes into ``folder``.

    ``marts_file`` holds the marts, ``dbt_manifest`` is what dbt wrote of them when it built them.
    ``versions`` are told in the data package beside the version of Juesuan itself. ``handed_on`` is what
    ``marts_file`` was copied of, and what has not changed of its Parquet is taken over.
    """
    described = describe(read_marts(dbt_manifest), {"juesuan": version("juesuan"), **versions})
    tables = [resource["name"] for resource in described["resources"]]
    written = write_parquet_files(marts_file, tables, folder, owners(dbt_manifest), handed_on)
    descriptor = with_files(described, written, PARQUET)
    write_descriptor(folder / DESCRIPTOR, descriptor)
    (folder / DICTIONARY).write_text(dictionary_markdown(descriptor), encoding="utf-8")
    (folder / "dictionary.html").write_text(dictionary_html(descriptor), encoding="utf-8")
    for companion in COMPANIONS:
        shutil.copyfile(ROOT / companion, folder / Path(companion).name)
