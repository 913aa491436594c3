"""Wishes of people about the data on them: opt out, see it, have it checked.

`columns` says of each column what it may hold of a person; export and verification read it.
"""
