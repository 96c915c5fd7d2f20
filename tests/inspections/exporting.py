"""For the tests of lists that are taken along: order one, let it be written, fetch it."""

from __future__ import annotations

from django.test import Client

from inspections.models import Export
from shuangjian.journal import jobs
from tests.registry import submit, text_of


def taken(browser: Client, key: str, query: str = "", kind: str = "xlsx") -> bytes:
    """Order the list from its page, let the job write it; the bytes that the download link gives."""
    answer = submit(browser, f"/exports/{key}/?{query}", {"format": kind})
    assert answer.status_code == 302, text_of(answer)
    row = Export.objects.first()
    assert row is not None and row.job_id is not None
    if row.stored_file is None:
        assert jobs.run_now(row.job_id)
    page = browser.get(answer["Location"])
    assert "下载" in text_of(page)
    row.refresh_from_db()
    return b"".join(browser.get(f"/files/{row.stored_file_id}/?download=1").streaming_content)  # type: ignore[attr-defined]
