"""Parquet files that are written in pieces, so that what has not changed is not written again."""
