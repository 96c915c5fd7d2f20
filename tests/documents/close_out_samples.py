"""销号确认单 for the tests of their PDFs, not saved: a closed case with three pictures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from unittest.mock import patch
from zoneinfo import ZoneInfo

from inspections.models import CloseOutForm
from inspections.papers import close_out
from inspections.papers.close_out import CloseOutData, Opinion, ProofLine
from inspections.reports.data import dump
from tests.files import samples as pictures

PROOFS = tuple(
    ProofLine(caption, date(2026, 7, 3), f"{place}f3a91c4", place)
    for place, caption in enumerate(("已改正：编班公示.jpg", "已改正：新名册.jpg", "执行记录：任课表.jpg"), 1)
)
DATA = CloseOutData(
    number="销2026-0147",
    unit="云溪县第二初级中学（3136000219）",
    problem="2026-0139（政府督导）",
    rule="第3条 均衡编班配置师资",
    prohibition="严禁以任何名义设重点班、快慢班、实验班（红线）",
    rectifying="限期整改",
    notice="云教函〔2026〕15号，2026年5月15日",
    first_due="2026年7月10日（星期五）",
    extensions="无",
    measures=("1. 停止“实验班”名义（王某，5月18日）", "2. 重新均衡编班并公示（李某，7月3日）"),
    proofs=PROOFS,
    opinions=(
        Opinion("单位自评", "负责人（签名、盖章）", "已按要求完成整改，材料真实。", "唐宁，2026年7月6日"),
        Opinion("初核意见", "督学（签名）", "现场核查。核对6个班名册，与公示一致。", "周某，2026年7月8日"),
        Opinion("审批意见", "分管领导（签名）", "同意销号。", "陈志远，2026年7月9日"),
    ),
    result="同意销号",
    look_back="结果：　　　　　　　　签名：　　　　　　　日期：",
    portal="云溪县双减工作平台",
    printed_at=datetime(2026, 7, 9, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai")),
)


def form(data: CloseOutData = DATA) -> CloseOutForm:
    return CloseOutForm(data=dump(data), check_code="7K3M-Q0ZX")


def pdf(data: CloseOutData = DATA) -> bytes:
    """The form's PDF with its pictures, which no database keeps."""
    photos = {one.file: pictures.picture() for one in data.proofs if one.file is not None}
    with patch.object(close_out, "_pictures", lambda row: photos):
        return close_out.pdf_of(form(data))


def said_everywhere(words: str, text: str) -> CloseOutData:
    """A form with these words in every place that people fill, ``text`` where the most of it is written."""
    proofs = (replace(PROOFS[0], caption=words), replace(PROOFS[1], caption=words, file=None))
    opinions = (replace(DATA.opinions[0], words=words, by=words), *DATA.opinions[1:])
    return replace(
        DATA, unit=words, measures=tuple(text.split("\n")), proofs=proofs, opinions=opinions, extensions=words
    )
