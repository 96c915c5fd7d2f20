"""家长问卷: filled in without a script, counted once, published by tens, and nobody to be found in it."""

from __future__ import annotations

import json
import logging
import re
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from inspections.models import Survey, SurveyCode, SurveyCount, SurveyResult, SurveySheet, SurveyUnit
from inspections.parents.counting import add, questions_of
from inspections.parents.questions import sheet
from inspections.parents.voice import parents_voice
from inspections.printouts.poster import drawn
from inspections.reports.data import SupervisionData, restore
from inspections.reports.loading import take_figures
from inspections.reports.supervision import text_of as text_of_report
from inspections.workflows import surveys
from schools.models import School
from shuangjian import clock
from shuangjian.accounts import rate_limits
from shuangjian.accounts.models import Organisation, RateCount
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry, IdempotencyKey
from shuangjian.policy.models import CheckItem, Duty, Term
from shuangjian.policy.workflows import phases
from tests.cast import NOVEMBER, Cast
from tests.inspections.printing import printed
from tests.inspections.surveying import address_of, drafted, good_sheet, hand_in, hidden_of, opened, totals
from tests.registry import signed_in, submit

pytestmark = [pytest.mark.django_db, pytest.mark.public]

SPENT = "这部手机已经填过了"
LOTS = 1000


@pytest.fixture
def survey(cast: Cast, term: Term) -> Survey:
    """Open for two weeks from Monday, 16 November; results on the 23rd, the 30th and 1 December."""
    return opened(cast)


def day(on: date) -> Any:
    return clock.at(NOVEMBER.replace(month=on.month, day=on.day))


def many(survey: Survey, school: Organisation, count: int, stage: str = "upper", **changed: str) -> None:
    """Count sheets as the portal does, past its pages."""
    for number in range(count):
        key = f"{school.pk}-{clock.now().isoformat()}-{number}-{SurveySheet.objects.count()}"
        add(survey=survey, school=school, stage=stage, answers=good_sheet(survey, stage, **changed), key=key)


def sweep_on(*days: date) -> None:
    for on in days:
        with day(on):
            surveys.sweep()


MONDAY, NEXT_MONDAY, AFTER = date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 1)


# --- Filling in -------------------------------------------------------------------------------------------


def test_a_parent_goes_through_the_screens_without_a_script(survey: Survey, cast: Cast) -> None:
    phone, address = Client(), address_of(cast.a1)
    page = phone.get(address).content.decode()
    assert "不记名，约3分钟" in page and "老师不统计、不截图" in page and "初中" not in page
    assert len(page.encode()) < 60_000
    carried: dict[str, str] = {}
    asked: list[str] = []
    page = phone.post(address, hidden_of(page) | {"stage": "upper", "go": "next"}).content.decode()
    while True:
        carried = hidden_of(page)
        codes = dict.fromkeys(re.findall(r'type="radio" name="([\w-]+)"', page))
        asked += codes
        assert 0 < len(codes) <= 3 and all(code in page for code in asked), "what was said is carried along"
        # One question is forgotten: the screen says so and keeps the others.
        first, *others = codes
        kept = carried | dict.fromkeys(others, "decline") | {"go": "next"}
        again = phone.post(address, kept).content.decode()
        assert "不想说的选“不想回答”" in again and again.count("checked") == len(others)
        answer = phone.post(address, kept | {first: "decline"})
        if answer.status_code == 302:
            break
        page = answer.content.decode()
    assert asked == [one.code for one in questions_of(survey, "upper")] and len(asked) == 12
    thanks = phone.get(answer.url).content.decode()
    assert "已经加进城关小学的总数" in thanks and sheet().tips[0] in thanks
    sheets, answers = totals(survey, cast.a1)
    assert sheets == 1 and {code: dict(told) for code, told in answers.items()} == {
        code: {"decline": 1} for code in asked
    }


def test_back_and_another_stage_keep_what_still_fits(survey: Survey, cast: Cast) -> None:
    phone, address = Client(), address_of(cast.a1)
    said = {"stage": "upper", "screen": "2", "S1": "m60", "S4": "no", "go": "back"}
    page = phone.post(address, said).content.decode()
    assert re.search(r'name="S1" value="m60"[^>]*checked', page) and hidden_of(page)["S4"] == "no"
    wrong = {"stage": "junior", "screen": "1", "S1": "m60", "go": "next"}
    assert "请选择孩子的学段" in phone.post(address, wrong).content.decode()  # A1 teaches no such grade
    assert not SurveyCount.objects.exists()


