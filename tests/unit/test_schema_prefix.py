"""A prefix of schema names is translated into every statement."""

from __future__ import annotations

from warehouse import schemas


def test_statements_are_translated() -> None:
    for statement, translated in (
        ("select raw.f('raw.x'), rej.raw from raw.rejects", None),
        ('copy "raw"."loads" from stdin', 'copy "a_raw"."loads" from stdin'),
        ("create schema if not exists raw;", "create schema if not exists a_raw;"),
        ("comment on schema upgrade is 'x'", "comment on schema a_upgrade is 'x'"),
        ("[engagement warehouse: raw]", "[engagement warehouse: a_raw]"),
        ("select draw.x, a_raw.y, raw from r", "select draw.x, a_raw.y, raw from r"),
    ):
        wanted = translated or "select a_raw.f('a_raw.x'), rej.raw from a_raw.rejects"
        assert schemas.translate("a_", statement) == wanted
        assert schemas.translate("a_", wanted) == wanted
        assert schemas.translate("", statement) == statement
    keys = {
        schemas.lock(prefix, number) for prefix in ("", "a_", "b_") for number in (123, 125)
    }
    assert len(keys) == 6
    assert schemas.translate("", "7281943650123") == str(schemas.lock("", 123))
    assert schemas.translate("a_", "7281943650123") == str(schemas.lock("a_", 123))
    assert all(-(2**63) <= key < 2**63 for key in keys)
