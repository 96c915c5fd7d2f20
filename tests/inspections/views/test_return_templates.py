"""表样 and 指标库: workbooks that come in, what a cell may hold, versions, figures defined once."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inspections.models import ReturnTemplate, Statistic, UpwardReturn
from inspections.tasks import make_returns
from inspections.workflows import return_templates
from shuangjian import clock
from shuangjian.journal.errors import Refused
from tests.cast import Cast
from tests.inspections.returning import CODE, FACTS, figures, in_use, of_month, office_table, sent, uploaded
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.usefixtures("policy"), pytest.mark.registers]
OCTOBER = date(2026, 10, 1)
NEW = "/returns/templates/new/"


def browser(cast: Cast, name: str) -> Any:
    return signed_in(cast.people[name])


# --- Tables ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (office_table(rows=90), "上报表不超过80行"),
        (b"PK\x03\x04nonsense", "不是Excel工作簿"),
    ],
)
def test_a_workbook_that_is_no_table_is_refused_in_words(cast: Cast, content: bytes, sentence: str) -> None:
    fields = {"code": CODE, **FACTS, "workbook": SimpleUploadedFile("月报.xlsx", content)}
    page = submit(browser(cast, "task_force"), NEW, fields)
    assert sentence in text_of(page) and 'value="双减月报"' in page.content.decode()
    assert not ReturnTemplate.objects.exists()


def test_printed_words_and_formulas_stay_as_they_are(cast: Cast) -> None:
    template, (counted, _) = uploaded(cast), figures(cast)
    common: dict[str, Any] = {
        "template_id": template.pk,
        "actor": cast.task_force,
        "version": None,
        "sheet": 0,
    }
    for place, what, sentence in (
        ("B4", {"statistic": counted}, "印着文字"),
        ("C6", {"statistic": counted}, "是公式"),
        ("B1", {"word": "unit"}, "没有这一格"),
        ("Z9", {"word": "unit"}, "没有这一格"),
    ):
        with pytest.raises(Refused, match=sentence):
            return_templates.bind(**common, place=place, **what)
    client = browser(cast, "task_force")
    assert client.get(reverse("return-template-cell", args=[template.pk, 0, "B1"])).status_code == 404
    assert client.get(reverse("return-template-cell", args=[template.pk, 3, "A1"])).status_code == 404
    assert (
        "figure:"
        not in client.get(reverse("return-template-cell", args=[template.pk, 0, "B4"])).content.decode()
    )
    refused = submit(
        client,
        reverse("return-template-move", args=[template.pk, "publish"]),
        {"starts_on": "2026-10-01"},
        version=template.version,
    )
    assert "还没有一格绑定指标" in text_of(refused)


def test_a_new_version_keeps_what_still_fits_and_takes_over(cast: Cast) -> None:
    old = in_use(cast, starts_on=OCTOBER)
    client = browser(cast, "task_force")
    assert f"{NEW}?of={old.pk}" in client.get(old.get_absolute_url()).content.decode()
    assert 'value="市双减1表"' in client.get(f"{NEW}?of={old.pk}").content.decode()
    fields = {"code": CODE, **FACTS, "workbook": SimpleUploadedFile("月报.xlsx", office_table(rows=1))}
    assert submit(client, NEW, fields).status_code == 302
    new = ReturnTemplate.objects.get(ordinal=2)
    assert set(new.cells.values_list("cell", flat=True)) == {"A2", "C2", "C4"}, "C5 is a formula by now"
    assert "有一版正在绑定" in text_of(
        submit(client, NEW, fields | {"workbook": SimpleUploadedFile("月报.xlsx", office_table())})
    )
    publish = reverse("return-template-move", args=[new.pk, "publish"])
    assert submit(client, publish, {"starts_on": "2026-11-01"}, version=new.version).status_code == 302
    old.refresh_from_db()
    assert old.state == "ended"
    sent(cast, of_month(OCTOBER))  # what was being filled in of the old version is finished
    with clock.at(datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        make_returns()
    assert of_month(date(2026, 11, 1)).template == new


def test_a_table_reaches_back_half_a_year_at_most(cast: Cast) -> None:
    with pytest.raises(Refused, match="最多往前半年"):
        in_use(cast, starts_on=date(2026, 5, 1))
    assert not UpwardReturn.objects.exists()


def test_an_ended_table_makes_no_more_returns(cast: Cast) -> None:
    template, client = in_use(cast, starts_on=OCTOBER), browser(cast, "task_force")
    end = reverse("return-template-move", args=[template.pk, "end"])
    assert submit(client, end, {"reason": "市里不再要求"}, version=template.version).status_code == 302
    with clock.at(datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        make_returns()
    assert UpwardReturn.objects.count() == 1


def test_a_draft_of_a_table_is_given_up(cast: Cast) -> None:
    template, client = uploaded(cast), browser(cast, "task_force")
    discard = reverse("return-template-move", args=[template.pk, "discard"])
    assert submit(client, discard, {}, version=template.version).status_code == 302
    assert uploaded(cast).ordinal == 2


# --- Statistics -----------------------------------------------------------------------------------------
def test_a_figure_is_defined_once_and_ends_when_no_table_asks_for_it(cast: Cast) -> None:
    client = browser(cast, "task_force")
    new = {
        "code": "JG08", "name": "年检合格机构", "measure": "家", "definition": "年检结论为合格",
        "query": "", "source": "", "since_on": "2026-09-01",
    }  # fmt: skip
    assert "请写明数据来源" in text_of(submit(client, "/returns/statistics/new/", new))
    assert "大写字母开头" in text_of(submit(client, "/returns/statistics/new/", new | {"code": "年检"}))
    assert submit(client, "/returns/statistics/new/", new | {"source": "年检通报"}).status_code == 302
    assert "口径变了也要换一个代码" in text_of(
        submit(client, "/returns/statistics/new/", new | {"source": "x"})
    )
    row = Statistic.objects.get()
    assert "年检结论为合格" in text_of(client.get(row.get_absolute_url()))
    assert (
        submit(
            client, "/returns/statistics/JG08/end/", {"reason": "不再年检"}, version=row.version
        ).status_code
        == 302
    )
    row.refresh_from_db()
    assert row.ended_on == clock.today()
    in_use(cast, starts_on=OCTOBER)
    asked = Statistic.objects.get(code="CS01")
    page = submit(client, "/returns/statistics/CS01/end/", {"reason": "停"}, version=asked.version)
    assert "还在用这个指标" in text_of(page)


def test_the_usual_tables_come_with_one_button_and_count_what_there_is(cast: Cast) -> None:
    client = browser(cast, "task_force")
    for _ in range(2):
        assert submit(client, "/returns/templates/ship/", {}).status_code == 302
    assert ReturnTemplate.objects.filter(state="draft").count() == 2
    half = ReturnTemplate.objects.get(code="双减半月01")
    monthly = ReturnTemplate.objects.get(code="双减月01")
    assert half.cells.filter(statistic__isnull=False).count() == 5
    for template in (half, monthly):
        publish = reverse("return-template-move", args=[template.pk, "publish"])
        done = submit(client, publish, {"starts_on": "2026-10-31"}, version=template.version)
        assert done.status_code == 302
    rows = UpwardReturn.objects.filter(code="双减月01", period_first=OCTOBER)
    taken = dict(rows.get().lines.values_list("statistic__code", "taken"))
    assert (taken["XX01"], taken["XX02"], taken["JG01"], taken["JG02"]) == (3, 2200, 1, 0)
    assert taken["WT01"] == Decimal(0) and taken["ZJ01"] is None
    assert UpwardReturn.objects.filter(code="双减半月01").count() == 2
