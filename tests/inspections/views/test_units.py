"""The pages of units: who finds which and how, one unit's story, its heads, and what they cost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections.models import Visit, VisitMember
from schools.models import School
from shuangjian import clock
from shuangjian.accounts.models import Headship, Organisation
from shuangjian.journal import audit
from tests.cast import LONG_AGO, Cast, assemble
from tests.hostile import HOSTILE
from tests.registry import open_duties, signed_in, submit, text_of


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def names_on(cast: Cast, who: str, query: str = "") -> list[str]:
    answer = signed_in(cast.people[who]).get(f"/units/{query}")
    assert answer.status_code == 200
    return [unit.name for unit in answer.context["page_obj"]]


# --- The list -----------------------------------------------------------------


def test_the_county_sees_all_units_by_pinyin_and_an_inspector_his_areas(cast: Cast) -> None:
    everything = ["城关小学", "第二中学", "启明教育培训中心", "实验学校"]
    for who in ("leader", "task_force", "supervision"):
        assert names_on(cast, who) == everything
    assert names_on(cast, "inspector_a") == ["城关小学", "启明教育培训中心", "实验学校"]
    assert names_on(cast, "inspector_b") == ["第二中学"]
    assert names_on(cast, "team_inspector") == []


def test_a_team_inspector_sees_a_unit_that_he_visits_twice_once(cast: Cast) -> None:
    duties = open_duties(cast.b1, cast.task_force)
    second = Visit.objects.create(
        no="2026-V0900",
        organisation=cast.b1,
        rulebook=duties["visit"].rulebook,
        planned_on=clock.today(),
        created_by=cast.task_force,
    )
    for visit in (duties["visit"], second):
        VisitMember.objects.create(visit=visit, user=cast.team_inspector)
    assert names_on(cast, "team_inspector") == ["第二中学"]
    assert signed_in(cast.team_inspector).get(f"/units/{cast.b1.code}/").status_code == 200


@pytest.mark.parametrize(
    "who", ["clerk_a1", "head_a1", "clerk_a3", "office_staff", "partner", "auditor", "stranger"]
)
def test_the_list_is_not_for_units_and_administrators(cast: Cast, who: str) -> None:
    assert signed_in(cast.people[who]).get("/units/").status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=cgxx", ["城关小学"]),
        ("?q=CGXX", ["城关小学"]),
        ("?q=cg+xx", ["城关小学"]),
        ("?q=chengguan", ["城关小学"]),
        ("?q=小学", ["城关小学"]),
        ("?q=0003", ["第二中学"]),
        ("?q=syx", ["实验学校"]),
        ("?q=%25", []),
        ("?q=_", []),
        ("?kind=institution", ["启明教育培训中心"]),
        ("?kind=school", ["城关小学", "第二中学", "实验学校"]),
        ("?type=junior", ["第二中学"]),
        ("?type=academic", ["启明教育培训中心"]),
        ("?area=YX-Q02", ["第二中学"]),
        ("?township=YX-T01&type=nine_year", ["实验学校"]),
        ("?status=closed", []),
        ("?status=all&kind=school&q=syxx", ["实验学校"]),
    ],
)
def test_units_are_found_by_words_initials_and_marks(cast: Cast, query: str, found: list[str]) -> None:
    assert names_on(cast, "task_force", query) == found


def test_ended_units_are_listed_when_asked_for(cast: Cast) -> None:
    cast.b1.status, cast.b1.closed_on = "closed", date(2026, 7, 1)
    cast.b1.save()
    assert "第二中学" not in names_on(cast, "task_force")
    assert names_on(cast, "task_force", "?status=closed") == ["第二中学"]
    assert len(names_on(cast, "task_force", "?status=all")) == 4


@pytest.mark.pages
def test_the_number_found_and_the_way_back_are_said(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    assert "符合条件的单位共3个" in text_of(client.get("/units/?kind=school"))
    nothing = text_of(client.get("/units/?q=没有这所学校"))
    assert "没有符合条件的单位" in nothing
    assert "清除筛选" in nothing


def test_nonsense_in_the_address_is_no_error(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    names = ("kind", "type", "township", "area", "status", "page")
    for text in [*HOSTILE, "\x00", "9" * 400]:
        for nonsense in ({"q": text}, dict.fromkeys(names, text)):
            assert client.get("/units/", nonsense).status_code == 200, nonsense


def test_fifty_units_stand_on_a_page(cast: Cast) -> None:
    _many_schools(cast, 60)
    client = signed_in(cast.task_force)
    assert len(client.get("/units/").context["page_obj"]) == 50
    second = client.get("/units/?page=2&kind=school")
    assert len(second.context["page_obj"]) == 13
    assert "kind=school" in second.content.decode().split('class="pager"')[1].split("</nav>")[0]


def _many_schools(cast: Cast, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        unit = Organisation.objects.create(
            kind="school",
            code=f"31529{number:05}",
            name=f"第{number}小学",
            area=cast.area_a,
            township=cast.town,
        )
        School.objects.create(organisation=unit, school_type="primary", grades=[1, 2])


def _queries(client: Any, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


@pytest.mark.pages
@pytest.mark.parametrize("who", ["task_force", "inspector_a"])
def test_the_list_costs_the_same_for_ten_units_and_for_sixty(cast: Cast, who: str) -> None:
    client = signed_in(cast.people[who])
    _many_schools(cast, 6)
    few = _queries(client, "/units/")
    _many_schools(cast, 50, start=6)
    assert _queries(client, "/units/") == few
    assert few <= 15


# --- One unit -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("leader", 200),
        ("task_force", 200),
        ("supervision", 200),
        ("inspector_a", 200),
        ("inspector_b", 404),
        ("team_inspector", 404),
        ("clerk_a1", 200),
        ("head_a1", 200),
        ("clerk_a2", 404),
        ("clerk_b1", 404),
        ("clerk_a3", 404),
        ("office_staff", 403),
        ("partner", 403),
        ("system_admin", 403),
        ("auditor", 403),
    ],
)
def test_who_finds_a_unit(cast: Cast, who: str, status: int) -> None:
    assert signed_in(cast.people[who]).get(f"/units/{cast.a1.code}/").status_code == status


@pytest.mark.parametrize(
    "code",
    ["9999999999", "YX00", "YX-K01", "YX-T01", "YX-Q01", "new", "%00", "a" * 300, "%F0%A0%AE%B7", "..."],
)
def test_there_is_no_page_for_what_is_no_unit(cast: Cast, code: str) -> None:
    assert signed_in(cast.task_force).get(f"/units/{code}/").status_code == 404


def test_the_story_holds_all_that_is_known_of_a_unit(cast: Cast) -> None:
    duties = open_duties(cast.a1, cast.task_force)
    answer = signed_in(cast.task_force).get(f"/units/{cast.a1.code}/")
    page = text_of(answer)
    for words in (
        "城关小学",
        "标识码 3152000001",
        "一年级至六年级",
        "600人",
        "城关镇",
        "第一督学责任区",
        "黄勇 校长",
        duties["problem"].no,
        duties["filling"].no,
        duties["accepted"].no,
        duties["visit"].no,
        "未销号1个，共1个",
    ):
        assert words in page.replace("\u3000", " "), words


def test_open_problems_stand_first(cast: Cast) -> None:
    closed, late, early = (open_duties(cast.a1, cast.task_force)["task"] for _ in range(3))
    closed.state, closed.closed_at, closed.closed_by = "closed", clock.now(), cast.task_force
    closed.save()
    early.due_on = late.due_on - timedelta(days=3)
    early.save()
    rows = signed_in(cast.task_force).get(f"/units/{cast.a1.code}/").context["problems"].rows
    assert [task.pk for task in rows] == [early.pk, late.pk, closed.pk]


def test_a_unit_does_not_see_a_visit_before_it_begins(cast: Cast) -> None:
    visit = open_duties(cast.a1, cast.task_force)["visit"]
    url = f"/units/{cast.a1.code}/"
    assert visit.no in text_of(signed_in(cast.inspector_a).get(url))
    assert visit.no not in text_of(signed_in(cast.clerk_a1).get(url))


def test_buttons_are_shown_to_those_who_may_press_them(cast: Cast) -> None:
    url = f"/units/{cast.a1.code}/"
    seen = {
        who: signed_in(cast.people[who]).get(url).content.decode()
        for who in ("task_force", "clerk_a1", "head_a1", "leader", "inspector_a")
    }
    edit, close, heads = f"{url}school/", f"{url}close/", f"{url}heads/"
    assert {who for who, page in seen.items() if edit in page} == {"task_force", "clerk_a1"}
    assert {who for who, page in seen.items() if close in page} == {"task_force"}
    assert {who for who, page in seen.items() if heads in page} == {"task_force", "clerk_a1"}
    for who, page in seen.items():  # what is shown can be opened
        for address in (edit, close, heads):
            if address in page:
                assert signed_in(cast.people[who]).get(address).status_code == 200


def test_the_page_costs_the_same_however_long_the_story(cast: Cast) -> None:
    client, url = signed_in(cast.task_force), f"/units/{cast.a1.code}/"
    open_duties(cast.a1, cast.task_force)
    _appoint(cast)
    few = _queries(client, url)
    for _ in range(8):
        open_duties(cast.a1, cast.task_force)
    assert _queries(client, url) == few
    assert few - 2 <= 25, "a rulebook without items, as here, is read anew each time; a county's is not"


# --- Heads --------------------------------------------------------------------


def _appoint(cast: Cast, who: str = "task_force", **changed: Any) -> Any:
    fields = {
        "name": "王㛃",
        "post": "校长",
        "from_on": "2026-09-01",
        "document_no": "云教任〔2026〕3号",
    } | changed
    unit = Organisation.objects.get(pk=cast.a1.pk)
    return submit(signed_in(cast.people[who]), f"/units/{unit.code}/heads/", fields, version=unit.version)


def test_a_new_head_ends_the_term_of_the_one_before_the_day_before(cast: Cast) -> None:
    assert _appoint(cast).status_code == 302
    new, old = cast.a1.headships.order_by("-from_on")
    assert (new.name, new.from_on, new.to_on) == ("王㛃", date(2026, 9, 1), None)
    assert (old.name, old.to_on) == ("黄勇", date(2026, 8, 31))
    entry = audit.story_of(cast.a1).get()
    assert entry.action == "inspections.unit.head_appointed"
    assert "王㛃" not in str(entry.after) and "王㛃" in entry.text.text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"from_on": "2020-01-01"}, "任职日期要在现任黄勇的任职日期（2020年1月1日）之后"),
        ({"from_on": "2019-01-01"}, "任职日期要在现任黄勇的任职日期"),
        ({"from_on": "2199-01-01"}, "任职日期太晚"),
        ({"from_on": ""}, "请填写任职日期"),
        ({"name": ""}, "请填写姓名"),
        ({"post": ""}, "请填写职务"),
    ],
)
def test_an_impossible_appointment_is_refused_and_leaves_the_present_head(
    cast: Cast, changed: Any, words: str
) -> None:
    answer = _appoint(cast, **changed)
    assert answer.status_code == 200
    assert words in text_of(answer)
    assert cast.a1.headships.get().to_on is None


def test_a_term_is_mended_or_ended_but_never_overlaps(cast: Cast) -> None:
    _appoint(cast)
    old = cast.a1.headships.get(name="黄勇")
    url = f"/units/{cast.a1.code}/heads/{old.pk}/"
    client = signed_in(cast.clerk_a1)

    def mend(**changed: Any) -> Any:
        fields = {"name": "黄勇", "post": "校长", "from_on": "2020-01-01", "to_on": "2026-08-31"} | changed
        return submit(client, url, fields, version=Organisation.objects.get(pk=cast.a1.pk).version)

    assert "与王㛃的任期（2026年9月1日至今）重叠" in text_of(mend(to_on="2026-09-01"))
    assert "与王㛃的任期（2026年9月1日至今）重叠" in text_of(mend(to_on=""))
    assert "离任日期要在任职日期之后" in text_of(mend(to_on="2019-12-31"))
    assert mend(to_on="2026-07-31", name="黄湧").status_code == 302
    old.refresh_from_db()
    assert (old.name, old.to_on) == ("黄湧", date(2026, 7, 31))


def test_heads_are_entered_by_the_task_force_and_the_units_own_administrator(cast: Cast) -> None:
    assert _appoint(cast, "clerk_a1").status_code == 302
    for who, status in (("head_a1", 403), ("leader", 403), ("clerk_a2", 404), ("inspector_a", 403)):
        assert _appoint(cast, who, from_on="2026-10-01").status_code == status, who
    foreign = Headship.objects.get(organisation=cast.b1)
    assert signed_in(cast.clerk_a1).get(f"/units/{cast.a1.code}/heads/{foreign.pk}/").status_code == 404


def test_a_stale_appointment_is_refused(cast: Cast) -> None:
    first = cast.a1.version
    _appoint(cast)
    fields = {"name": "另一人", "post": "校长", "from_on": "2026-10-01"}
    late = submit(
        signed_in(cast.task_force), reverse("unit-heads", args=[cast.a1.code]), fields, version=first
    )
    assert late.status_code == 409
    assert not cast.a1.headships.filter(name="另一人").exists()
    assert date(2026, 10, 1) > LONG_AGO
