"""The register of institutions through its pages: codes, teaching places, who may change what."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from shuangjian.accounts.models import Organisation
from shuangjian.accounts.unit_codes import credit_check_character, fault_of_institution_code
from shuangjian.journal import audit
from tests.cast import Cast, assemble
from tests.hostile import HOSTILE
from tests.registry import GOOD_CREDIT_CODE, institution_fields, rows, signed_in, submit, text_of
from tutoring.models import Institution

NEW = "/units/new/institution/"


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


# --- Codes --------------------------------------------------------------------

RIGHT_CODES = ["91350100M000100Y43", "91110000600037341L", "91440300708461136T", "91330100799655058B"]


@pytest.mark.parametrize("code", [*RIGHT_CODES, "YX-J001", "YX-J-12"])
def test_right_codes_have_no_fault(code: str) -> None:
    assert fault_of_institution_code(code) == ""


@pytest.mark.parametrize("code", RIGHT_CODES)
def test_one_wrong_character_anywhere_is_noticed(code: str) -> None:
    for place, sign in enumerate(code):
        wrong = code[:place] + ("2" if sign != "2" else "3") + code[place + 1 :]
        assert fault_of_institution_code(wrong), wrong


@pytest.mark.parametrize("code", RIGHT_CODES)
def test_two_exchanged_neighbours_are_noticed(code: str) -> None:
    for place in range(len(code) - 1):
        first, second = code[place], code[place + 1]
        if first != second:
            assert fault_of_institution_code(code[:place] + second + first + code[place + 2 :])


def test_the_check_character_is_that_of_the_standards_example() -> None:
    assert credit_check_character("91350100M000100Y4") == "3"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("91350100M000100Y44", "统一社会信用代码的校验码（最后一位）不对，请对照登记证书核对"),
        ("91350100M000100Y4", "统一社会信用代码是18位，现在是17位，请核对"),
        ("9135O100M000100Y43", "统一社会信用代码里没有字母O，请对照登记证书核对"),
        ("91A50100M000100Y43", "统一社会信用代码的第3至8位是数字"),
        ("3152000001", "统一社会信用代码是18位，现在是10位，请核对"),
        ("机构一号", "统一社会信用代码是18位数字和大写字母；还没有的填县内编号"),
        ("", "请填写统一社会信用代码"),
        ("91520000MA6XXXXX05", "代码91520000MA6XXXXX05已经被“启明教育培训中心”使用，请核对"),
    ],
)
def test_a_wrong_code_is_explained(cast: Cast, code: str, words: str) -> None:
    if (
        code == cast.a3.code
    ):  # the code of the standing cast is invented; make it one that the form lets through
        code = GOOD_CREDIT_CODE
        Organisation.objects.filter(pk=cast.a3.pk).update(code=code)
        words = words.replace("91520000MA6XXXXX05", code)
    answer = submit(signed_in(cast.task_force), NEW, institution_fields(code=code))
    assert answer.status_code == 200
    assert words in text_of(answer)


# --- Opening and changing -----------------------------------------------------


def test_the_task_force_enters_an_institution_with_its_teaching_places(cast: Cast) -> None:
    answer = submit(signed_in(cast.task_force), NEW, institution_fields(code="91350100m000100y43"))
    assert answer.url == f"/units/{GOOD_CREDIT_CODE}/"
    institution = Institution.objects.get(organisation__code=GOOD_CREDIT_CODE)
    assert (institution.category, institution.modes, institution.authority) == (
        "non_academic",
        ["offline"],
        "culture",
    )
    assert [str(place.area_m2) for place in institution.places.all()] == ["320.5"]
    assert audit.story_of(institution.organisation).get().action == "tutoring.institution.opened"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"category": ""}, "请选择培训类别"),
        ({"category": "sport"}, "培训类别不在可选范围内"),
        ({"modes": []}, "请选择培训形式，线上线下都有的两项都选"),
        ({"modes": ["by_post"]}, "培训形式"),
        ({"authority": "police"}, "主管部门不在可选范围内"),
        ({"operating_status": "cancelled"}, "办学状态不在可选范围内"),
        ({"licence_until": "长期"}, "许可证有效期至要写成日期"),
        ({"legal_person": "钱\n一"}, "这里有换行或看不见的控制字符"),
        (rows("place", {"name": "总部", "address": ""}), "请填写地址"),
        (rows("place", {"name": "总部", "address": "甲", "area_m2": "0"}), "建筑面积（平方米）不能小于1"),
        (rows("place", {"name": "总部", "address": "甲", "area_m2": "1.25"}), "建筑面积最多写1位小数"),
        (rows("place", {"name": "总部", "address": "甲", "area_m2": "1e309"}), "建筑面积"),
        (rows("place", {"name": "总部", "address": "甲", "lease_until": "2026-13-01"}), "租赁到期要写成日期"),
    ],
)
def test_a_mistake_is_named_with_the_way_to_mend_it(cast: Cast, changed: dict[str, Any], words: str) -> None:
    answer = submit(signed_in(cast.task_force), NEW, institution_fields(**changed))
    assert answer.status_code == 200
    assert words in text_of(answer)
    assert not Institution.objects.filter(organisation__name="育才艺术培训中心").exists()


def own_fields(**changed: Any) -> dict[str, Any]:
    fields = {
        "address": "城关镇学府路3号",
        "contact_name": "赵琳",
        "contact_phone": "13800005678",
        "principal_name": "买买提·吐尔逊",
    }
    return fields | rows("place") | changed


def test_the_institutions_administrator_keeps_people_and_places_up_to_date(cast: Cast) -> None:
    url = reverse("institution-edit", args=[cast.a3.code])
    places = rows("place", {"name": "西街教学点", "address": "西街9号", "area_m2": "88"})
    answer = submit(
        signed_in(cast.clerk_a3), url, own_fields(**places, category="non_academic"), version=cast.a3.version
    )
    assert answer.status_code == 302
    institution = Institution.objects.get(organisation=cast.a3)
    assert (institution.principal_name, institution.category) == ("买买提·吐尔逊", "academic")
    assert institution.places.get().name == "西街教学点"
    entry = audit.story_of(cast.a3).get()
    assert "买买提" not in str(entry.after)
    assert "新增教学地点：西街教学点" in entry.text.text


def test_the_task_force_changes_what_decides_scope_and_the_journal_keeps_both(cast: Cast) -> None:
    url = reverse("institution-edit", args=[cast.a3.code])
    fields = institution_fields(
        code=cast.a3.code, name=cast.a3.name, category="non_academic", modes=["online"]
    )
    submit(signed_in(cast.task_force), url, fields, version=cast.a3.version)
    entry = audit.story_of(cast.a3).get()
    assert (entry.before["category"], entry.after["category"]) == ("academic", "non_academic")
    assert (entry.before["modes"], entry.after["modes"]) == (["offline"], ["online"])


def test_a_stale_form_changes_nothing(cast: Cast) -> None:
    url = reverse("institution-edit", args=[cast.a3.code])
    submit(signed_in(cast.clerk_a3), url, own_fields(), version=cast.a3.version)
    late = submit(
        signed_in(cast.clerk_a3), url, own_fields(address="新址大街一百号"), version=cast.a3.version
    )
    assert late.status_code == 409
    assert "新址大街一百号" in text_of(late)
    assert Organisation.objects.get(pk=cast.a3.pk).address == "城关镇学府路3号"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("task_force", 200),
        ("leader", 403),
        ("supervision", 403),
        ("inspector_a", 403),
        ("clerk_a3", 200),
        ("manager_a3", 403),
        ("clerk_a1", 403),
        ("office_staff", 403),
        ("security_admin", 403),
    ],
)
def test_who_may_open_the_form_of_an_institution(cast: Cast, who: str, status: int) -> None:
    client, url = signed_in(cast.people[who]), reverse("institution-edit", args=[cast.a3.code])
    assert client.get(url).status_code == status
    assert (submit(client, url, own_fields(), version=cast.a3.version).status_code in (200, 302)) is (
        status == 200
    )


def test_another_institutions_administrator_finds_nothing(cast: Cast) -> None:
    submit(signed_in(cast.task_force), NEW, institution_fields())
    url = reverse("institution-edit", args=[GOOD_CREDIT_CODE])
    assert signed_in(cast.clerk_a3).get(url).status_code == 404
    assert submit(signed_in(cast.clerk_a3), url, own_fields(), version=1).status_code == 404


def test_hostile_texts_are_kept_as_they_are_or_refused_in_words(cast: Cast) -> None:
    client, url = signed_in(cast.clerk_a3), reverse("institution-edit", args=[cast.a3.code])
    for text in HOSTILE:
        version = Organisation.objects.get(pk=cast.a3.pk).version
        answer = submit(client, url, own_fields(address=text, principal_name=text), version=version)
        assert answer.status_code in (200, 302), text
        places = rows(
            "place", dict.fromkeys(("name", "address", "area_m2", "lease_until", "fire_paper", "pk"), text)
        )
        assert submit(client, url, own_fields(**places), version=None).status_code in (200, 302), text
