"""Where dbt looks for the adapter of the target ``spark``."""

from ingest.spark.adapter import PLUGIN as Plugin

__all__ = ["Plugin"]
