"""What is made public of accountability: heard, decided by the leader, taken down on its day (P28)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inspections.models import Disclosure
from inspections.tasks import take_down_disclosures
from inspections.workflows import disclosures
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import NOVEMBER, Cast
from tests.inspections.sanctioning import bring_to, instructed
from tests.registry import signed_in, submit, text_of
from tutoring.models import Institution

pytestmark = [pytest.mark.public, pytest.mark.usefixtures("november", "policy")]
FACTS = "未经批准在居民楼开设语文、数学培训班，已责令停止举办并退费。"


def entry(**changed: Any) -> dict[str, Any]:
    return {
        "organisation": "",
        "name": "小海豚学习馆",
        "address": "城关镇解放路12号",
        "offence": "unlicensed",
        "facts": FACTS,
        "document_no": "云教罚〔2026〕3号",
        "decided_by_office": "云溪县教育局",
        "decided_on": "2026-11-10",
        "down_on": "2027-11-10",
    } | changed


def proposed(cast: Cast, **changed: Any) -> Disclosure:
    sent = submit(signed_in(cast.people["task_force"]), reverse("disclosure-exposed"), entry(**changed))
    assert sent.status_code == 302, text_of(sent)
    return Disclosure.objects.latest("pk")


def move(cast: Cast, by: str, row: Disclosure, key: str, **data: str) -> Any:
    row.refresh_from_db()
    here = reverse("disclosure-move", args=[row.no, key])
    answer = submit(signed_in(cast.people[by]), here, data, version=row.version)
    row.refresh_from_db()
    return answer


def test_an_entry_is_public_by_the_leaders_decision_until_its_day(cast: Cast) -> None:
    row = proposed(cast)
    page = reverse("list", args=[row.no])
    assert Client().get(page).status_code == 404
    assert "小海豚" not in text_of(Client().get(reverse("lists")))
    assert move(cast, "leader", row, "publish").status_code == 302
    shown = text_of(Client().get(page))
    assert FACTS in shown and "无证和违规机构曝光名单" in shown and "2027年11月10日" in shown
    assert "黑名单" not in shown
    assert "小海豚学习馆" in text_of(Client().get(reverse("lists")))
    with clock.at(NOVEMBER + timedelta(days=359)):  # 2027-11-10, before any sweep
        gone = Client().get(page)
        assert gone.status_code == 410
        assert "小海豚" not in text_of(gone)
        assert "小海豚" not in text_of(Client().get(reverse("lists")))
        take_down_disclosures()
        take_down_disclosures()
        row.refresh_from_db()
        assert (row.state, row.ended_words) == ("taken_down", "公开期满")
    actions = AuditEntry.objects.filter(subject_no=row.no).order_by("seq").values_list("action", flat=True)
    assert list(actions) == [f"inspections.disclosure.{key}" for key in ("proposed", "publish", "expire")]


def test_a_unit_is_heard_before_it_is_named(cast: Cast) -> None:
    row = proposed(cast, organisation=cast.units["a3"].code, name="", offence="fees")
    assert Notification.objects.filter(recipient=cast.people["manager_a3"], kind="disclosure").exists()
    early = move(cast, "leader", row, "publish")
    assert "期满才能公开" in text_of(early)
    assert move(cast, "manager_a3", row, "state", words="退费已经办完").status_code == 302
    assert "请写明对单位意见的答复" in text_of(move(cast, "leader", row, "publish"))
    assert move(cast, "leader", row, "publish", answer="退费在决定之后，仍予公开").status_code == 302
    assert "退费已经办完" not in text_of(Client().get(reverse("list", args=[row.no])))
    for name in ("clerk_a1", "inspector_a"):
        assert signed_in(cast.people[name]).get(row.get_absolute_url()).status_code in (403, 404)
    assert move(cast, "leader", row, "repair", document_no="云信修〔2026〕2号").status_code == 302
    gone = Client().get(reverse("list", args=[row.no]))
    assert gone.status_code == 410
    assert "已完成信用修复（云信修〔2026〕2号）" in text_of(gone)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"down_on": "2026-11-16"}, "下线日期要晚于今天"),
        ({"decided_on": "2026-11-17"}, "决定日期不能晚于今天"),
        ({"name": ""}, "请选择名册里的机构"),
        ({"document_no": ""}, "请填写文书或决定文号"),
    ],
)
def test_what_lacks_its_dates_or_its_paper_is_refused(
    cast: Cast, changed: dict[str, str], words: str
) -> None:
    client = signed_in(cast.people["supervision"])
    refused = submit(client, reverse("disclosure-exposed"), entry(**changed))
    assert words in text_of(refused)
    assert FACTS in text_of(refused), "what was typed stays"
    assert not Disclosure.objects.exists()


def test_only_a_circular_that_was_issued_is_made_public_once(cast: Cast) -> None:
    early = instructed(cast, cast.units["a1"], kind="circular")
    client = signed_in(cast.people["task_force"])
    assert client.get(reverse("disclosure-circular", args=[early.no])).status_code == 404
    sanction = bring_to(cast, early, "notified")
    here = reverse("disclosure-circular", args=[sanction.no])
    page = client.get(here)
    assert sanction.document_no in page.content.decode()
    sent = {name: value for name, value in entry().items() if name not in ("organisation", "name", "address")}
    assert submit(client, here, sent).status_code == 302
    assert "已提请公开" in text_of(submit(client, here, sent))
    assert Disclosure.objects.get().name == "关于城关小学的通报"


def test_the_white_list_shows_who_is_in_order_today(cast: Cast) -> None:
    institution = Institution.objects.get(organisation=cast.units["a3"])
    office: Any = cast.people["task_force"]
    row = disclosures.propose_white_list(actor=office)
    assert row.codes == [cast.units["a3"].code]
    with pytest.raises(NotAllowed):
        disclosures.publish(disclosure_id=row.pk, actor=office, version=None)
    assert move(cast, "leader", row, "publish").status_code == 302
    page = reverse("list", args=[row.no])
    assert "启明教育培训中心" in text_of(Client().get(page))
    Institution.objects.filter(pk=institution.pk).update(licence_until=clock.today() - timedelta(days=1))
    assert "启明教育培训中心" not in text_of(Client().get(page)), "its licence ran out"
    with pytest.raises(Refused):
        disclosures.propose_white_list(actor=office)
    Institution.objects.filter(pk=institution.pk).update(licence_until=None)
    second = disclosures.propose_white_list(actor=office)
    assert move(cast, "leader", second, "publish").status_code == 302
    assert Client().get(page).status_code == 410
    assert f"由新的名单{second.no}代替" in text_of(Client().get(page))
    assert Organisation.objects.get(code=second.codes[0]).name == "启明教育培训中心"
