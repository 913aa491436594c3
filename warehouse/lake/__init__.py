"""A lake: raw records as Parquet files, and the marts that Apache Spark builds of them.

A warehouse that one PostgreSQL server no longer holds moves there; the models are the same.
`export` writes what landed in PostgreSQL, `build` builds everything in a place of its own.
"""
