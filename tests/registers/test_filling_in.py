"""A unit fills in its registers in the browser: what is impossible is refused, what is doubtful explained."""

from __future__ import annotations

import pytest

from shuangjian.journal.errors import NotAllowed
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import Term
from shuangjian.registers.models import Doubt, Entry, Mark
from tests.cast import Cast
from tests.registers.filling import edit_url, fill_in, open_codes, opened, state, typed
from tests.registry import signed_in, text_of

pytestmark = [pytest.mark.registers, pytest.mark.django_db]
HOMEWORK = {f"l{at}__minutes": "0" for at in (0, 1)} | {
    f"l{at}__{name}": value
    for at in range(2, 6)
    for name, value in {"minutes": "50", "main": "40", "others": "10"}.items()
}


def test_a_school_fills_in_its_homework_and_reads_it_again(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    assert f'href="/units/{cast.a1.code}/registers/"' in browser.get("/registers/").content.decode()
    assert (
        f'href="/units/{cast.a1.code}/registers/"' in browser.get(f"/units/{cast.a1.code}/").content.decode()
    )
    assert "书面作业" in text_of(browser.get(f"/units/{cast.a1.code}/registers/"))
    answer = fill_in(browser, cast.a1, "homework", **HOMEWORK)
    assert answer.status_code == 302
    page = text_of(browser.get(answer.headers["Location"]))
    assert "三年级" in page and "50分钟/天" in page and "已保存“书面作业”" in page
    assert "不超过60分钟/天（小学三至六年级）：中小学生减负措施" in page  # the figure shows its source
    entry = Entry.objects.get()
    assert (entry.term.code, entry.version, len(entry.lines)) == ("2026-autumn", 1, 6)
    assert entry.lines[2] == {"key": "3", "answers": {"minutes": "50", "main": "40", "others": "10"}}
    assert open_codes(cast.a1) == set()
    assert AuditEntry.objects.filter(action="registers.entry.saved", actor_id=cast.clerk_a1.pk).count() == 1


def test_what_is_impossible_is_refused_with_the_entries_kept(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    answer = fill_in(browser, cast.a1, "homework", **HOMEWORK | {"l3__minutes": "999", "l4__main": "四十"})
    page = text_of(answer)
    assert answer.status_code == 200 and "有2处需要修改" in page
    assert "不能大于300" in page and "要写成数字" in page
    assert 'value="999"' in answer.content.decode()
    answer = fill_in(browser, cast.a1, "after_school", l0__begins="18:00", l0__ends="16:30")
    assert "结束要在开始以后" in text_of(answer)
    assert not Entry.objects.exists()


def test_what_is_doubtful_is_saved_once_it_is_explained(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    said = HOMEWORK | {"l4__minutes": "66", "l5__main": "55", "l5__others": "20"}
    answer = fill_in(browser, cast.a1, "homework", **said)
    page = text_of(answer)
    assert "五年级每天书面作业66分钟/天，超出6分钟（不超过60分钟/天）" in page
    assert "六年级书面作业填每天50分钟，各学科相加75分钟" in page
    assert not Entry.objects.exists() and not Doubt.objects.exists()
    answer = fill_in(browser, cast.a1, "homework", **said, explanation="英语抄写偏多，下周起调减")
    assert answer.status_code == 302
    assert open_codes(cast.a1) == {"homework.minutes.5", "homework.sum.6"}
    doubt = Doubt.objects.get(code="homework.minutes.5")
    assert (doubt.item.code, doubt.limit.value, doubt.explanation) == (
        "R04-2",
        "60",
        "英语抄写偏多，下周起调减",
    )
    assert doubt.no == "2026-N0001"


def test_full_width_digits_are_read_and_the_same_again_changes_nothing(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    fill_in(browser, cast.a1, "homework", **HOMEWORK | {"l2__minutes": "５０"})
    fill_in(browser, cast.a1, "homework")
    entry = Entry.objects.get()
    assert (entry.version, entry.versions.count()) == (1, 1)


def test_a_second_person_does_not_overwrite_the_first(cast: Cast) -> None:
    slower, faster = signed_in(cast.clerk_a1), signed_in(cast.head_a1)
    seen = opened(slower, cast.a1, "homework")
    fill_in(faster, cast.a1, "homework", **HOMEWORK)
    late = slower.post(edit_url(cast.a1, "homework"), seen | typed(**HOMEWORK | {"l2__minutes": "30"}))
    assert late.status_code == 409 and "黄勇" in text_of(late)
    assert Entry.objects.get().lines[2]["answers"]["minutes"] == "50"


def test_last_terms_answers_are_offered_never_taken_silently(cast: Cast) -> None:
    earlier = Term.objects.get(code="2026-spring") if Term.objects.filter(code="2026-spring") else None
    if earlier is None:
        year = Term.objects.earliest("first_on").school_year
        earlier = Term.objects.create(
            school_year=year, code="2026-spring", title="春", first_on="2026-03-01", last_on="2026-07-05"
        )
    state(cast.a1, "sleep", cast.clerk_a1, {"primary": {"begins": "08:20", "early": False}})
    Entry.objects.update(term=earlier)
    browser = signed_in(cast.clerk_a1)
    page = browser.get(edit_url(cast.a1, "sleep"))
    assert "2026年春季学期填过这一项" in text_of(page) and 'value="08:20"' not in page.content.decode()
    fill_in(browser, cast.a1, "sleep", more="?from=earlier")
    now = Entry.objects.get(term__code="2026-autumn")
    assert now.lines == [{"key": "primary", "answers": {"begins": "08:20", "early": False}}]


def test_rows_are_added_struck_out_and_keep_their_key(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    fill_in(browser, cast.a1, "clubs", l0__name="合唱团", l0__kind="art", l0__times="12", l0__pupils="40",
            l1__name="足球队", l1__kind="sport", l1__times="20", l1__pupils="30")  # fmt: skip
    first = Entry.objects.get().lines
    assert [line["answers"]["name"] for line in first] == ["合唱团", "足球队"]
    fill_in(browser, cast.a1, "clubs", l0__gone="on", l1__times="21")
    lines = Entry.objects.get().lines
    assert [line["key"] for line in lines] == [first[1]["key"]]
    assert lines[0]["answers"]["times"] == "21"
    answer = fill_in(browser, cast.a1, "clubs", l1__name="围棋")  # a row that was begun is wanted whole
    assert answer.status_code == 200 and "请选择类别" in text_of(answer)


def test_nothing_to_report_is_said_by_saving_no_row(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    assert fill_in(browser, cast.a1, "care").status_code == 302
    assert Entry.objects.get().lines == []
    assert "填报为没有" in text_of(browser.get(f"/units/{cast.a1.code}/registers/care/"))


def test_an_identity_number_is_never_kept(cast: Cast) -> None:
    number = "11010519491231002X"
    browser = signed_in(cast.clerk_a3)
    person = dict(l0__name="张三", l0__post="teacher", l0__paper="teacher", l0__paper_no="20211100001",
                  l0__contract="yes", l0__checked="yes")  # fmt: skip
    answer = fill_in(browser, cast.a3, "people", l0__identity="110105194912310021", **person)
    assert "校验位不对" in text_of(answer)
    assert fill_in(browser, cast.a3, "people", l0__identity=number, **person).status_code == 302
    kept = Entry.objects.get().lines[0]["answers"]["identity"]
    assert len(kept) == 64 and number not in repr(list(AuditEntry.objects.values()))
    assert set(Mark.objects.values_list("kind", flat=True)) == {"person", "certificate"}
    fill_in(browser, cast.a3, "people", l0__subject="语文")  # left empty, it stays
    assert Entry.objects.get().lines[0]["answers"]["identity"] == kept
    own = text_of(browser.get(f"/units/{cast.a3.code}/registers/people/"))
    assert "张三" in own and "已登记" in own and kept not in own
    inspector = text_of(signed_in(cast.inspector_a).get(f"/units/{cast.a3.code}/registers/people/"))
    assert "张三" not in inspector and "20211100001" not in inspector and "已隐去" in inspector


def test_the_bureaus_registers_are_keyed_in_by_the_task_force_alone(cast: Cast) -> None:
    url = edit_url(cast.a3, "registration")
    assert signed_in(cast.clerk_a3).get(url).status_code == 403
    said = dict(l0__platform_on="2026-10-08", l0__certificate="civil", l0__certificate_no="52150A",
                 l0__listing="approved", l0__status="none", l0__platform_no="PX150001")  # fmt: skip
    assert fill_in(signed_in(cast.task_force), cast.a3, "registration", **said).status_code == 302
    assert "PX150001" in text_of(
        signed_in(cast.clerk_a3).get(f"/units/{cast.a3.code}/registers/registration/")
    )
    assert Entry.objects.get().term is None
    with pytest.raises(NotAllowed):
        state(cast.a1, "homework", cast.task_force, {})


def test_the_register_for_matching_is_the_offices_alone(cast: Cast) -> None:
    url = f"/units/{cast.a1.code}/registers/serving_teachers/"
    for who, status in (("task_force", 200), ("supervision", 200), ("clerk_a1", 404), ("inspector_a", 404)):
        assert signed_in(cast.people[who]).get(url).status_code == status


def test_a_page_costs_the_same_however_much_stands_in_it(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    state(cast.a1, "clubs", cast.clerk_a1, {
        f"r{at}": {"name": f"社团{at}", "kind": "art", "times": "3", "pupils": "9"} for at in range(60)
    })  # fmt: skip
    browser = signed_in(cast.task_force)
    for url in (
        "/registers/",
        f"/units/{cast.a1.code}/registers/",
        f"/units/{cast.a1.code}/registers/clubs/",
    ):
        browser.get(url)
        with django_assert_max_num_queries(20):  # type: ignore[operator]
            assert browser.get(url).status_code == 200
