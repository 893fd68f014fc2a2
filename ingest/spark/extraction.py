"""Read papers on Spark: files of any Spark file system to the lake, through the job's own loading.

Each task hands its files to ``ingest.loading.load``, so every document is read in a supervised process
of its own with the job's limits, and one that is bad, hangs or kills its reader is a quarantine row and
nothing more. What the tasks' ledgers hold is what the lake gets. Arrow, not pandas, carries the rows:
pandas has no decimals.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ingest.discover import DISCLOSURE_SUFFIXES, Found
from ingest.extract import extractor_version
from ingest.fetch.sidecar import SUFFIX, sidecar_path
from ingest.loading import ReadingOptions, load
from ingest.outcome import RefreshReport
from ingest.progress import silent
from ingest.reading import read_found
from ingest.spark.dialect import spark_type
from ingest.spark.lake import PREFIX_LENGTH, write_empty
from ingest.store import LEDGER_FILE, TABLES, Ledger, table_columns

#: The tables of a reading, the document last: a reading counts once its document is there.
READ_TABLES = (*(table for table in TABLES if table not in ("document", "verdict")), "document")
#: Documents that one task reads at a time: what it holds in memory, and what shares the start of a reader.
DOCUMENTS_AT_ONCE = 32


def _struct(table: str) -> str:
    return ", ".join(f"{name}: {spark_type(kind)}" for name, kind in table_columns(table))


_SCHEMA = ", ".join(f"{table} array<struct<{_struct(table)}>>" for table in READ_TABLES)


def extract_to_lake(spark: SparkSession, papers: str, lake: Path, loaded_at: datetime, tasks: int) -> int:
    """Read what the lake has not read yet of a folder of papers; returns how many documents that were.

    ``loaded_at`` is the moment of the job, in UTC: a job that is run again with the same one writes the same
    rows. What a job that died left behind is replaced.
    """
    if not (lake / "document").is_dir():
        write_empty(lake)
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", DOCUMENTS_AT_ONCE)
    unread = _files(spark, papers).join(_read_already(spark, lake), ["sha256", "version"], "left_anti")
    readings = (
        unread.select("path", "content", "note", "sha256")
        .repartition(tasks, "sha256")
        .mapInArrow(_reader(loaded_at), _SCHEMA)
        .persist()
    )
    try:
        count = readings.count()
        for table in READ_TABLES if count else ():
            _write(spark, readings, table, lake)
        return count
    finally:
        readings.unpersist()


def _files(spark: SparkSession, papers: str) -> DataFrame:
    """The papers under a folder, once each by content, with the note of where they came from."""
    files = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(papers)
    notes = files.where(F.col("path").endswith(SUFFIX)).select(
        F.expr(f"left(path, length(path) - {len(SUFFIX)})").alias("path"), F.col("content").alias("note")
    )
    ending = F.lower(F.concat(F.lit("."), F.substring_index("path", ".", -1)))
    versions = F.create_map(
        *(
            F.lit(text)
            for suffix in sorted(DISCLOSURE_SUFFIXES)
            for text in (suffix, extractor_version(suffix))
        )
    )
    papers_found = files.where(ending.isin(*sorted(DISCLOSURE_SUFFIXES))).select(
        "path", "content", F.sha2("content", 256).alias("sha256"), versions[ending].alias("version")
    )
    first = papers_found.groupBy("sha256").agg(F.min("path").alias("path"))
    return papers_found.join(first, ["sha256", "path"]).join(notes, "path", "left")


def _read_already(spark: SparkSession, lake: Path) -> DataFrame:
    """What the lake has read, by content and version, whichever try it was."""
    version = F.substring_index("extractor_version", "+", 1).alias("version")
    return _of_lake(spark, "document", lake).select("sha256", version).distinct()


def _of_lake(spark: SparkSession, table: str, lake: Path) -> DataFrame:
    columns = ", ".join(f"{name} {spark_type(kind)}" for name, kind in table_columns(table))
    return spark.read.schema(columns).option("recursiveFileLookup", "true").parquet(f"{lake}/{table}")


def _write(spark: SparkSession, readings: DataFrame, table: str, lake: Path) -> None:
    """Write a table anew where one of the documents belongs; what else is there stays as it is."""
    documents = readings.select(F.explode("document").alias("row")).select(
        "row.sha256", "row.extractor_version"
    )
    rows = readings.select(F.explode(table).alias("row")).select("row.*")
    kept = (
        _placed(_of_lake(spark, table, lake))
        .join(_placed(documents).select("version", "prefix").distinct(), ["version", "prefix"], "left_semi")
        .join(documents, ["sha256", "extractor_version"], "left_anti")
    )
    (
        _placed(rows)
        .unionByName(kept)
        .repartition("version", "prefix")
        .sortWithinPartitions("version", "prefix", "sha256")
        .write.mode("overwrite")
        .option("partitionOverwriteMode", "dynamic")
        .partitionBy("version", "prefix")
        .parquet(f"{lake}/{table}")
    )


def _placed(rows: DataFrame) -> DataFrame:
    """Rows with the names of the folders they belong to."""
    return rows.withColumns(
        {"version": F.col("extractor_version"), "prefix": F.expr(f"left(sha256, {PREFIX_LENGTH})")}
    )


def _reader(loaded_at: datetime) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a task does with its files."""

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            with tempfile.TemporaryDirectory(prefix="juesuan-") as folder:
                found = [_written(Path(folder, str(n)), **row) for n, row in enumerate(batch.to_pylist())]
                file = Path(folder, LEDGER_FILE)
                with Ledger(file) as ledger:
                    options = ReadingOptions(jobs=1)
                    load(found, ledger, RefreshReport(), silent, options, read_found, lambda: loaded_at)
                yield from _rows(file)

    return read


def _written(folder: Path, path: str, content: bytes, note: bytes | None, sha256: str) -> Found:
    """A file of the lake's source as a file of this machine, under its own name."""
    folder.mkdir()
    file = folder / unquote(path.rpartition("/")[2])
    file.write_bytes(content)
    if note is not None:
        sidecar_path(file).write_bytes(note)
    return Found(file, sha256, len(content))


def _rows(ledger: Path) -> Iterator[pa.RecordBatch]:
    """One row a document, with a list of the rows of each table."""
    lists = ", ".join(
        f"coalesce((SELECT list(t) FROM raw.{table} t WHERE t.sha256 = d.sha256), []) AS {table}"
        for table in READ_TABLES
    )
    with duckdb.connect(str(ledger), read_only=True) as db:
        reader = db.sql(f"SELECT {lists} FROM raw.document d ORDER BY sha256").to_arrow_reader(1)
        yield from reader or ()
