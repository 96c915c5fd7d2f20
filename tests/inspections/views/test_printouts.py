"""Printouts as people order them: the page, its job, the file, one's own list, and nobody else's rows."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from inspections.models import Printout
from shuangjian import clock
from shuangjian.files.services import open_blob
from shuangjian.journal import jobs
from shuangjian.journal.models import AuditEntry, Job
from shuangjian.policy.models import Rulebook
from tests.cast import Cast
from tests.inspections.cases import case_in
from tests.registry import signed_in, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy")]


def ordered(client: Client, address: str, **fields: Any) -> Printout:
    """Order by the page's own form; the order that its answer leads to."""
    answer = submit(client, address, fields)
    assert answer.status_code == 302, answer.content.decode()
    return Printout.objects.get(no=answer.url.strip("/").split("/")[-1])


def text_of(printout: Printout) -> str:
    """The words of the finished file, without blanks and line ends."""
    printout.refresh_from_db()
    assert printout.stored_file is not None, Job.objects.get(pk=printout.job_id).error
    with open_blob(printout.stored_file) as stream:
        reader = PdfReader(BytesIO(stream.read()))
    return "".join("".join(page.extract_text() for page in reader.pages).split())


def problems(cast: Cast) -> None:
    case_in("rectifying", unit=cast.units["a1"], found_by=cast.task_force, due_in=-3)
    case_in("closed", unit=cast.units["b1"], found_by=cast.task_force, closed_by=cast.task_force)


def test_the_ledger_is_printed_as_it_is_filtered(cast: Cast) -> None:
    problems(cast)
    client = signed_in(cast.leader)
    page = client.get("/printouts/new/ledger/?tab=open").content.decode()
    assert "1个问题" in page and "未销号" in page
    printout = ordered(client, "/printouts/new/ledger/?tab=open", paper="a4")
    assert printout.no == "2026-Y0001"
    assert "已排队，马上开始" in client.get("/printouts/2026-Y0001/").content.decode()
    jobs.run_now(printout.job_id)
    text = text_of(printout)
    assert cast.units["a1"].name in text and cast.units["b1"].name not in text
    assert "逾期3天" in text and "填表人：" in text and "数据截至2026年11月16日" in text
    ready = client.get("/printouts/2026-Y0001/").content.decode()
    assert "打开PDF" in ready and printout.check_code in ready
    actions = AuditEntry.objects.filter(subject_no=printout.no).values_list("action", flat=True)
    assert set(actions) == {"inspections.printout.ordered", "inspections.printout.made"}
