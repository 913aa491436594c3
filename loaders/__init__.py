"""Loaders: native exports in, typed records out, landed once in `raw`."""
