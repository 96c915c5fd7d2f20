"""What the work is called: without a permission for 评比达标表彰 the words 评选 and 评比 stand nowhere.

Source: practice.md P27.
"""

from __future__ import annotations

from dataclasses import dataclass

from shuangjian.accounts.selectors import county


@dataclass(frozen=True)
class ModelWords:
    title: str  # of the work: 减负典型案例
    permit: str = ""  # the permission's number, printed wherever 评选 stands


def words_in_force() -> ModelWords:
    row = county()
    permit = row.award_permit_no if row else ""
    return ModelWords("减负典型评选", permit) if permit else ModelWords("减负典型案例")