@pytest.mark.parametrize("odd", [{"S1": "nonsense"}, {"S1": ""}, {"screen": "-1"}, {"stage": "\x00"}, {}])
def test_what_is_not_whole_is_never_counted(survey: Survey, cast: Cast, odd: dict[str, str]) -> None:
    said = good_sheet(survey, "upper") | {"stage": "upper", "screen": "99", "go": "next"} | odd
    if not odd:
        said.pop("S2")
    answer = Client().post(address_of(cast.a1), said)
    assert answer.status_code == 200 and not SurveyCount.objects.exists()


def test_the_family_is_asked_in_the_words_of_the_policy_one_half_each_term(survey: Survey) -> None:
    texts = dict(CheckItem.objects.filter(rule__group="family").values_list("code", "text"))
    asked = {one.code: one for one in sheet().questions.values() if one.part in ("autumn", "spring")}
    assert {code: one.text for code, one in asked.items()} == texts
    for part in ("school", "autumn", "spring"):
        assert len([one for one in sheet().questions.values() if one.part == part]) <= 6


def test_a_replaced_code_says_so_and_the_new_one_is_on_the_poster(survey: Survey, cast: Cast) -> None:
    old = address_of(cast.a1)
    clerk = signed_in(cast.people["clerk_a1"])
    answer = submit(clerk, f"/parents/codes/{cast.a1.code}/", {"reason": "海报被撕"}, version=1)
    assert answer.status_code == 302
    gone = Client().get(old)
    assert gone.status_code == 410 and "此二维码已停用，请向学校索取新的" in gone.content.decode()
    assert Client().post(old, good_sheet(survey, "upper")).status_code == 410
    assert address_of(cast.a1) != old and Client().get(address_of(cast.a1)).status_code == 200
    assert signed_in(cast.people["clerk_b1"]).get(f"/parents/codes/{cast.a1.code}/").status_code == 404
    assert "海报被撕" not in json.dumps(list(AuditEntry.objects.values_list("after", flat=True)))


def test_before_and_after_its_days_the_code_only_tells_when(cast: Cast, term: Term) -> None:
    survey = opened(cast, opens_on=date(2026, 11, 18))
    assert "从2026年11月18日开始" in Client().get(address_of(cast.a1)).content.decode()
    with day(AFTER + timedelta(days=5)):
        page = Client().get(address_of(cast.a1)).content.decode()
        assert "现在没有正在进行的家长问卷" in page
        assert hand_in(Client(), survey, cast.a1).status_code == 200
    assert not SurveyCount.objects.exists()


# --- Once a phone, and whole schools behind one address -----------------------------------------------------


def test_ten_tries_from_one_phone_count_once(survey: Survey, cast: Cast) -> None:
    phone = Client()
    assert hand_in(phone, survey, cast.a1).status_code == 302
    for _ in range(9):
        assert SPENT in hand_in(phone, survey, cast.a1).content.decode()
    # The button pressed ten times before the phone heard anything: the same form.
    for _ in range(10):
        assert hand_in(Client(), survey, cast.b1, "junior", key="ab" * 16).status_code == 302
    assert totals(survey, cast.a1)[0] == totals(survey, cast.b1)[0] == 1


def test_the_cookie_says_answered_and_is_the_same_on_every_phone(survey: Survey, cast: Cast) -> None:
    cookies = []
    for _ in range(2):
        phone = Client()
        phone.get(address_of(cast.a1))
        assert set(phone.cookies) <= {"csrf"} and not phone.cookies["csrf"]["max-age"]
        hand_in(phone, survey, cast.a1)
        cookies.append(phone.cookies["answered"])
    assert cookies[0].value == cookies[1].value
    assert cookies[0]["path"] == address_of(cast.a1) and cookies[0]["httponly"]
    assert int(cookies[0]["max-age"]) <= 15 * 86_400  # the window's end
    forged = Client()
    forged.cookies["answered"] = f"{survey.pk}:{cast.a1.pk}:forged"
    assert SPENT not in forged.get(address_of(cast.a1)).content.decode()


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionError("Redis is stopped")

    monkeypatch.setattr("redis.connection.AbstractConnection.connect", refuse)


