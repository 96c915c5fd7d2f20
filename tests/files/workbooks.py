"""Workbooks made in code: honest ones, and such as no list of units may be."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import Workbook

Rows = Sequence[Sequence[Any]]


def workbook(**sheets: Rows) -> bytes:
    """A workbook with these sheets (name=rows)."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The same workbook with one part more, or another one in its place."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry.filename))
        new.writestr(name, content)
    return out.getvalue()


def plain() -> bytes:
    return workbook(学校=[["名称", "代码"], ["城关小学", "3152000001"]])


def _sheet_xml(body: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'.encode()


def _in_sheet(body: str) -> bytes:
    return with_part(plain(), "xl/worksheets/sheet1.xml", _sheet_xml(body))


def long_list(rows: int) -> bytes:
    return workbook(学校=[["名称", "代码"], *([f"第{at}小学", f"31{at:08d}"] for at in range(rows))])


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "hahahahaha">'
    b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    b"<worksheet><sheetData><row><c><v>&c;</v></c></row></sheetData></worksheet>"
)
# (name of the file, its bytes, words of the answer)
BAD_WORKBOOKS: list[tuple[str, Callable[[], bytes], str]] = [
    ("空的.xlsx", lambda: b"", "空文件"),
    ("文字.xlsx", lambda: "学校,代码".encode(), "不是Excel工作簿"),
    ("压缩包.xlsx", lambda: b"PK\x03\x04 no archive", "不是Excel工作簿"),
    ("旧格式.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "没有密码的.xlsx"),
    ("旧格式.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "另存为.xlsx"),
    ("名单.csv", lambda: "学校,代码".encode(), "另存为.xlsx"),
    ("名单.pdf", lambda: b"%PDF-1.7", "另存为.xlsx"),
    ("有宏.xlsm", plain, "带有宏"),
    ("藏着宏.xlsx", lambda: with_part(plain(), "xl/vbaProject.bin", b"x"), "带有宏"),
    ("链接.xlsx", lambda: with_part(plain(), "xl/externalLinks/link1.xml", b"<x/>"), "链接了其他文件"),
    ("炸弹.xlsx", lambda: with_part(plain(), "xl/media/zero.bin", b"\0" * (60 << 20)), "展开后太大"),
    ("许多.xlsx", lambda: _many_parts(), "展开后太大"),
    ("笑.xlsx", lambda: with_part(plain(), "xl/worksheets/sheet1.xml", LAUGHS), "打不开"),
    ("断了.xlsx", lambda: _in_sheet("<row>")[:-400], "不是Excel工作簿"),
    ("坏的.xlsx", lambda: with_part(plain(), "xl/worksheets/sheet1.xml", b"<worksheet><"), "打不开"),
    ("一万行.xlsx", lambda: long_list(10_000), "超过6000行"),
    ("很远.xlsx", lambda: _in_sheet('<row><c r="A1048576"><v>1</v></c></row>'), "超过6000行"),
    ("很宽.xlsx", lambda: _in_sheet('<row><c r="XFD1"><v>1</v></c></row>'), "超过60列"),
]  # fmt: skip


def _many_parts() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for at in range(1_200):
            archive.writestr(f"xl/media/{at}.txt", b"x")
        archive.writestr("xl/workbook.xml", b"<workbook/>")
    return out.getvalue()
