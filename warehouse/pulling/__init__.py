"""Pulling: fetch what is new from the platforms' APIs, and land it as it was delivered.

`declarations` reads sources.toml. `apis` says what to ask each platform. `asking` sends the
requests, within budgets and limits. `walking` follows the pages of a list and remembers how far
it came; `cursors` keeps that in the database. `pulls` puts them together.
"""
