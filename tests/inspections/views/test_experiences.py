"""经验交流 and 集中宣传: written by one, published by another, read by everybody without signing in."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from inspections.models import Experience
from shuangjian.policy.models import Duty
from shuangjian.policy.workflows import duties, phases
from tests.cast import Cast
from tests.files.samples import pdf, picture
from tests.inspections.printing import printed
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.public, pytest.mark.usefixtures("november", "policy")]
BODY = "年级组每周统筹作业，教师先做一遍再布置。"


def written(cast: Cast, kind: str, **fields: Any) -> Any:
    common = {"title": "作业统筹经验", "on": "2026-11-13"}
    return submit(
        signed_in(cast.people["task_force"]), reverse("experience-new", args=[kind]), common | fields
    )


def move(cast: Cast, by: str, row: Experience, key: str, **data: str) -> Any:
    row.refresh_from_db()
    here = reverse("experience-move", args=[row.no, key])
    return submit(signed_in(cast.people[by]), here, data, version=row.version)


def test_an_article_with_pictures_from_draft_to_recall(cast: Cast) -> None:
    upload = SimpleUploadedFile("统筹表.jpg", picture(), content_type="image/jpeg")
    assert written(cast, "article", body=BODY, attached=upload).status_code == 302
    row = Experience.objects.get()
    page = reverse("contribution", args=[row.no])
    shot = reverse("contribution-picture", args=[row.no, row.pictures.get().pk])
    assert [Client().get(url).status_code for url in (page, shot)] == [404, 404]
    assert move(cast, "task_force", row, "publish").status_code == 403, "another than wrote it"
    assert move(cast, "supervision", row, "publish").status_code == 302
    public = Client()
    shown = public.get(page)
    assert BODY in text_of(shown)
    assert shot in shown.content.decode()
    assert public.get(shot)["Content-Type"] == "image/jpeg"
    assert "作业统筹经验" in text_of(public.get(reverse("exchange")))
    assert set(public.cookies) <= {"csrf"}
    assert move(cast, "task_force", row, "recall", words="数字有误").status_code == 302
    gone = public.get(page)
    assert (gone.status_code, BODY in text_of(gone)) == (410, False)
    assert "原因：数字有误" in text_of(gone)
    assert public.get(shot).status_code == 404


def test_a_meeting_counts_heads_and_a_report_is_a_link_that_nothing_opens(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    assert written(cast, "meeting", place="县一中报告厅", people_count="86").status_code == 302
    assert written(cast, "media", outlet="云溪日报", link="https://news.example/1.html").status_code == 302
    for row in Experience.objects.all():
        assert move(cast, "leader", row, "publish").status_code == 302
    listed = Client().get(reverse("exchange"))
    assert "86人参加" in text_of(listed)
    assert 'href="https://news.example/1.html" rel="noopener noreferrer nofollow"' in listed.content.decode()


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("article", {"body": ""}, "请写明内容"),
        ("article", {"body": "请打13912345678"}, "像电话或证件号码的数字"),
        ("meeting", {"place": "报告厅", "people_count": "很多"}, "参加人数只写数字"),
        ("media", {"outlet": "云溪日报", "link": "javascript:alert(1)"}, "请填写完整的网址"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    cast: Cast, kind: str, fields: dict[str, str], words: str
) -> None:
    page = text_of(written(cast, kind, **fields))
    assert words in page
    assert not Experience.objects.exists()


def test_only_pictures_are_taken(cast: Cast) -> None:
    paper = SimpleUploadedFile("材料.pdf", pdf(), content_type="application/pdf")
    assert "这里只放图片" in text_of(written(cast, "article", body=BODY, attached=paper))


# --- 集中宣传 --------------------------------------------------------------------------------------------
def test_publicity_is_counted_and_no_rate_of_parents_stands_anywhere(cast: Cast) -> None:
    phases.sweep()
    duty = Duty.objects.get(organisation=cast.units["a1"], obligation__code="P1-2b")
    duties.reopen(
        duty_id=duty.pk,
        actor=cast.people["task_force"],
        version=None,
        until=duties.clock.today(),
        reason="补报",
    )
    filing = duties.Filing(
        form="班会", held_on=duty.obligation.phase.starts_on, people_count=321, words="主题班会"
    )
    duties.file(duty_id=duty.pk, actor=cast.people["clerk_a1"], version=None, filing=filing)
    staff = text_of(signed_in(cast.people["supervision"]).get(reverse("publicity-work")))
    assert "班会 1 1" in staff and "城关小学" in staff
    unit = text_of(signed_in(cast.people["clerk_b1"]).get(reverse("publicity-work")))
    assert "班会 1 1" in unit and "城关小学" not in unit
    public = Client().get(reverse("publicity"))
    assert "班会 1次" in text_of(public)
    for page in (staff, unit, text_of(public)):
        assert "321" not in page and "%" not in page
    assert len(public.content) < 60_000


def test_letter_and_poster_bear_the_name_of_who_prints_them(cast: Cast) -> None:
    school = signed_in(cast.people["clerk_a1"])
    letter = printed(school, "letter/")
    assert "致家长的一封信" in letter and "城关小学" in letter and "0000-6120012" in letter
    assert "城关小学" in printed(school, "placard/")
    assert "云溪县教育局" in printed(signed_in(cast.people["supervision"]), "placard/")
