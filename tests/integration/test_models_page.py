"""dbt's page of the models: served and linked once it is written, to who may see everything."""

from __future__ import annotations

from pathlib import Path

from served import FIRST, SECOND, Served

from warehouse.web import models

HEALTH = f"/analytics/health?workspace={FIRST}"


def test_the_page_is_linked_once_it_is_written(
    open_server: Served, guarded_server: Served, state_folder: Path
) -> None:
    file = models.file(state_folder)
    with open_server.client() as client, guarded_server.client(SECOND) as bound:
        missing = client.get(models.ADDRESS)
        assert missing.status_code == 404
        assert "docs generate --static" in missing.text
        assert models.ADDRESS not in client.get(HEALTH).text
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("<!doctype html><title>models</title>")
        try:
            found = client.get(models.ADDRESS)
            assert "<title>models" in found.text
            policy = found.headers["content-security-policy"]
            assert "default-src 'none'" in policy  # it can load and send nothing
            assert "connect-src" not in policy
            assert f'href="{models.ADDRESS}"' in client.get(HEALTH).text
            assert bound.get(models.ADDRESS).status_code == 403
            assert models.ADDRESS not in bound.get("/analytics/health").text
        finally:
            file.unlink()
