"""Reading the days of a year out of the notice's own words (国务院办公厅关于…年部分节假日安排的通知).

The notice is pasted as it stands. A line such as 「二、春节：2月15日（周日）至23日（周一）放假调休，共9天。
2月14日（周六）上班。」 says what rests and what is worked. Its own counts (共9天) are checked; nothing is
guessed.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from shuangjian.dates import cn_date, cn_short
from shuangjian.journal.errors import Refused

FESTIVALS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")

_ASIDE = re.compile(r"（[^）]*）|\([^)]*\)")
_LINE = re.compile(r"^(?:[一二三四五六七八九十]+、)?([^：:]{2,12})[：:](.+)$")
_DAY = r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日"
_SPAN = re.compile(rf"{_DAY}(?:至(?:(\d{{4}})年)?(?:(\d{{1,2}})月)?(\d{{1,2}})日)?")
_COUNT = re.compile(r"(?:共|放假)(\d+)天")


def read(text: str, year: int) -> dict[str, dict[str, Any]]:
    """{ISO date: {"works", "name"}} of every day that the notice names. Raises Refused with what to mend."""
    days: dict[str, dict[str, Any]] = {}
    for line in text.splitlines():
        match = _LINE.match(_ASIDE.sub("", line).replace(" ", "").replace("　", "").strip())
        if match is None or not any(name in match[1] for name in FESTIVALS):
            continue  # the heading, the greeting, the signature
        for sentence in re.split("[。；;]", match[2]):
            _read_sentence(sentence, match[1], year, days)
    missing = [name for name in FESTIVALS if not any(name in day["name"] for day in days.values())]
    if missing:
        raise Refused(
            f"没有读到{'、'.join(missing)}的安排，请按通知原文逐行粘贴，例如“一、元旦：1月1日至3日放假，共3天。”"
        )
    return dict(sorted(days.items()))


def _read_sentence(sentence: str, name: str, year: int, days: dict[str, dict[str, Any]]) -> None:
    spans = list(_SPAN.finditer(sentence))
    if not spans or not ("放假" in sentence or "上班" in sentence):
        return
    works = "放假" not in sentence
    found = [day for span in spans for day in _days_of(span, year)]
    count = _COUNT.search(sentence)
    if not works and count is not None and int(count[1]) != len(found):
        raise Refused(f"{name}写的是{count[1]}天，读到的是{len(found)}天，请核对“{sentence}”")
    for day in found:
        if day.year != year:
            where = f"{cn_date(day)}不在{year}年"
            raise Refused(f"{where}，请从这里去掉，登记到{day.year}年的日历")
        known = days.get(day.isoformat())
        if known is not None and known["works"] != works:
            raise Refused(f"{cn_short(day)}又放假又上班，请核对")
        days[day.isoformat()] = {"works": works, "name": f"{name}调休" if works else name}


def _days_of(span: re.Match[str], year: int) -> list[date]:
    first_year, first_month, first_day, last_year, last_month, last_day = span.groups()
    first = _day(int(first_year or year), int(first_month), int(first_day))
    if last_day is None:
        return [first]
    last = _day(int(last_year or first.year), int(last_month or first_month), int(last_day))
    if not first <= last <= first + timedelta(days=30):
        raise Refused(f"“{span[0]}”的起止日期不对，请核对")
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Refused(f"没有{year}年{month}月{day}日这一天，请核对") from error
