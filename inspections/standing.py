"""固定文字: which standing sentences each kind of paper has, with which placeholders, how they are filled.

A kind of paper registers its slots here once; the versions are rows of ``StandingText``, a paper keeps the
words that were in force when it was drafted. Pure: no query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LONGEST = 1000  # characters of one standing text
_PLACE = re.compile(r"[{｛]([^{}｛｝]*)[}｝]")
_BRACE = re.compile(r"[{}｛｝]")


@dataclass(frozen=True)
class Slot:
    """One standing text of a paper: ``words`` are the portal's own until the bureau writes the first
    version; ``needs`` are placeholders that must stand in it."""

    title: str
    hint: str
    words: str = ""
    needs: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True)
class Paper:
    """A kind of paper: its slots in the order of print, and an example of each placeholder's value."""

    title: str
    slots: Mapping[str, Slot]
    examples: Mapping[str, str]


PAPERS: dict[str, Paper] = {}


def register(kind: str, paper: Paper) -> None:
    """Give ``kind`` (as it stands in ``StandingText.kind``) its slots; registering again replaces them."""
    PAPERS[kind] = paper


def faults(kind: str, key: str, text: str) -> list[str]:
    """What keeps ``text`` from being saved, one sentence each: an empty text, unknown or broken
    placeholders, one that is missing."""
    paper = PAPERS[kind]
    slot = paper.slots[key]
    found = []
    if slot.is_required and not text.strip():
        found.append("请填写文字")
    names = [name.strip() for name in _PLACE.findall(text)]
    for name in dict.fromkeys(names):
        if name not in paper.examples:
            known = "、".join(f"{{{one}}}" for one in paper.examples)
            found.append(f"没有“{{{name}}}”这个占位，可以用：{known}")
    if _BRACE.search(_PLACE.sub("", text)):
        found.append("花括号没有成对，请核对占位")
    if text.strip():
        found += [f"缺少占位“{{{name}}}”" for name in slot.needs if name not in names]
    return found


def filled(text: str, values: Mapping[str, str]) -> list[str]:
    """The paragraphs of a standing text with their placeholders' values.

    A paragraph one of whose placeholders has no value (no telephone is set) is left out: better no sentence
    than one with a hole.
    """
    lines = []
    for line in text.splitlines():
        names = [name.strip() for name in _PLACE.findall(line)]
        if line.strip() and all(values.get(name) for name in names):
            lines.append(_PLACE.sub(lambda found: values[found[1].strip()], line).strip())
    return lines


def own_words(kind: str) -> dict[str, str]:
    """The portal's own words of every slot."""
    return {key: slot.words for key, slot in PAPERS[kind].slots.items()}


class Standing:
    """The standing texts of one paper, ready to be asked for by slot."""

    def __init__(self, kind: str, texts: Mapping[str, str], values: Mapping[str, str]) -> None:
        self._texts = {**own_words(kind), **texts}
        self._values = values

    def paragraphs(self, key: str) -> list[str]:
        """The slot's paragraphs, filled; empty where nothing is to be printed."""
        return filled(self._texts[key], self._values)

    def phrase(self, key: str) -> str:
        """The slot's text on one line, filled, without a closing mark, so that a sentence can go on."""
        return "".join(self.paragraphs(key)).rstrip("，。；、")


def placeholders(names: Iterable[str]) -> str:
    """{单位}、{学期}, for a hint."""
    return "、".join(f"{{{name}}}" for name in names)


# --- The supervision reports ------------------------------------------------------------------------------
_REPORT_WORDS = {
    "县": "某县",
    "单位": "某小学",
    "学期": "2026年秋季学期",
    "督导机构": "某县人民政府教育督导委员会办公室",
    "开始日期": "2026年9月1日",
    "截止日期": "2026年11月16日",
    "联系电话": "0000-6120000",
}
_BASIS = Slot(
    "依据",
    "印在正文第一句前，不写句末标点",
    "根据《教育督导条例》和《中小学生减负措施》（减负三十条）",
    is_required=True,
)
_DEMANDS = Slot("统一要求", "印在建议之后，一段一行；没有可不写")

register(
    "county_report",
    Paper(
        "全县督导报告",
        {
            "basis": _BASIS,
            "opening": Slot(
                "开头",
                "接在依据之后；督导人员、方式、覆盖面和数据截止日期由平台接着写",
                "{督导机构}于{开始日期}至{截止日期}，组织开展{学期}“双减”工作督导。",
                needs=("学期",),
                is_required=True,
            ),
            "demands": _DEMANDS,
            "closing": Slot("结尾", "印在正文最后，如“特此报告。”；没有可不写"),
        },
        {name: words for name, words in _REPORT_WORDS.items() if name != "单位"},
    ),
)
register(
    "unit_report",
    Paper(
        "单位督导报告",
        {
            "basis": _BASIS,
            "opening": Slot(
                "开头",
                "接在依据之后；督导次数、自查情况和数据截止日期由平台接着写",
                "{督导机构}于{开始日期}至{截止日期}对你单位（{单位类别}，代码{单位代码}）"
                "开展{学期}“双减”工作督导。",
                needs=("学期",),
                is_required=True,
            ),
            "demands": _DEMANDS,
            "closing": Slot(
                "结尾",
                "印在正文最后；占位没有内容时，那一段不印",
                "对本报告认定的事实有异议的，可在收到后5个工作日内书面提出，联系电话{联系电话}。",
            ),
        },
        {**_REPORT_WORDS, "单位类别": "小学", "单位代码": "3100000001"},
    ),
)
