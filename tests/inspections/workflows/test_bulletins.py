"""通知公告: published to whom it says, attachments for these alone, corrected by a new version, recalled."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inspections.models import Bulletin
from inspections.workflows import bulletins
from shuangjian.accounts.models import Organisation
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import Cast
from tests.files.samples import pdf

pytestmark = pytest.mark.django_db


def attachment(cast: Cast, name: str = "附件.pdf") -> StoredFile:
    upload = SimpleUploadedFile(name, pdf(), "application/pdf")
    return files.receive(upload=upload, uploader=cast.task_force)  # type: ignore[arg-type]


def drafted(cast: Cast, **changed: Any) -> Bulletin:
    fields: dict[str, Any] = {
        "title": "关于报送材料的通知",
        "body": "请于12月1日前报送。",
        "unit_kinds": ["school"],
    }
    fields["unit_kinds"] = ["school"]
    return bulletins.draft(actor=cast.task_force, **(fields | changed))  # type: ignore[arg-type]


def published(cast: Cast, **changed: Any) -> Bulletin:
    row = drafted(cast, **changed)
    return bulletins.publish(bulletin_id=row.pk, actor=cast.task_force, version=row.version)  # type: ignore[arg-type]


def reached(row: Bulletin) -> set[str]:
    return set(row.recipients.values_list("organisation__name", flat=True))


def told(kind: str = "bulletin.published") -> set[str]:
    return set(Notification.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def sees(cast: Cast, row: Bulletin) -> set[str]:
    return {name for name, one in cast.people.items() if Bulletin.objects.visible_to(one).filter(pk=row.pk)}


COUNTY = {"leader", "task_force", "supervision"}


def test_kinds_and_areas_say_whom_it_reaches(cast: Cast) -> None:
    assert reached(published(cast)) == {"城关小学", "实验学校", "第二中学"}
    assert reached(published(cast, areas=[cast.area_a])) == {"城关小学", "实验学校"}
    assert reached(published(cast, unit_kinds=[], units=[cast.a3])) == {"启明教育培训中心"}
    both = published(cast, unit_kinds=["institution"], areas=[cast.area_b], units=[cast.a3, cast.a1])
    assert reached(both) == {"启明教育培训中心", "城关小学"}


def test_its_recipients_alone_see_it_and_are_told(cast: Cast) -> None:
    row = published(cast, areas=[cast.area_a])
    own = {"clerk_a1", "head_a1", "clerk_a2"}
    assert told() == own
    assert sees(cast, row) == COUNTY | own | {"inspector_a"}


def test_a_draft_is_the_staffs_own(cast: Cast) -> None:
    row = drafted(cast)
    assert sees(cast, row) == COUNTY
    assert told() == set()


def test_attachments_are_for_those_who_see_the_bulletin(cast: Cast) -> None:
    stored = attachment(cast)
    row = published(cast, areas=[cast.area_a], files=[stored])

    def opens() -> set[str]:
        everybody = cast.people.items()
        return {name for name, one in everybody if StoredFile.objects.visible_to(one).filter(pk=stored.pk)}

    assert opens() == COUNTY | {"clerk_a1", "head_a1", "clerk_a2", "inspector_a"}
    bulletins.recall(bulletin_id=row.pk, actor=cast.task_force, version=None, words="附件有误")  # type: ignore[arg-type]
    assert opens() == COUNTY


def test_a_recalled_one_says_why_to_whom_it_had_reached(cast: Cast) -> None:
    row = published(cast, areas=[cast.area_b])
    done = bulletins.recall(bulletin_id=row.pk, actor=cast.supervision, version=None, words="文号有误")  # type: ignore[arg-type]
    assert (done.state, done.recall_words) == ("recalled", "文号有误")
    assert told("bulletin.recalled") == {"clerk_b1", "head_b1"}
    assert "clerk_b1" in sees(cast, done)
    with pytest.raises(WrongState):
        bulletins.correct(bulletin_id=row.pk, actor=cast.task_force, version=None)  # type: ignore[arg-type]


def test_a_correction_takes_the_place_of_what_was_published(cast: Cast) -> None:
    stored = attachment(cast)
    first = published(cast, files=[stored])
    second = bulletins.correct(bulletin_id=first.pk, actor=cast.task_force, version=None)  # type: ignore[arg-type]
    assert [one.stored_file for one in second.attachments.all()] == [stored]
    with pytest.raises(Refused, match="已经有一份更正稿"):
        bulletins.correct(bulletin_id=first.pk, actor=cast.task_force, version=None)  # type: ignore[arg-type]
    bulletins.edit(
        bulletin_id=second.pk, actor=cast.task_force, version=None, title="更正", body="改为12月5日。",  # type: ignore[arg-type]
        unit_kinds=["school"], areas=[cast.area_a], removed=[second.attachments.get().pk],
    )  # fmt: skip
    bulletins.publish(bulletin_id=second.pk, actor=cast.task_force, version=None)  # type: ignore[arg-type]
    first.refresh_from_db()
    assert (first.state, first.body) == ("replaced", "请于12月1日前报送。")
    assert reached(Bulletin.objects.get(pk=second.pk)) == {"城关小学", "实验学校"}
    assert told("bulletin.replaced") == {"clerk_b1", "head_b1"}
    assert AuditEntry.objects.filter(action="inspections.bulletin.replaced").count() == 1


def test_what_was_published_is_never_edited(cast: Cast) -> None:
    row = published(cast)
    with pytest.raises(WrongState):
        bulletins.edit(
            bulletin_id=row.pk,
            actor=cast.task_force,
            version=None,
            title="x",
            body="x",
            unit_kinds=["school"],  # type: ignore[arg-type]
        )
    with pytest.raises(WrongState):
        bulletins.publish(bulletin_id=row.pk, actor=cast.task_force, version=None)  # type: ignore[arg-type]


def test_a_stale_page_publishes_nothing(cast: Cast) -> None:
    row = drafted(cast)
    with pytest.raises(StaleRow):
        bulletins.publish(bulletin_id=row.pk, actor=cast.task_force, version=row.version + 1)  # type: ignore[arg-type]
    assert told() == set()


@pytest.mark.parametrize("name", ["leader", "inspector_a", "clerk_a1", "head_a1", "partner", "system_admin"])
def test_only_the_task_force_and_the_supervision_office_write(cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        bulletins.draft(actor=cast.people[name], title="x", body="x", unit_kinds=["school"])
    row = published(cast)
    with pytest.raises(NotAllowed):
        bulletins.recall(bulletin_id=row.pk, actor=cast.people[name], version=None, words="x")


def test_nobody_to_send_it_to_is_refused(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.a3.pk).update(status="closed", closed_on="2026-11-01")  # type: ignore[union-attr]
    for nobody in (
        {"unit_kinds": []},
        {"unit_kinds": ["institution"]},
        {"unit_kinds": [], "areas": [cast.area_a]},
    ):
        with pytest.raises(Refused):
            drafted(cast, **nobody)
    assert not Bulletin.objects.exists()


def test_a_unit_that_another_files_for_is_told_through_it(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.a2.pk).update(filer=cast.a1)  # type: ignore[union-attr]
    published(cast, unit_kinds=[], units=[cast.a2])
    assert told() == {"clerk_a1", "head_a1"}


def test_every_step_leaves_one_entry_and_nobody_is_counted(cast: Cast) -> None:
    row = published(cast)
    actions = list(
        AuditEntry.objects.filter(subject_no=row.no).order_by("seq").values_list("action", flat=True)
    )
    assert actions == ["inspections.bulletin.drafted", "inspections.bulletin.publish"]
    assert not any(
        "read" in field.name or "opened" in field.name for field in row.recipients.model._meta.fields
    )
