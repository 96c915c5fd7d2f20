"""The register of schools through its pages: what is refused, who may change what, and that one wins."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from schools.grades import fault_of_grades, grades_in_words
from schools.models import School
from shuangjian.accounts.models import Organisation, pinyin_key
from shuangjian.accounts.unit_codes import fault_of_school_code
from shuangjian.journal import audit
from tests.cast import Cast, assemble
from tests.hostile import HOSTILE, RARE_NAMES, REFUSED
from tests.registry import rows, school_fields, signed_in, submit, text_of

NEW = "/units/new/school/"


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


# --- Opening a school ---------------------------------------------------------


def test_the_task_force_enters_a_school_with_its_campuses(cast: Cast) -> None:
    fields = school_fields(
        **rows("campus", {"name": "北校区", "address": "河口镇北街2号"}, {"name": "", "address": ""})
    )
    answer = submit(signed_in(cast.task_force), NEW, fields)
    assert answer.status_code == 302
    assert answer.url == "/units/3152000099/"
    school = School.objects.get(organisation__code="3152000099")
    assert school.grades == [1, 2, 3, 4, 5, 6]
    assert school.pupil_count == 320
    assert [campus.name for campus in school.campuses.all()] == ["北校区"]
    entry = audit.story_of(school.organisation).get()
    assert entry.action == "schools.school.opened"
    assert entry.actor_id == cast.task_force.pk


def test_the_same_form_sent_twice_enters_one_school(cast: Cast) -> None:
    client, fields = signed_in(cast.task_force), school_fields() | {"_key": "0" * 32}
    first, second = client.post(NEW, fields), client.post(NEW, fields)
    assert (first.status_code, second.status_code) == (302, 302)
    assert Organisation.objects.filter(code="3152000099").count() == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"code": "315200009"}, "学校标识码是10位数字，现在是9位，请核对"),
        ({"code": "31520000991"}, "学校标识码是10位数字，现在是11位，请核对"),
        ({"code": "31520ABC99"}, "学校标识码是10位数字；还没有的填县内编号"),
        ({"code": "3152000001"}, "代码3152000001已经被“城关小学”使用，请核对"),
        ({"code": ""}, "请填写学校标识码"),
        ({"name": ""}, "请填写名称"),
        ({"name": "一" * 61}, "名称最多60字，现在是61字，请删去1字"),
        ({"name": "河口\u202e学小"}, "这里有换行或看不见的控制字符"),
        ({"township": ""}, "请选择所在乡镇"),
        ({"township": "999999"}, "所在乡镇不在可选范围内，请从列表中选择"),
        ({"opened_on": "2999-01-01"}, "设立日期不能晚于今天"),
        ({"opened_on": "2026-02-30"}, "设立日期要写成日期"),
        ({"contact_phone": "打总机"}, "联系电话只写数字和短横"),
        ({"school_type": "university"}, "办学类型不在可选范围内"),
        ({"school_type": ""}, "请选择办学类型"),
        ({"grades": []}, "请选择实际开设的年级"),
        ({"grades": [1, 13]}, "年级只能是一年级至高三"),
        ({"grades": [1, 7]}, "小学（六三制）只有一年级至六年级，请去掉七年级"),
        ({"grades": [5, 6], "system": "54"}, "小学（五四制）只有一年级至五年级，请去掉六年级"),
        ({"pupil_count": "-1"}, "在校学生数不能小于0"),
        ({"pupil_count": "99999999999"}, "在校学生数不能大于50000"),
        ({"pupil_count": "很多"}, "在校学生数要写成数字"),
        (rows("campus", {"name": "北校区", "address": ""}), "请填写地址"),
    ],
)
def test_a_mistake_is_named_with_the_way_to_mend_it(cast: Cast, changed: dict[str, Any], words: str) -> None:
    answer = submit(signed_in(cast.task_force), NEW, school_fields(**changed))
    assert answer.status_code == 200
    page = text_of(answer)
    assert words in page
    assert page.startswith("需修改：")
    assert not School.objects.filter(organisation__name="河口小学").exists()


@pytest.mark.parametrize("code", ["YX-S001", "yx-s001", "ＹＸ－Ｓ００１", " YX-S001 "])
def test_a_school_without_an_official_code_gets_the_countys_number(cast: Cast, code: str) -> None:
    answer = submit(signed_in(cast.task_force), NEW, school_fields(code=code))
    assert answer.url == "/units/YX-S001/"


@pytest.mark.parametrize("code", ["3152000099", "YX-S001", "YX-S-12"])
def test_right_codes_have_no_fault(code: str) -> None:
    assert fault_of_school_code(code) == ""


@pytest.mark.parametrize(
    "code",
    [
        "",
        "-",
        "YX-",
        "YX00",
        "Y-1",
        "YX--1",
        "YX-S001-A-B-C",
        "YX-一",
        "１２３４５６７８９０",
        "YX-" + "1" * 16,
    ],
)
def test_wrong_codes_have_a_fault(code: str) -> None:
    assert fault_of_school_code(code)


@pytest.mark.parametrize(
    ("school_type", "system", "least", "most"),
    [
        ("primary", "63", 1, 6),
        ("primary", "54", 1, 5),
        ("teaching_point", "63", 1, 6),
        ("junior", "63", 7, 9),
        ("junior", "54", 6, 9),
        ("nine_year", "63", 1, 9),
        ("nine_year", "54", 1, 9),
        ("twelve_year", "63", 1, 12),
        ("complete", "63", 7, 12),
        ("complete", "54", 6, 12),
        ("senior", "63", 10, 12),
        ("special", "63", 1, 12),
    ],
)
def test_grades_fit_the_type_and_the_system(school_type: str, system: str, least: int, most: int) -> None:
    for grade in range(1, 13):
        assert (fault_of_grades([grade], school_type, system) == "") is (least <= grade <= most), grade


def test_grades_are_written_as_runs() -> None:
    assert grades_in_words([6, 1, 2, 3, 4, 5]) == "一年级至六年级"
    assert grades_in_words([1, 3, 4, 5]) == "一年级、三年级至五年级"
    assert grades_in_words([10, 11, 12]) == "高一至高三"


# --- 填报主体 -----------------------------------------------------------------


def test_a_teaching_point_is_filled_in_for_by_its_central_school(cast: Cast) -> None:
    fields = school_fields(code="YX-S002", school_type="teaching_point", grades=[1, 2], filer=cast.a1.pk)
    submit(signed_in(cast.task_force), NEW, fields)
    point = Organisation.objects.get(code="YX-S002")
    assert point.filer == cast.a1
    assert signed_in(cast.clerk_a1).get("/units/YX-S002/").status_code == 200


def _edit_filer(cast: Cast, unit: Organisation, filer: Organisation) -> str:
    url = reverse("school-edit", args=[unit.code])
    fields = school_fields(code=unit.code, name=unit.name, filer=filer.pk)
    answer = submit(signed_in(cast.task_force), url, fields, version=unit.version)
    unit.refresh_from_db()
    return text_of(answer) if answer.status_code == 200 else ""


def test_a_school_is_not_filled_in_for_by_itself_another_kind_or_an_ended_one(cast: Cast) -> None:
    ended = cast.b1
    ended.status, ended.closed_on = "closed", "2026-01-01"
    ended.save()
    for filer in (cast.a1, cast.a3, ended):
        assert "填报主体不在可选范围内，请从列表中选择" in _edit_filer(cast, cast.a1, filer)
        assert cast.a1.filer is None


def test_there_are_no_chains_of_filling_in(cast: Cast) -> None:
    cast.a2.filer = cast.a1
    cast.a2.save()
    assert "填报主体不在可选范围内" in _edit_filer(cast, cast.b1, cast.a2), "a2 is itself filled in for"
    assert "本单位正在为“实验学校”代填，不能再由其他单位代填" in _edit_filer(cast, cast.a1, cast.b1)
    assert Organisation.objects.filter(filer__filer__isnull=False).count() == 0


# --- Changing a school --------------------------------------------------------


def own_fields(**changed: Any) -> dict[str, Any]:
    fields = {
        "address": "城关镇学府路12号",
        "contact_name": "李静",
        "contact_phone": "13800001234",
        "pupil_count": "612",
        **rows("campus"),
    }
    return fields | changed


def test_the_schools_administrator_keeps_its_contact_and_pupils_up_to_date(cast: Cast) -> None:
    url = reverse("school-edit", args=[cast.a1.code])
    answer = submit(signed_in(cast.clerk_a1), url, own_fields(), version=cast.a1.version)
    assert answer.status_code == 302
    school = School.objects.select_related("organisation").get(organisation__code=cast.a1.code)
    assert (school.pupil_count, school.organisation.contact_phone) == (612, "13800001234")
    assert school.organisation.version == cast.a1.version + 1
    entry = audit.story_of(school.organisation).get()
    assert (entry.before["pupil_count"], entry.after["pupil_count"]) == (600, 612)
    assert "13800001234" not in str(entry.before) + str(entry.after), (
        "phones stand in the erasable text alone"
    )
    assert "联系电话：（空） → 13800001234" in entry.text.text


def test_the_schools_administrator_cannot_smuggle_in_what_is_not_his(cast: Cast) -> None:
    url = reverse("school-edit", args=[cast.a1.code])
    smuggled = own_fields(
        name="云溪大学", code="3152000077", grades=[1], area=cast.area_b.pk, status="closed", version="9"
    )
    submit(signed_in(cast.clerk_a1), url, smuggled, version=cast.a1.version)
    unit = Organisation.objects.get(pk=cast.a1.pk)
    assert (unit.name, unit.code, unit.area, unit.status) == ("城关小学", "3152000001", cast.area_a, "active")
    assert unit.school.grades == [1, 2, 3, 4, 5, 6]


def test_saving_without_a_change_writes_nothing(cast: Cast) -> None:
    url = reverse("school-edit", args=[cast.a1.code])
    unchanged = own_fields(address="", contact_name="", contact_phone="", pupil_count="600")
    submit(signed_in(cast.clerk_a1), url, unchanged, version=cast.a1.version)
    assert Organisation.objects.get(pk=cast.a1.pk).version == cast.a1.version
    assert not audit.story_of(cast.a1).exists()


def test_who_is_second_gets_the_winners_name_and_his_own_words(cast: Cast) -> None:
    url = reverse("school-edit", args=[cast.a1.code])
    submit(signed_in(cast.clerk_a1), url, own_fields(), version=cast.a1.version)
    late = school_fields(code=cast.a1.code, name="城关小学", address="城关镇新址一百号")
    answer = submit(signed_in(cast.task_force), url, late, version=cast.a1.version)
    assert answer.status_code == 409
    page = text_of(answer)
    assert "李静在" in page
    assert "城关镇新址一百号" in page
    assert Organisation.objects.get(pk=cast.a1.pk).address == "城关镇学府路12号"


def test_campuses_are_added_changed_and_taken_away_in_one_form(cast: Cast) -> None:
    school = School.objects.get(organisation=cast.a1)
    kept = school.campuses.create(name="本部", address="学府路12号")
    gone = school.campuses.create(name="东校区", address="东街")
    url = reverse("school-edit", args=[cast.a1.code])
    campuses = rows(
        "campus",
        {"pk": kept.pk, "name": "本部", "address": "学府路14号"},
        {"pk": gone.pk, "name": "东校区", "address": "东街", "DELETE": "on"},
        {"pk": "", "name": "西校区", "address": "西街3号"},
        initial=2,
    )
    submit(signed_in(cast.clerk_a1), url, own_fields(**campuses), version=cast.a1.version)
    assert [(campus.name, campus.address) for campus in school.campuses.all()] == [
        ("本部", "学府路14号"),
        ("西校区", "西街3号"),
    ]
    note = audit.story_of(cast.a1).get().text.text
    assert "校区“本部”地址：学府路12号 → 学府路14号" in note
    assert "撤去校区：东校区" in note
    assert "新增校区：西校区" in note


def test_a_campus_of_another_school_cannot_be_taken(cast: Cast) -> None:
    foreign = School.objects.get(organisation=cast.b1).campuses.create(name="外校", address="外街")
    url = reverse("school-edit", args=[cast.a1.code])
    stolen = rows("campus", {"pk": foreign.pk, "name": "改名", "address": "x", "DELETE": "on"}, initial=1)
    answer = submit(signed_in(cast.clerk_a1), url, own_fields(**stolen), version=cast.a1.version)
    assert "校区名单已经变了" in text_of(answer)
    foreign.refresh_from_db()
    assert foreign.name == "外校"
    assert Organisation.objects.get(pk=cast.a1.pk).address == "", "nothing is half-written"


@pytest.mark.parametrize(
    "broken",
    [
        {"campus-TOTAL_FORMS": ""},
        {"campus-TOTAL_FORMS": "999999999"},
        {"campus-INITIAL_FORMS": "-5"},
        {"campus-0-pk": "x"},
    ],
)
def test_a_broken_list_of_campuses_is_a_message(cast: Cast, broken: dict[str, str]) -> None:
    url = reverse("school-edit", args=[cast.a1.code])
    fields = own_fields(**rows("campus", {"name": "甲", "address": "乙"})) | broken
    assert submit(signed_in(cast.clerk_a1), url, fields, version=cast.a1.version).status_code in (200, 302)


def test_a_renamed_code_keeps_the_old_address_alive(cast: Cast) -> None:
    url = reverse("school-edit", args=[cast.a1.code])
    submit(signed_in(cast.task_force), url, school_fields(code="3152000555"), version=cast.a1.version)
    assert signed_in(cast.clerk_a1).get("/units/3152000001/").url == "/units/3152000555/"
    assert signed_in(cast.clerk_b1).get("/units/3152000001/").status_code == 404


# --- Who --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("task_force", 200),
        ("leader", 403),
        ("supervision", 403),
        ("inspector_a", 403),
        ("team_inspector", 403),
        ("clerk_a1", 200),
        ("head_a1", 403),
        ("clerk_a2", 404),
        ("clerk_b1", 404),
        ("clerk_a3", 403),
        ("office_staff", 403),
        ("partner", 403),
        ("system_admin", 403),
        ("auditor", 403),
        ("stranger", 403),
    ],
)
def test_who_may_open_the_form_of_a_school(cast: Cast, who: str, status: int) -> None:
    url = reverse("school-edit", args=[cast.a1.code])
    client = signed_in(cast.people[who])
    assert client.get(url).status_code == status
    posted = submit(client, url, own_fields(), version=cast.a1.version)
    assert (posted.status_code in (200, 302)) is (status == 200)


@pytest.mark.parametrize("who", ["leader", "supervision", "inspector_a", "clerk_a1", "system_admin"])
def test_only_the_task_force_enters_a_school(cast: Cast, who: str) -> None:
    client = signed_in(cast.people[who])
    assert client.get(NEW).status_code == 403
    assert submit(client, NEW, school_fields()).status_code == 403
    assert not Organisation.objects.filter(code="3152000099").exists()


def test_an_ended_school_is_corrected_by_the_task_force_alone(cast: Cast) -> None:
    cast.a1.status, cast.a1.closed_on = "closed", "2026-06-30"
    cast.a1.save()
    url = reverse("school-edit", args=[cast.a1.code])
    assert signed_in(cast.clerk_a1).get(url).status_code == 403
    assert signed_in(cast.task_force).get(url).status_code == 200


def test_no_school_form_for_an_institution_or_an_absent_code(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    for code in (cast.a3.code, "YX-Q01", "9999999999", "x", "%00"):
        assert client.get(f"/units/{code}/school/").status_code == 404


# --- Texts --------------------------------------------------------------------


@pytest.mark.parametrize("name", RARE_NAMES)
def test_rare_names_come_back_as_they_were(cast: Cast, name: str) -> None:
    url = reverse("school-edit", args=[cast.a1.code])
    answer = submit(signed_in(cast.clerk_a1), url, own_fields(contact_name=name), version=cast.a1.version)
    assert answer.status_code == 302
    assert Organisation.objects.get(pk=cast.a1.pk).contact_name == name
    assert name in signed_in(cast.clerk_a1).get(answer.url).content.decode().replace("&#x27;", "'")


def test_hostile_texts_are_kept_as_they_are_or_refused_in_words(cast: Cast) -> None:
    client, url = signed_in(cast.task_force), reverse("school-edit", args=[cast.a1.code])
    for text in HOSTILE + REFUSED:
        text = text.encode("utf-8", "replace").decode()
        version = Organisation.objects.get(pk=cast.a1.pk).version
        fields = school_fields(
            code=cast.a1.code,
            name=text,
            address=text,
            contact_name=text,
            contact_phone=text,
            filer=text,
            opened_on=text,
            pupil_count=text,
            grades=[text],
        )
        assert submit(client, url, fields, version=version).status_code == 200, text
        answer = submit(client, url, school_fields(code=cast.a1.code, address=text), version=version)
        assert answer.status_code in (200, 302), text
        if answer.status_code == 302:
            assert Organisation.objects.get(pk=cast.a1.pk).address == text.strip()
            page = client.get(f"/units/{cast.a1.code}/").content.decode()
            assert "<script>alert" not in page
            assert "<img src=x" not in page


def test_the_pinyin_key_of_a_long_name_keeps_the_initials() -> None:
    key = pinyin_key("双" * 60)
    assert key.endswith(" " + "s" * 60)
    assert len(key) <= 200
