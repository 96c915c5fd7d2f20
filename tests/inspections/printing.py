"""For the tests of what is printed: order by the page's own form, let the job run, read the file back."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.test import Client
from pypdf import PdfReader

from inspections.models import Printout
from shuangjian.files.services import open_blob
from shuangjian.journal import jobs
from shuangjian.journal.models import Job
from tests.registry import submit


def ordered(client: Client, address: str, /, **fields: Any) -> Printout:
    """The order to which the answer of the form leads."""
    answer = submit(client, f"/printouts/new/{address}", fields)
    assert answer.status_code == 302, answer.content.decode()
    return Printout.objects.get(no=answer.url.strip("/").split("/")[-1])


def content_of(printout: Printout) -> bytes:
    """The bytes of its file, made now if they aren't there yet."""
    jobs.run_now(printout.job_id)  # type: ignore[arg-type]
    printout.refresh_from_db()
    assert printout.stored_file is not None, Job.objects.get(pk=printout.job_id).error
    with open_blob(printout.stored_file) as stream:
        return stream.read()


def words_of(content: bytes) -> str:
    """The words of a PDF, without blanks and line ends."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def printed(client: Client, address: str, /, **fields: Any) -> str:
    """The words of what is printed."""
    return words_of(content_of(ordered(client, address, **fields)))
