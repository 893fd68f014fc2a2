"""The publication handed over as a folder of files, in Parquet or CSV, with everything that explains it."""

import shutil
from pathlib import Path

from ingest.build import write_docs
from ingest.products import COMPANIONS, DICTIONARY
from ingest.products.datapackage import DESCRIPTOR, read_descriptor, with_files, write_descriptor
from ingest.products.files import CSV, write_csv_files
from ingest.publish import WAREHOUSE_FILE

DOCS = "dbt-docs.html"


def export_parquet(warehouse: Path, folder: Path) -> list[Path]:
    """Copy the Parquet files of the standing publication with data package, dictionary and licence.

    Raises FileExistsError where a file of a name is there: nothing is written over. Raises JuesuanError
    where the publication has no data package.
    """
    publication = (warehouse / "current").resolve()
    paths = [resource["path"] for resource in read_descriptor(publication)["resources"]]
    return _copy(publication, folder, [*paths, DESCRIPTOR, *_companions()])


def export_csv(warehouse: Path, folder: Path, byte_order_mark: bool) -> list[Path]:
    """Write every table as CSV with a data package of its own; raises as export_parquet does."""
    publication = (warehouse / "current").resolve()
    published = read_descriptor(publication)
    tables = {resource["name"]: publication / resource["path"] for resource in published["resources"]}
    _refuse_existing([folder / DESCRIPTOR, *(folder / name for name in _companions())])
    written = write_csv_files(tables, folder, byte_order_mark)
    write_descriptor(folder / DESCRIPTOR, with_files(published, written, CSV))
    data = [folder / file.path for file in written.values()]
    return [*data, folder / DESCRIPTOR, *_copy(publication, folder, _companions())]


def export_docs(warehouse: Path, folder: Path) -> list[Path]:
    """Write dbt's documentation of the models; raises FileExistsError where the page is there."""
    page = folder / DOCS
    _refuse_existing([page])
    write_docs((warehouse / WAREHOUSE_FILE).resolve(), page)
    return [page]


def _companions() -> list[str]:
    return [DICTIONARY, *(Path(companion).name for companion in COMPANIONS)]


def _copy(publication: Path, folder: Path, names: list[str]) -> list[Path]:
    targets = [folder / name for name in names]
    _refuse_existing(targets)
    for name, target in zip(names, targets, strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(publication / name, target)
    return targets


def _refuse_existing(targets: list[Path]) -> None:
    for target in targets:
        if target.exists():
            raise FileExistsError(17, "File exists", str(target))
