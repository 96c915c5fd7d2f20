"""An import on its way: nothing before it is confirmed, each unit once, a result for each."""

from __future__ import annotations

from typing import Any

import pytest

from inspections.imports.units.columns import SCHOOLS
from inspections.models import Import
from inspections.workflows import imports
from schools.models import School
from shuangjian.accounts.models import Headship, Organisation
from shuangjian.journal import audit, jobs
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Job, Notification
from tests.cast import Cast
from tests.inspections.importing import SCHOOL, institution, raw, school, uploaded

pytestmark = pytest.mark.django_db


def confirmed(cast: Cast, *sheets: dict[str, Any]) -> tuple[Import, Job]:
    row = uploaded(cast.task_force, *sheets)  # type: ignore[arg-type]
    return row, imports.confirm(import_id=row.pk, actor=cast.task_force, version=row.version)  # type: ignore[arg-type]


def test_nothing_is_written_before_it_is_confirmed(cast: Cast) -> None:
    row = uploaded(cast.task_force, school())  # type: ignore[arg-type]
    assert row.state == "checked"
    assert not Organisation.objects.filter(code=SCHOOL["code"]).exists()
    assert not Job.objects.filter(kind=imports.JOB).exists()


def test_what_was_confirmed_is_done_with_a_result_and_an_entry_each(cast: Cast) -> None:
    known = {"name": "城关小学", "code": "3152000001", "pupil_count": "612"}
    row, job = confirmed(
        cast,
        raw(SCHOOLS, SCHOOL | {"head_name": "黄河", "head_from_on": "2024-08-20"}, known),
        institution(),
    )
    assert jobs.run_now(job.pk)
    row.refresh_from_db()
    assert (row.state, row.sheets) == ("done", [])
    assert [one.state for one in row.rows.all()] == ["done"] * 3
    made = School.objects.get(organisation__code=SCHOOL["code"])
    assert made.grades == [1, 2, 3, 4, 5, 6]
    assert Headship.objects.get(organisation=made.organisation).name == "黄河"
    assert School.objects.get(organisation__code="3152000001").pupil_count == 612
    actions = list(AuditEntry.objects.values_list("action", flat=True))
    assert actions.count("schools.school.opened") == 1
    assert actions.count("schools.school.changed") == 1
    assert actions.count("tutoring.institution.opened") == 1
    notice = Notification.objects.get(kind="imports.done")
    assert notice.title == "单位名单：已导入3个单位"
    assert notice.recipient == cast.task_force
    assert audit.verify_chain() == []


def test_a_filer_of_the_same_file_is_there_before_whom_it_fills_in_for(cast: Cast) -> None:
    point = SCHOOL | {
        "name": "高坡教学点",
        "code": "YX-S001",
        "school_type": "教学点",
        "filer": SCHOOL["code"],
    }
    _, job = confirmed(cast, raw(SCHOOLS, point, SCHOOL))
    assert jobs.run_now(job.pk)
    assert Organisation.objects.get(code="YX-S001").filer == Organisation.objects.get(code=SCHOOL["code"])


def test_one_unit_that_changed_meanwhile_is_refused_and_the_others_are_done(cast: Cast) -> None:
    row, job = confirmed(cast, raw(SCHOOLS, SCHOOL, SCHOOL | {"name": "河西小学", "code": "3152000098"}))
    School.objects.create(
        organisation=Organisation.objects.create(kind="school", code=SCHOOL["code"], name="抢先小学"),
        school_type="primary",
        grades=[1],
    )
    assert jobs.run_now(job.pk)
    refused, done = row.rows.all()
    assert (refused.state, done.state) == ("refused", "done")
    assert "确认以后平台里的内容有了变化" in refused.words
    assert Organisation.objects.get(code=SCHOOL["code"]).name == "抢先小学"
    assert "1个没有办成" in Notification.objects.get(kind="imports.done").title


def test_who_lost_his_post_before_the_job_began_writes_nothing(cast: Cast) -> None:
    row, job = confirmed(cast, school())
    cast.task_force.memberships.all().delete()  # type: ignore[union-attr]
    assert jobs.run_now(job.pk)
    (refused,) = row.rows.all()
    assert refused.state == "refused"
    assert not Organisation.objects.filter(code=SCHOOL["code"]).exists()


def test_a_job_stopped_half_way_goes_on_where_it_stopped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    second = SCHOOL | {"name": "河西小学", "code": "3152000098"}
    row, job = confirmed(cast, raw(SCHOOLS, SCHOOL, second))
    plain = imports._carry_out_some

    def stop_at_the_second(pks: list[int], *rest: Any) -> None:
        if row.rows.get(pk__in=pks).key == second["code"]:
            raise jobs.Cancelled
        plain(pks, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(imports, "_carry_out_some", stop_at_the_second)
        assert not jobs.run_now(job.pk)
    assert [one.state for one in row.rows.all()] == ["done", "waiting"]
    Job.objects.filter(pk=job.pk).update(state="queued", lease_until=None)
    assert jobs.run_now(job.pk)
    assert [one.state for one in row.rows.all()] == ["done", "done"]
    opened = AuditEntry.objects.filter(action="schools.school.opened")
    assert opened.count() == 2


def test_of_a_file_with_faults_the_good_rows_alone_can_be_taken(cast: Cast) -> None:
    row = uploaded(cast.task_force, raw(SCHOOLS, SCHOOL, SCHOOL | {"code": "3152000098", "grades": "没有"}))  # type: ignore[arg-type]
    with pytest.raises(Refused, match="还有1处要改"):
        imports.confirm(import_id=row.pk, actor=cast.task_force, version=None)  # type: ignore[arg-type]
    job = imports.confirm(import_id=row.pk, actor=cast.task_force, version=None, is_partial=True)  # type: ignore[arg-type]
    assert jobs.run_now(job.pk)
    assert [one.key for one in row.rows.all()] == [SCHOOL["code"]]
    assert Organisation.objects.filter(code=SCHOOL["code"]).exists()
    assert not Organisation.objects.filter(code="3152000098").exists()


def test_a_file_whose_headings_are_wrong_is_taken_not_at_all(cast: Cast) -> None:
    sheet = school()
    sheet["rows"][0][4] = "不知道的列"
    row = uploaded(cast.task_force, sheet)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="还有1处要改"):
        imports.confirm(import_id=row.pk, actor=cast.task_force, version=None, is_partial=True)  # type: ignore[arg-type]


def test_a_row_that_would_now_do_something_else_is_refused_by_itself(cast: Cast) -> None:
    row, job = confirmed(cast, raw(SCHOOLS, {"name": "城关小学", "code": "3152000001", "pupil_count": "612"}))
    School.objects.filter(organisation__code="3152000001").update(pupil_count=605)
    assert jobs.run_now(job.pk)
    (refused,) = row.rows.all()
    assert (refused.state, "请重新导入" in refused.words) == ("refused", True)
    assert School.objects.get(organisation__code="3152000001").pupil_count == 605


def test_it_is_confirmed_or_dropped_once_and_by_the_task_force(cast: Cast) -> None:
    row = uploaded(cast.task_force, school())  # type: ignore[arg-type]
    for other in (cast.supervision, cast.clerk_a1, cast.system_admin):
        with pytest.raises(NotAllowed):
            imports.drop(import_id=row.pk, actor=other, version=None)  # type: ignore[arg-type]
    imports.drop(import_id=row.pk, actor=cast.task_force, version=None)  # type: ignore[arg-type]
    with pytest.raises(WrongState, match="已放弃"):
        imports.confirm(import_id=row.pk, actor=cast.task_force, version=None)  # type: ignore[arg-type]
