"""The version that dbt asks of an adapter: that of the dbt-spark below."""

from dbt.adapters.spark.__version__ import version

__all__ = ["version"]
