"""What a close-out must show: how many different proofs, and of which day, whenever they were sent."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from model_bakery import baker

from inspections import proofs
from inspections.models import Evidence, RectificationTask
from inspections.workflows import rectification
from shuangjian import clock
from shuangjian.files.models import StoredFile
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import ProofRequirement
from shuangjian.policy.workflows import loading
from shuangjian.policy.workflows.schema import BadData
from tests.cast import Cast
from tests.inspections.cases import case_at_a1
from tests.registry import signed_in, submit

pytestmark = [pytest.mark.onsite, pytest.mark.usefixtures("standing_policy", "policy")]


@pytest.fixture
def task(cast: Cast) -> RectificationTask:
    """Found forty days ago, being put right, without proof; it calls for one: before and after."""
    made = case_at_a1(cast, "rectifying", proven=False)
    made.problem.found_on = clock.today() - timedelta(days=40)
    made.problem.save(update_fields=["found_on"])
    made.measures.update(done_on=clock.today())
    return made


@pytest.fixture
def need(task: RectificationTask) -> ProofRequirement:
    (one,) = proofs.needed_proof(task)[:1]
    return one


def demand(need: ProofRequirement, **wanted: Any) -> None:
    ProofRequirement.objects.filter(pk=need.pk).update(**wanted)


def photo(cast: Cast, taken_on: date | None = None, sha: str = "a") -> StoredFile:
    taken_at = timezone.make_aware(datetime.combine(taken_on, time(9))) if taken_on else None
    return baker.make(
        StoredFile, sha256=sha * 64, size=9, content_type="image/jpeg", uploader=cast.clerk_a1,
        original_name="现场.jpg", taken_at=taken_at, uploaded_at=clock.now(),
    )  # fmt: skip


def file(cast: Cast, task: RectificationTask, need: ProofRequirement, **more: Any) -> None:
    rectification.add_evidence(task_id=task.pk, actor=cast.clerk_a1, version=None, requirement=need, **more)


def apply(cast: Cast, task: RectificationTask) -> str:
    """The sentence with which the application is refused, empty where it is made."""
    try:
        rectification.apply(task_id=task.pk, actor=cast.clerk_a1, version=None, statement="已改")
    except Refused as refused:
        return str(refused)
    return ""


def days_ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


@pytest.mark.parametrize(
    ("taken", "about", "counts"),
    [
        (None, None, True),  # of today
        (None, 39, True),
        (None, 40, True),
        (None, 41, False),
        (41, None, False),  # an old picture, sent today
        (39, None, True),
        (41, 3, False),  # the camera is believed
        (3, 41, False),
    ],
)
def test_a_proof_is_of_its_own_day_and_not_of_the_day_it_was_sent(cast, task, need, taken, about, counts):
    stored = photo(cast, days_ago(taken) if taken is not None else None)
    file(cast, task, need, files=[stored], about_on=days_ago(about) if about is not None else None)
    assert (apply(cast, task) == "") is counts


def test_a_day_that_has_not_come_is_refused(cast, task, need):
    with pytest.raises(Refused, match="材料反映的日期不能晚于今天"):
        file(cast, task, need, note="已改", about_on=clock.today() + timedelta(days=1))
    assert not task.evidence.exists()


@pytest.mark.parametrize(("age", "counts"), [(10, True), (11, False)])
def test_where_it_must_be_fresh_it_is_counted_back_from_the_application(cast, task, need, age, counts):
    demand(need, fresh_days=10)
    file(cast, task, need, note="登记簿", about_on=days_ago(age))
    assert apply(cast, task) == ("" if counts else f"还缺1项佐证：{need.title}（近10天的）")


def test_what_was_fresh_at_the_application_stays_so_while_it_is_judged(cast, task, need):
    demand(need, fresh_days=10)
    file(cast, task, need, note="登记簿", about_on=days_ago(10))
    assert apply(cast, task) == ""
    with clock.at(clock.now() + timedelta(days=20)):
        assert proofs.missing_proof(RectificationTask.objects.get(pk=task.pk)) == []


def test_so_many_different_ones_are_asked_for(cast, task, need):
    demand(need, least_count=2)
    file(cast, task, need, files=[photo(cast)])
    file(cast, task, need, files=[photo(cast)])  # the same bytes again
    file(cast, task, need, files=[photo(cast, days_ago(50), "b")])  # too old
    assert apply(cast, task) == f"还缺1项佐证：{need.title}（至少2份）"
    file(cast, task, need, files=[photo(cast, sha="c")])
    assert apply(cast, task) == ""


def test_the_page_says_how_many_how_fresh_and_which_one_is_too_old(cast, task, need):
    demand(need, least_count=2, fresh_days=10)
    file(cast, task, need, note="新的记录", about_on=days_ago(2))
    file(cast, task, need, note="旧的记录", about_on=days_ago(12))
    html = signed_in(cast.clerk_a1).get(task.get_absolute_url()).content.decode()
    assert f"{need.title}（至少2份，近10天的）" in html
    assert "不够" in html
    assert html.count("日期过早，不算") == 1
    shown = days_ago(12)
    assert f"反映{shown.year}年{shown.month}月{shown.day}日的情况" in html


def test_the_form_asks_for_the_day_and_keeps_it(cast, task, need):
    client = signed_in(cast.clerk_a1)
    address = f"/problems/{task.no}/add-evidence/"
    assert "反映哪一天的情况" in client.get(address).content.decode()
    sent = {"requirement": need.pk, "note": "课表已改", "about_on": days_ago(5).isoformat()}
    wrong = submit(client, address, sent | {"about_on": "昨天"}, version=task.version)
    assert wrong.status_code == 200 and "课表已改" in wrong.content.decode()
    assert submit(client, address, sent, version=task.version).status_code == 302
    assert Evidence.objects.get().about_on == days_ago(5)


def test_the_shipped_list_asks_for_a_record_of_the_last_sixty_days(cast):
    applied = ProofRequirement.objects.get(code="applied")
    assert (applied.least_count, applied.fresh_days, applied.demand) == (1, 60, "（近60天的）")
    assert set(ProofRequirement.objects.exclude(code="applied").values_list("least_count", "fresh_days")) == {
        (1, None)
    }


def test_how_many_and_how_fresh_may_change_under_proof_that_was_filed_but_not_what_it_means(cast, task, need):
    file(cast, task, need, note="已改")
    shipped = [
        {"code": one.code, "title": one.title, "text": one.text, "severities": one.severities,
         "rules": one.rule_codes, "required": one.is_required, "fresh_days": 30, "count": 2}
        for one in ProofRequirement.objects.order_by("ordinal")
    ]  # fmt: skip
    loading._load_proofs({"proofs": shipped}, loading.Loaded())
    need.refresh_from_db()
    assert (need.least_count, need.fresh_days) == (2, 30)
    shipped[0]["title"] = "别的"
    with pytest.raises(BadData, match="已有佐证"):
        loading._load_proofs({"proofs": shipped}, loading.Loaded())
