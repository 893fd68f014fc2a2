"""dbt's Spark adapter that takes the models in DuckDB's SQL: dbt-spark, with a translation before it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from dbt.adapters.base import AdapterPlugin, available
from dbt.adapters.spark import SparkAdapter, SparkConnectionManager, SparkCredentials
from sqlglot import exp

from ingest.spark.dialect import spark_type, to_spark
from ingest.store import table_columns

TYPE = "juesuanspark"


class Credentials(SparkCredentials):
    """dbt-spark's own, but for the name; a cast that fails is an error, as it is in DuckDB."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.server_side_parameters["spark.sql.ansi.enabled"] = "true"

    @property
    def type(self) -> str:
        """What profiles.yml calls the adapter."""
        return TYPE


class ConnectionManager(SparkConnectionManager):
    """dbt-spark's own."""

    TYPE = TYPE


class JuesuanSparkAdapter(SparkAdapter):
    """dbt-spark's own, and what the macros ask of the translation. Its name is the type's, as dbt wants."""

    ConnectionManager = ConnectionManager

    @available
    def translated(self, sql: str) -> str:
        """A query in DuckDB's SQL as Spark's."""
        return to_spark(sql, self._columns_of)

    @available
    def spark_type(self, duckdb_type: str) -> str:
        """A type of DuckDB as Spark's."""
        return spark_type(duckdb_type)

    @available
    def literal_rows(self, rows: Iterable[Sequence[object]], types: Sequence[str]) -> str:
        """Rows as the text behind ``values``."""
        kinds = [self.spark_type(kind) for kind in types]
        return ", ".join(
            "("
            + ", ".join(f"cast({_literal(value)} as {kind})" for value, kind in zip(row, kinds, strict=True))
            + ")"
            for row in rows
        )

    @available
    def ledger_columns(self, table: str) -> str:
        """The columns of a table of the ledger with their types in Spark."""
        return ", ".join(f"{name} {self.spark_type(kind)}" for name, kind in table_columns(table))

    def _columns_of(self, schema: str, table: str) -> Sequence[str]:
        relation = self.Relation.create(schema=schema, identifier=table)
        return [column.name for column in self.get_columns_in_relation(relation)]


def _literal(value: object) -> str:
    return "null" if value is None else exp.Literal.string(str(value)).sql("spark")


PLUGIN = AdapterPlugin(
    adapter=JuesuanSparkAdapter,
    credentials=Credentials,
    include_path=str(Path(__file__).resolve().parent),
    dependencies=["spark"],
    project_name=f"dbt_{TYPE}",
)
