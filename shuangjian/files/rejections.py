"""What is said when a file is not taken, or cannot be had for the moment."""

from __future__ import annotations

from shuangjian.journal.errors import Refused


class Rejected(Refused):
    """The file is not taken; the message says why in Chinese and what to do instead."""


class StoreUnavailable(Refused):
    """The storage of the county does not answer; nothing was stored, or nothing can be shown now."""

    def __init__(self) -> None:
        super().__init__("平台的文件存储暂时连不上，请过一会儿再试；一直这样时请告知技术人员")
