"""The notices' own words against the library: each year read from what the State Council's office printed.

Two sources that know nothing of each other have to say the same of every day.
"""

from __future__ import annotations

from datetime import date

import pytest

from shuangjian.journal.errors import Refused
from shuangjian.policy.models import CalendarEdition
from shuangjian.policy.notice_text import read

pytestmark = [pytest.mark.calendar, pytest.mark.usefixtures("standing_policy", "db")]

# The lines of each notice as printed; of 2023 without 2022年12月31日, a Saturday of the year before.
NOTICES = {
    2021: """一、元旦：2021年1月1日至3日放假，共3天。
二、春节：2月11日至17日放假调休，共7天。2月7日（星期日）、2月20日（星期六）上班。
三、清明节：4月3日至5日放假调休，共3天。
四、劳动节：5月1日至5日放假调休，共5天。4月25日（星期日）、5月8日（星期六）上班。
五、端午节：6月12日至14日放假，共3天。
六、中秋节：9月19日至21日放假调休，共3天。9月18日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月26日（星期日）、10月9日（星期六）上班。""",
    2022: """一、元旦：2022年1月1日至3日放假，共3天。
二、春节：1月31日至2月6日放假调休，共7天。1月29日（星期六）、1月30日（星期日）上班。
三、清明节：4月3日至5日放假调休，共3天。4月2日（星期六）上班。
四、劳动节：4月30日至5月4日放假调休，共5天。4月24日（星期日）、5月7日（星期六）上班。
五、端午节：6月3日至5日放假，共3天。
六、中秋节：9月10日至12日放假，共3天。
七、国庆节：10月1日至7日放假调休，共7天。10月8日（星期六）、10月9日（星期日）上班。""",
    2023: """一、元旦：1月1日至1月2日放假调休。
二、春节：1月21日至27日放假调休，共7天。1月28日（星期六）、1月29日（星期日）上班。
三、清明节：4月5日放假，共1天。
四、劳动节：4月29日至5月3日放假调休，共5天。4月23日（星期日）、5月6日（星期六）上班。
五、端午节：6月22日至24日放假调休，共3天。6月25日（星期日）上班。
六、中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日（星期日）上班。""",
    2024: """一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，\
安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。""",
    2025: """一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。""",
    2026: """一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。""",
}


def working(days: dict[str, dict[str, object]]) -> dict[str, object]:
    """Only what differs from the weekday: whether a Saturday off is named or not says nothing."""
    return {
        on: day["works"] for on, day in days.items() if day["works"] != (date.fromisoformat(on).weekday() < 5)
    }


@pytest.mark.parametrize("year", NOTICES)
def test_the_notice_and_the_loaded_year_say_the_same(year: int) -> None:
    edition = CalendarEdition.objects.get(year=year)
    assert edition.is_complete and edition.document.startswith(f"国办发明电〔{year - 1}〕")
    assert edition.source.startswith("节假日数据")
    assert working(read(NOTICES[year], year)) == working(edition.national)


def test_heading_greeting_and_signature_are_passed_over() -> None:
    whole = f"""国务院办公厅关于2026年部分节假日安排的通知
国办发明电〔2025〕7号
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
{NOTICES[2026]}
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。
国务院办公厅
2025年11月4日"""
    assert read(whole, 2026) == read(NOTICES[2026], 2026)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("共9天", "共8天", "春节写的是8天，读到的是9天"),
        ("2月28日（周六）", "2月30日（周六）", "没有2026年2月30日这一天"),
        ("三、清明节：4月4日（周六）至6日（周一）放假，共3天。", "", "没有读到清明节的安排"),
        ("1月1日（周四）至3日", "2025年12月31日至1月3日", "起止日期不对"),
        ("2月14日（周六）", "2月16日", "2月16日又放假又上班"),
        ("5月9日（周六）上班", "2027年5月9日上班", "2027年5月9日不在2026年"),
    ],
)
def test_a_notice_that_does_not_add_up_is_refused_in_words(old: str, new: str, words: str) -> None:
    assert old in NOTICES[2026]
    with pytest.raises(Refused, match=words):
        read(NOTICES[2026].replace(old, new), 2026)


@pytest.mark.parametrize("text", ["", "放假安排见附件", "\x00" * 50, "一、元旦：99月99日放假"])
def test_what_is_no_notice_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read(text, 2026)
