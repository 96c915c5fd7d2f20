"""The pages of bulletins."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.models import Bulletin
from inspections.workflows import bulletins
from tests.cast import Cast
from tests.files.samples import pdf
from tests.hostile import HOSTILE
from tests.registry import signed_in, submit, text_of

pytestmark = pytest.mark.django_db


def write(cast: Cast, **changed: Any) -> Any:
    fields = {"title": "关于报送材料的通知", "body": "请报送。\n谢谢。", "unit_kinds": ["school"]}
    return submit(signed_in(cast.task_force), "/bulletins/new/", fields | changed)  # type: ignore[arg-type]


def test_from_the_draft_to_the_desk_of_a_school(cast: Cast) -> None:
    staff, school = signed_in(cast.task_force), signed_in(cast.clerk_a1)  # type: ignore[arg-type]
    answer = write(cast, attached=SimpleUploadedFile("附件.pdf", pdf(), "application/pdf"), areas=["YX-Q01"])
    assert answer.status_code == 302
    row = Bulletin.objects.get()
    assert "将发给 2个单位" in text_of(staff.get(answer["Location"]))
    assert school.get(answer["Location"]).status_code == 404
    assert "2个单位会收到通知" in text_of(staff.get(f"{answer['Location']}publish/"))
    assert submit(staff, f"{answer['Location']}publish/", {}, version=row.version).status_code == 302
    page = text_of(school.get(answer["Location"]))
    assert "请报送。" in page and "附件.pdf" in page
    assert "关于报送材料的通知" in text_of(school.get("/desk/"))
    assert "关于报送材料的通知" in text_of(school.get("/me/notices/"))
    assert signed_in(cast.clerk_b1).get(answer["Location"]).status_code == 404  # type: ignore[arg-type]
    stored = row.attachments.get().stored_file_id
    assert school.get(f"/files/{stored}/").status_code == 200
    assert signed_in(cast.clerk_b1).get(f"/files/{stored}/").status_code == 404  # type: ignore[arg-type]


def test_a_recalled_one_is_closed_to_its_recipients(cast: Cast) -> None:
    write(cast)
    row = Bulletin.objects.get()
    bulletins.publish(bulletin_id=row.pk, actor=cast.task_force, version=None)  # type: ignore[arg-type]
    staff = signed_in(cast.supervision)  # type: ignore[arg-type]
    assert "请填写撤回原因" in text_of(submit(staff, f"/bulletins/{row.no}/recall/", {}))
    version = Bulletin.objects.get().version
    done = submit(staff, f"/bulletins/{row.no}/recall/", {"words": "文号有误"}, version=version)
    assert done.status_code == 302
    page = text_of(signed_in(cast.clerk_a1).get(f"/bulletins/{row.no}/"))  # type: ignore[arg-type]
    assert "原因：文号有误" in page and "请报送" not in page


def test_a_correction_leads_from_the_old_one_to_the_new(cast: Cast) -> None:
    write(cast)
    first = Bulletin.objects.get()
    staff, school = signed_in(cast.task_force), signed_in(cast.clerk_a1)  # type: ignore[arg-type]
    bulletins.publish(bulletin_id=first.pk, actor=cast.task_force, version=None)  # type: ignore[arg-type]
    answer = submit(staff, f"/bulletins/{first.no}/correct/", {})
    second = Bulletin.objects.get(replaces=first)
    assert answer["Location"] == f"/bulletins/{second.no}/"
    assert second.no not in text_of(school.get(f"/bulletins/{first.no}/"))
    bulletins.publish(bulletin_id=second.pk, actor=cast.task_force, version=None)  # type: ignore[arg-type]
    assert f"以新的为准： {second.no}" in text_of(school.get(f"/bulletins/{first.no}/"))


def test_what_is_missing_is_said_beside_the_field_and_nothing_is_lost(cast: Cast) -> None:
    page = write(cast, title="", body="写了很久的正文", unit_kinds=[])
    assert page.status_code == 200
    assert "请填写标题" in text_of(page) and "写了很久的正文" in page.content.decode()
    page = write(cast, unit_kinds=[])
    assert "没有可以发给的单位" in text_of(page)
    page = write(cast, attached=SimpleUploadedFile("通知.docx", b"PK\x03\x04", "application/msword"))
    assert "请改用图片或PDF" in text_of(page)
    assert not Bulletin.objects.exists()


@pytest.mark.parametrize("text", HOSTILE[::10])
def test_hostile_words_stay_words(cast: Cast, text: str) -> None:
    answer = write(cast, body=f"正文{text}")
    if answer.status_code == 302:
        page = signed_in(cast.task_force).get(answer["Location"]).content.decode()  # type: ignore[arg-type]
        assert "<script>alert" not in page
    else:
        assert answer.status_code == 200


def test_the_list_asks_no_more_for_many(cast: Cast) -> None:
    school = signed_in(cast.clerk_a1)  # type: ignore[arg-type]

    def queries(count: int) -> int:
        for _ in range(count):
            row = bulletins.draft(actor=cast.task_force, title="通知", body="正文", unit_kinds=["school"])  # type: ignore[arg-type]
            bulletins.publish(bulletin_id=row.pk, actor=cast.task_force, version=None)  # type: ignore[arg-type]
        school.get("/bulletins/")  # what is read once a process is read
        with CaptureQueriesContext(connection) as asked:
            assert school.get("/bulletins/").status_code == 200
        return len(asked)

    few = queries(2)
    assert queries(30) == few <= 15
