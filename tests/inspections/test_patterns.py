"""研判提示: each search by its rule, what comes again and what does not, and what people make of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from inspections.models import Answer, AnswerEvidence, Attainment, Pattern, Submission, VisitBatch
from inspections.patterns import findings, photos, sentences
from inspections.tasks import find_patterns
from inspections.workflows import attainment, patterns
from schools.models import School
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import CheckItem, Term
from tests.cast import Cast
from tests.inspections.reports import county
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.usefixtures("standing_policy", "policy"), pytest.mark.overview]
SAME = "作业管理办法没有写明各年级每天的总量和检查人"


def page(cast: Cast, address: str, who: str = "task_force") -> Any:
    answer = signed_in(cast.people[who]).get(address)
    assert answer.status_code == 200, address
    return answer


def school(cast: Cast, number: int, area: Any, **fields: Any) -> Organisation:
    unit = Organisation.objects.create(
        kind="school", code=f"31520020{number:02}", name=f"龙潭第{number}小学", township=cast.town, area=area,
        opened_on=date(2020, 1, 1), **fields,
    )  # fmt: skip
    School.objects.create(organisation=unit, school_type="primary", grades=[1, 2, 3], pupil_count=300)
    return unit


@pytest.fixture
def zone(cast: Cast, term: Term) -> Iterator[list[Organisation]]:
    """Six schools of area B that checked themselves: four fall short of rule 9, three in the same words."""
    round_ = county.open_round(cast, term)
    units = [school(cast, number, cast.area_b) for number in range(6)]
    for number, unit in enumerate(units):
        values = {"R09_1": "fails"} if number < 4 else {}
        check = county.submitted(round_, unit, f"2026-C00{number + 10}", cast, **values)
        if number < 3:
            told = Submission.objects.get(self_check=check)
            told.answers["R09-1"]["problem_text"] = f"{SAME}{'。' * number}"
            told.save()
    county.submitted(round_, cast.a1, "2026-C0030", cast)
    county.submitted(round_, cast.a2, "2026-C0031", cast)
    attainment.sweep()
    yield units


# --- Sentences and pictures, without a database -----------------------------------------


def test_sentences_are_the_same_but_for_what_means_nothing() -> None:
    texts = {
        1: "三年级数学日均书面作业约75分钟，超过限值。",
        2: "三年级数学日均书面作业约75分钟, 超过限值",
        3: "作业公示栏没有每天填写，年级组未检查",
        4: "三年级数学，日均书面作业约75分钟；超过了限值。",
        5: "已整改",
        6: "已整改",
    }
    assert sentences.groups(texts) == [[1, 2, 4]]


def test_many_sentences_are_compared_soon() -> None:
    texts = {
        number: f"第{number}号记录本{number * 7919 % 10007}页没有填写{number * 104729 % 7919}"
        for number in range(800)
    }
    texts |= {-1: SAME, -2: SAME[1:]}
    assert [-1, -2] in sentences.groups(texts)


def drawn(words: str, *, quality: int = 90, size: tuple[int, int] = (1200, 900)) -> bytes:
    picture = Image.new("RGB", (1200, 900), (222, 216, 203))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((110, 90, 1090, 800), fill=(45, 84, 68))
    for at, one in enumerate(words):
        draw.rectangle(
            (160 + at * 90, 200, 160 + at * 90 + 12 * (ord(one) % 6 + 1), 640), fill=(240, 240, 228)
        )
    out = io.BytesIO()
    picture.resize(size).save(out, "JPEG", quality=quality)
    return out.getvalue()


def photo(cast: Cast, name: str, data: bytes) -> StoredFile:
    upload = SimpleUploadedFile(name, data, content_type="image/jpeg")
    return files.receive(upload=upload, uploader=cast.task_force)


def test_a_picture_saved_anew_is_the_same_and_another_of_its_kind_is_not(cast: Cast) -> None:
    one = photo(cast, "a.jpg", drawn("abcdef"))
    copy = photo(cast, "b.jpg", drawn("abcdef"))
    smaller = photo(cast, "c.jpg", drawn("abcdef", quality=55, size=(800, 600)))
    other = photo(cast, "d.jpg", drawn("abcdeh"))
    assert len(one.likeness or "") == 64
    assert photos.groups([one, copy, smaller, other]) == [[one, copy, smaller]]
    StoredFile.objects.filter(pk=one.pk).update(likeness=None)
    files.look_again(one)
    one.refresh_from_db()
    assert (int(one.likeness or "0", 16) ^ int(copy.likeness or "0", 16)).bit_count() <= 8


# --- The search -------------------------------------------------------------------------


def test_a_rule_of_one_zone_and_a_sentence_of_three_units_are_found(
    zone: list[Organisation], cast: Cast
) -> None:
    find_patterns()
    found = {one.kind: one for one in Pattern.objects.all()}
    assert set(found) == {"zone", "sentence"} and Pattern.objects.count() == 2
    assert found["zone"].fact == "第二督学责任区6个查清的单位中，4个第9条不符合或部分符合"
    assert "4/6" in found["zone"].ground and "%" not in found["zone"].ground
    assert {row.organisation for row in found["zone"].rows.all()} == set(zone[:4])
    assert {row.organisation for row in found["sentence"].rows.all()} == set(zone[:3])
    for one in found.values():
        shown = page(cast, f"/patterns/{one.no}/")
        assert one.ground in text_of(shown)
        for row in one.rows.all():
            assert row.url in shown.content.decode()
            assert signed_in(cast.task_force).get(row.url).status_code == 200, row.url
    find_patterns()
    assert Pattern.objects.count() == 2
    assert AuditEntry.objects.filter(action__startswith="inspections.pattern").count() == 2


def test_a_school_that_files_for_another_counts_once(zone: list[Organisation]) -> None:
    Organisation.objects.filter(pk=zone[1].pk).update(filer=zone[0])
    patterns.sweep()
    assert not Pattern.objects.filter(kind="sentence").exists()


def test_a_photo_of_two_units_is_found(zone: list[Organisation], cast: Cast) -> None:
    for number, data in ((0, drawn("abcdef")), (1, drawn("abcdef", quality=60)), (2, drawn("fedcba"))):
        check = zone[number].checks.get()
        answer = Answer.objects.create(
            self_check=check, item=CheckItem.objects.get(code="R04-4"), value="meets"
        )
        AnswerEvidence.objects.create(
            answer=answer, stored_file=photo(cast, f"{number}.jpg", data), added_by=cast.task_force,
            added_at=clock.now(),
        )  # fmt: skip
    patterns.sweep()
    found = Pattern.objects.get(kind="photo")
    assert {row.organisation for row in found.rows.all()} == set(zone[:2])


def test_complaints_and_doubts_that_rise_on_a_unit(cast: Cast, term: Term) -> None:
    def complaint(no: str, unit: Any, days: int, **fields: Any) -> None:
        on = clock.today() - timedelta(days=days)
        county.problem(cast, term, unit, no, 9, found=on, origin="complaint", **fields)

    for number, days in enumerate((3, 10, 20, 60)):
        complaint(f"2026-01{number:02}", cast.a1, days)
        complaint(f"2026-02{number:02}", cast.b1, days + 25)  # most of them before
    patterns.sweep()
    found = Pattern.objects.get(kind="rising")
    assert found.fact == "城关小学近30天有3件疑点和查实的举报，此前90天共1件"
    assert found.rows.count() == 3


# --- What people make of it -------------------------------------------------------------


def test_what_was_dismissed_comes_again_only_with_a_new_row(zone: list[Organisation], cast: Cast) -> None:
    patterns.sweep()
    first = Pattern.objects.get(kind="zone")
    office = signed_in(cast.task_force)
    address = f"/patterns/{first.no}/dismiss/"
    assert "请写明排除的理由" in text_of(submit(office, address, {"words": ""}, version=first.version))
    assert submit(office, address, {"words": "统一停课，已核实"}, version=first.version).status_code == 302
    assert patterns.sweep() == 0
    row = Attainment.objects.get(organisation=zone[0])
    row.marks["9"] = "said"
    row.save()
    assert patterns.sweep() == 0  # fewer of the same
    other = Attainment.objects.get(organisation=zone[4])
    other.marks["9"] = "bad"
    other.save()
    patterns.sweep()
    again = Pattern.objects.filter(kind="zone").latest("pk")
    assert again.earlier == first and again.state == "open"
    assert [new.organisation for new in again.rows.filter(is_new=True)] == [zone[4]]
    assert first.no in text_of(page(cast, f"/patterns/{again.no}/"))


def test_an_open_one_follows_the_search(zone: list[Organisation]) -> None:
    patterns.sweep()
    found = Pattern.objects.get(kind="zone")
    Attainment.objects.filter(organisation=zone[4]).update(marks={"9": "bad"})
    assert patterns.sweep() == 1
    found.refresh_from_db()
    assert found.rows.count() == 5 and found.version == 2
    Attainment.objects.update(marks={"9": "said"})
    patterns.sweep()
    found.refresh_from_db()
    assert found.state == "gone" and found.ended_at is not None


def test_it_becomes_visits(zone: list[Organisation], cast: Cast) -> None:
    patterns.sweep()
    found = Pattern.objects.get(kind="zone")
    office = signed_in(cast.supervision)
    asked = office.get(f"/visits/many/?pattern={found.no}")
    assert {unit.pk for unit in asked.context["units"]} == {unit.pk for unit in zone[:4]}
    fields = {
        "pattern": found.no, "unit": [unit.pk for unit in zone[:4]], "kind": "regular",
        "first": "2026-11-17", "last": "2026-11-27",
        "plan_name": "2026年督导计划", "approval_no": "云教督〔2026〕3号",
        "off_plan_reason": "", "over_budget_reason": "",
    }  # fmt: skip
    made = submit(office, "/visits/many/", fields, version=found.version)
    assert made.status_code == 302, text_of(made)
    found.refresh_from_db()
    assert found.state == "followed" and found.batch == VisitBatch.objects.get()
    assert found.batch.done == 4
    assert patterns.sweep() == 0
    shown = text_of(page(cast, f"/patterns/{found.no}/", "leader"))
    assert "已安排督导" in shown and "4个单位" in shown
    again = office.get(f"/visits/many/?pattern={found.no}", follow=True)
    assert "不能再安排督导" in text_of(again)


@pytest.mark.pages
def test_each_tab_counts_its_list(zone: list[Organisation], cast: Cast) -> None:
    patterns.sweep()
    for tab in page(cast, "/patterns/").context["tabs"].tabs:
        assert page(cast, f"/patterns/{tab.url}").context["page_obj"].paginator.count == tab.count
    listed = page(cast, "/patterns/?q=龙潭&kind=zone").context["page_obj"]
    assert listed.paginator.count == 1
    assert findings.ZONE_BASE == 5
