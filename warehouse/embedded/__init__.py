"""The embedded PostgreSQL: made, started, stopped and found again.

Only `server` is for others. What it stands on, from the bottom up: `failures` (sentences for
people), `account` (whom programs run as), `binaries` (the wheel's programs), `processes`
(what runs), `placement` (where data, socket and log live), `cluster` (initdb, roles and
rights), `launch` (a stopped cluster becomes a running one).
"""
