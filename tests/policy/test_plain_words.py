"""The rules for parents: plain words without figures, and counts of what is done that tell of nobody."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from shuangjian.policy.models import Rule
from shuangjian.policy.plain_words import in_public, plain_words

pytestmark = [pytest.mark.django_db, pytest.mark.public, pytest.mark.usefixtures("standing_policy")]

# Counts that say no more than the rule's own name does: grades, and an age of the portal's rules.
_COUNTED = re.compile(r"\d|[二三四五六七八九十百]+(?:分钟|小时|次|元|课时|个月)")


def test_every_rule_has_its_plain_words_and_none_of_them_states_a_figure() -> None:
    """Figures stand beside their document alone: the words here must not grow old with a limit."""
    for rule in Rule.objects.all():
        plain = plain_words(rule.code)
        assert plain is not None, rule.code
        assert not _COUNTED.search(plain.says + plain.do), rule.code
        assert plain.says.endswith("。") and plain.do.endswith("。")


def test_the_page_says_it_plainly_and_keeps_figure_and_document_together() -> None:
    page = Client().get("/rules/4/").content.decode()
    assert "书面作业有总量" in page and "家长可以做什么" in page
    figure = re.search(r"<b>不超过60分钟/天</b>.*?教基〔2018〕26号", page, re.S)
    assert figure and "少于5个" not in page.partition("本县在做什么")[0]
    assert len(page.encode()) < 60_000


@pytest.mark.parametrize(("count", "words"), [(0, "0个"), (1, "少于5个"), (4, "少于5个"), (5, "5个")])
def test_small_counts_are_not_told(count: int, words: str) -> None:
    assert in_public(count, "个") == words