@pytest.fixture
def tick(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Time as the limits have it: so many seconds between two tries."""
    now = [datetime(2026, 11, 16, 1, 0, tzinfo=NOVEMBER.tzinfo)]

    def stepping(seconds: float) -> None:
        def step() -> datetime:
            now[0] += timedelta(seconds=seconds)
            return now[0]

        monkeypatch.setattr(rate_limits.timezone, "now", step)

    return stepping


@pytest.mark.parametrize("count", [40, pytest.param(2000, marks=pytest.mark.long)])
def test_a_whole_school_behind_one_address_gets_through(
    survey: Survey, cast: Cast, tick: Any, no_redis: None, count: int
) -> None:
    School.objects.filter(organisation=cast.a1).update(pupil_count=2000)
    tick(0.25)
    for _ in range(count):
        assert hand_in(Client(), survey, cast.a1).status_code == 302
    assert totals(survey, cast.a1)[0] == count


def test_a_flood_is_slowed_nobody_else_notices_and_nothing_typed_is_lost(
    survey: Survey, cast: Cast, tick: Any, no_redis: None
) -> None:
    tick(0)
    hand_in(Client(), survey, cast.a1)
    RateCount.objects.update(count=LOTS)  # as if a machine had sent as many within the minute
    slowed = hand_in(Client(), survey, cast.a1, S1="m60")
    assert slowed.status_code == 429 and int(slowed.headers["Retry-After"]) <= 60
    page = slowed.content.decode()
    assert "请过1分钟再点“提交”" in page and hidden_of(page)["S1"] == "m60"
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert hand_in(elsewhere, survey, cast.a1).status_code == 302
    forged = Client(HTTP_X_FORWARDED_FOR="198.51.100.8")  # no proxy is configured
    assert hand_in(forged, survey, cast.a1).status_code == 429
    tick(61)  # the minute is over, the day is not
    assert "过一天再点" in hand_in(Client(), survey, cast.a1).content.decode()
    assert hand_in(Client(), survey, cast.b1, "junior").status_code == 302
    assert totals(survey, cast.a1)[0] == 2
    tick(100_000)
    rate_limits.forget()
    assert not RateCount.objects.exists()


# --- Attacks on anonymity -----------------------------------------------------------------------------------


def shown_to(cast: Cast, who: str, *paths: str) -> str:
    browser = signed_in(cast.people[who])
    return "".join(browser.get(path).content.decode() for path in paths)


def test_nine_answers_show_nothing_to_anybody_and_ten_only_on_their_day(survey: Survey, cast: Cast) -> None:
    paths = ("/parents/2026-autumn/", f"/parents/2026-autumn/units/{cast.a1.code}/")
    many(survey, cast.a1, 9)
    sweep_on(MONDAY)
    assert not SurveyResult.objects.exists()
    assert not any(parents_voice(survey.term, cast.a1).values()) and not any(
        parents_voice(survey.term).values()
    )
    for who in ("leader", "task_force", "supervision", "inspector_a", "clerk_a1", "head_a1"):
        page = shown_to(cast, who, *paths)
        assert "不足10份" in page and "9份" not in page and "100%" not in page
    with day(MONDAY + timedelta(days=1)):
        many(survey, cast.a1, 1)
        surveys.sweep()
    assert not SurveyResult.objects.exists(), "ten are there, their day has not come"
    sweep_on(NEXT_MONDAY)
    for who in ("task_force", "inspector_a", "clerk_a1"):
        assert "10份" in shown_to(cast, who, *paths)
    assert signed_in(cast.people["clerk_b1"]).get(paths[1]).status_code == 404
    assert signed_in(cast.people["inspector_b"]).get(paths[1]).status_code == 404


def test_a_question_that_nine_answered_is_silent_in_a_sheet_of_twelve(survey: Survey, cast: Cast) -> None:
    many(survey, cast.a1, 9)
    many(survey, cast.a1, 3, S1="decline")
    sweep_on(MONDAY)
    voices = parents_voice(survey.term, cast.a1)
    assert voices["S1"] is None and voices["S2"] is not None and voices["S2"].n == 12


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_two_publications_differ_by_fewer_than_ten(survey: Survey, cast: Cast, seed: int) -> None:
    """Whoever writes down all that is ever shown, of each school and of the county, can subtract nothing."""
    chance = Random(seed)
    Survey.objects.filter(pk=survey.pk).update(closes_on=date(2026, 12, 28))
    survey.refresh_from_db()
    seen: dict[Any, list[dict[str, int]]] = {}
    steps = [*survey.steps]
    before = survey.opens_on
    for step in steps:
        with day(before):
            for school, stage in ((cast.a1, "lower"), (cast.a2, "junior"), (cast.b1, "junior")):
                wished = chance.choice(["none", "m60", "more", "decline", "unsure"])
                many(survey, school, chance.choice([0, 1, 3, 9, 11, 14]), stage, S1=wished)
        before = step
        sweep_on(step)
        for unit in (None, cast.a1, cast.a2, cast.b1):
            for code, voice in parents_voice(survey.term, unit).items():
                answers = dict(voice.answers) if voice else {}
                seen.setdefault((unit and unit.pk, code), []).append(answers)
        parts = [parents_voice(survey.term, one)["S1"] for one in (cast.a1, cast.a2, cast.b1)]
        whole = parents_voice(survey.term)["S1"]
        assert (whole.n if whole else 0) == sum(one.n for one in parts if one), "nobody is left over"
    assert any(shown[-1] for shown in seen.values())
    for shown in seen.values():
        for earlier, later in ((a, b) for at, a in enumerate(shown) for b in shown[at:]):
            gap = sum(later.values()) - sum(earlier.values())
            assert gap == 0 or gap >= 10, (earlier, later)
            assert gap or earlier == later


def test_a_small_school_is_told_with_its_central_school_alone(cast: Cast, term: Term) -> None:
    School.objects.filter(organisation=cast.a2).update(pupil_count=29)
    cast.a2.filer = cast.a1
    cast.a2.save()
    survey = opened(cast)
    assert SurveyUnit.objects.get(survey=survey, school=cast.a2).group == cast.a1
    many(survey, cast.a1, 6)
    many(survey, cast.a2, 5, "junior")
    sweep_on(MONDAY)
    of_both = parents_voice(term, cast.a1)["S2"]
    assert of_both is not None and of_both.n == 11 and parents_voice(term, cast.a2)["S2"] == of_both
    assert "等2所学校合在一起" in shown_to(cast, "task_force", f"/parents/2026-autumn/units/{cast.a2.code}/")


def test_a_limit_judges_by_stage_and_no_stage_is_told_apart(survey: Survey, cast: Cast) -> None:
    many(survey, cast.a2, 6, "upper", S1="m60")
    many(survey, cast.a2, 5, "junior", S1="m90")
    many(survey, cast.a2, 4, "lower", S1="m30")
    sweep_on(MONDAY)
    voice = parents_voice(survey.term, cast.a2)["S1"]
    assert voice is not None and dict(voice.answers) == {"within": 11, "over": 4}
    assert (voice.good.count, voice.good.of) == (11, 15)


CANARIES = ("203.0.113.77", "金丝雀手机", "canary-referrer", "13900001111")


def test_nobody_is_found_in_tables_trail_logs_or_sessions(
    survey: Survey, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    trail = AuditEntry.objects.count()
    caplog.set_level(logging.DEBUG)
    phone = Client(
        REMOTE_ADDR=CANARIES[0],
        HTTP_USER_AGENT=CANARIES[1],
        HTTP_REFERER=f"http://testserver/{CANARIES[2]}",
        HTTP_COOKIE=f"phone={CANARIES[3]}",
    )
    phone.get(address_of(cast.a1))
    said = good_sheet(survey, "upper") | {"stage": "upper", "screen": "99", "go": "next", "name": CANARIES[3]}
    assert phone.post(address_of(cast.a1), said).status_code == 302
    phone.get(address_of(cast.a1))
    assert AuditEntry.objects.count() == trail, "an entry would say when"
    assert not IdempotencyKey.objects.filter(user_id=None).exists(), "its row would say when"
    assert [one for one in apps.get_model("sessions", "Session").objects.all()] == []
    for model in apps.get_models():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT t::text FROM {model._meta.db_table} t")
            rows = "\n".join(row[0] for row in cursor.fetchall())
        assert not [one for one in CANARIES if one in rows], model
    assert not [one for one in CANARIES if one in caplog.text]
    row = SurveyCount.objects.get()
    assert {field.name for field in SurveyCount._meta.fields} == {
        "id", "survey", "school", "day", "stage", "sheets", "answers",
    }  # fmt: skip
    assert row.day == date(2026, 11, 16), "the day and no time"


# --- The office's side --------------------------------------------------------------------------------------


def test_a_window_off_the_yearly_list_is_the_leaders(cast: Cast, term: Term) -> None:
    survey = drafted(cast, term, plan_name="", approval_no="")
    with pytest.raises(NotAllowed, match="分管领导"):
        surveys.open_window(survey_id=survey.pk, actor=cast.task_force)
    leader = signed_in(cast.people["leader"])
    page = submit(leader, "/parents/2026-autumn/open/", {"off_plan_reason": ""}, version=1)
    assert "请写明计划外发起的理由" in page.content.decode()
    done = submit(leader, "/parents/2026-autumn/open/", {"off_plan_reason": "上级交办"}, version=1)
    assert done.status_code == 302 and Survey.objects.get().state == Survey.State.OPEN
    with pytest.raises(Refused, match="一学期一次"):
        drafted(cast, term)


def test_drafting_opening_and_the_end_by_the_sweep(cast: Cast, term: Term) -> None:
    force = signed_in(cast.people["task_force"])
    fields = {"term": term.pk, "opens_on": "2026-11-16", "closes_on": "2026-11-15", "asks_goals": "on"}
    page = submit(force, "/parents/new/", fields).content.decode()
    assert "截止日期要在开始日期（2026年11月16日）之后" in page and 'value="2026-11-15"' in page
    fields |= {"closes_on": "2026-11-30", "plan_name": "计划", "approval_no": "1号"}
    assert submit(force, "/parents/new/", fields).status_code == 302
    assert submit(force, "/parents/2026-autumn/open/", {}, version=1).status_code == 302
    survey = Survey.objects.get()
    assert {one.part for one in questions_of(survey)} == {"school", "autumn", "goals"}
    assert SurveyCode.objects.count() == 3
    many(survey, cast.a1, 10)
    sweep_on(MONDAY, MONDAY, AFTER, AFTER)
    survey.refresh_from_db()
    assert survey.state == Survey.State.ENDED and survey.published_on == AFTER
    assert not SurveySheet.objects.exists(), "what kept sheets apart is erased with the window"
    actions = AuditEntry.objects.filter(action__startswith="inspections.survey.").order_by("seq")
    assert [one.rpartition(".")[2] for one in actions.values_list("action", flat=True)] == [
        "created", "opened", "published", "ended",
    ]  # fmt: skip


def test_opening_fulfils_the_plans_questionnaire(cast: Cast, term: Term) -> None:
    phases.sweep()
    duty = Duty.objects.standing().get(obligation__code="P1-3d")
    assert duty.organisation == cast.county and duty.fulfilled_on is None
    opened(cast)
    assert Duty.objects.standing().get(pk=duty.pk).fulfilled_on == date(2026, 11, 16)


def test_the_poster_carries_the_code_large_and_that_nobody_counts(
    survey: Survey, cast: Cast, settings: Any
) -> None:
    clerk, order = signed_in(cast.people["clerk_a1"]), f"poster/?unit={cast.a1.code}"
    settings.PORTAL_URL = ""
    assert "还没有设平台网址" in submit(clerk, f"/printouts/new/{order}", {}).content.decode()
    settings.PORTAL_URL = "https://shuangjian.example.gov.cn/"
    address = f"https://shuangjian.example.gov.cn{address_of(cast.a1)}"
    words = printed(clerk, order)
    assert "自愿填写，老师不统计、不截图" in words and address in words and "城关小学" in words
    assert drawn(address)[1] != drawn(address.replace("/q/", "/x/"))[1]
    assert signed_in(cast.people["clerk_b1"]).get(f"/printouts/new/{order}").status_code == 404


def test_a_report_gives_what_was_published_and_says_where_nothing_was(survey: Survey, cast: Cast) -> None:
    facts: dict[str, Any] = {"kind": "county", "term": survey.term, "organisation": cast.county}
    before = restore(SupervisionData, take_figures(as_of=clock.now(), **facts))
    assert before.voices == () and "本学期没有家长问卷数据" in str(before.missing)
    many(survey, cast.a1, 12)
    sweep_on(MONDAY)
    after = restore(SupervisionData, take_figures(as_of=clock.now(), **facts))
    told = str(text_of_report(after, {}).blocks)
    assert "家长和社会评价" in told and "12/12" in told and "没有家长问卷数据" not in str(after.missing)
