"""Pictures for the demo county, drawn by code: what one would photograph as proof, nobody on it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from shuangjian import typefaces
from shuangjian.dates import cn_date

SIZE = (1280, 960)
WALL, FLOOR = (222, 216, 203), (168, 156, 138)
WOOD, BOARD, CHALK = (139, 101, 61), (45, 84, 68), (240, 240, 228)
PAPER, INK, RED = (253, 252, 247), (38, 38, 42), (176, 32, 32)

Rows = Sequence[Sequence[str]]


def homework_board(title: str, head: Sequence[str], rows: Rows, on: date) -> bytes:
    """A homework notice board (作业公示栏) with its table."""
    picture, draw = _wall()
    draw.rectangle((110, 90, 1170, 800), fill=WOOD)
    draw.rectangle((138, 118, 1142, 772), fill=BOARD)
    draw.text((640, 165), title, font=_font(46), fill=CHALK, anchor="mm")
    _table(draw, (180, 215, 1100, 690), [head, *rows], CHALK, _font(30))
    draw.text((1100, 730), cn_date(on), font=_font(26), fill=CHALK, anchor="rm")
    return _taken(picture)


def notice(title: str, lines: Sequence[str], signed: str, on: date) -> bytes:
    """A sheet on a notice board: a rule, a timetable in words, a price list."""
    picture, draw = _wall()
    draw.rectangle((250, 40, 1030, 905), fill=WOOD)
    draw.rectangle((272, 62, 1008, 883), fill=(196, 178, 148))
    draw.rectangle((318, 102, 972, 852), fill=PAPER, outline=(208, 202, 190), width=2)
    draw.text((645, 165), title, font=_font(42), fill=RED, anchor="mm")
    for number, line in enumerate(lines):
        draw.text((360, 225 + number * 54), line, font=_font(28), fill=INK)
    draw.text((935, 765), signed, font=_font(28), fill=INK, anchor="rm")
    draw.text((935, 810), cn_date(on), font=_font(28), fill=INK, anchor="rm")
    for pin in ((340, 122), (950, 122)):
        draw.ellipse((pin[0] - 9, pin[1] - 9, pin[0] + 9, pin[1] + 9), fill=RED)
    return _taken(picture)


def register_book(title: str, head: Sequence[str], rows: Rows) -> bytes:
    """An open register on a desk."""
    picture = Image.new("RGB", SIZE, (122, 92, 64))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((85, 105, 1215, 885), fill=(84, 62, 44))
    draw.rectangle((70, 85, 1200, 865), fill=PAPER)
    draw.text((635, 145), title, font=_font(40), fill=INK, anchor="mm")
    _table(draw, (110, 200, 1160, 820), [head, *rows], INK, _font(28))
    return _taken(picture)


def signed_form(title: str, head: Sequence[str], rows: Rows, signed: str, sealed: str, on: date) -> bytes:
    """A filled-in form as a scanner gives it: a table, a signature, the unit's round seal over it."""
    picture = Image.new("RGB", (SIZE[1], SIZE[0]), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.text((480, 100), title, font=_font(34), fill=INK, anchor="mm")
    _table(draw, (70, 160, 890, 1010), [head, *rows], INK, _font(24))
    draw.text((560, 1090), signed, font=_font(26), fill=(40, 60, 130), anchor="lm")
    draw.text((560, 1150), cn_date(on), font=_font(26), fill=INK, anchor="lm")
    draw.ellipse((600, 1010, 800, 1210), outline=RED, width=5)
    draw.text((700, 1075), sealed, font=_font(20), fill=RED, anchor="mm")
    draw.text((700, 1125), "★", font=_font(48), fill=RED, anchor="mm")
    return _taken(picture)


def _wall() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", SIZE, WALL)
    draw = ImageDraw.Draw(picture)
    for y in range(0, 860):  # light from above
        shade = y * 26 // 860
        draw.line((0, y, SIZE[0], y), fill=tuple(part - shade for part in WALL))
    draw.rectangle((0, 860, SIZE[0], SIZE[1]), fill=FLOOR)
    return picture, draw


def _table(
    draw: ImageDraw.ImageDraw,
    box: tuple[int, int, int, int],
    rows: Rows,
    colour: tuple[int, int, int],
    font: ImageFont.FreeTypeFont,
) -> None:
    left, top, right, bottom = box
    height = min((bottom - top) / len(rows), 86)
    width = (right - left) / len(rows[0])
    for at in range(len(rows) + 1):
        draw.line((left, top + at * height, right, top + at * height), fill=colour, width=2)
    for at in range(len(rows[0]) + 1):
        draw.line((left + at * width, top, left + at * width, top + len(rows) * height), fill=colour, width=2)
    for line, row in enumerate(rows):
        for column, words in enumerate(row):
            middle = (left + (column + 0.5) * width, top + (line + 0.5) * height)
            draw.text(middle, words, font=font, fill=colour, anchor="mm")


def _font(size: int) -> ImageFont.FreeTypeFont:
    name = typefaces.FILES["Noto Sans CJK SC"]
    path = typefaces.find(name)
    if path is None:
        raise typefaces.FontsMissing(f"缺少字库文件{name}，请安装{typefaces.PACKAGES}")
    return ImageFont.truetype(str(path), size, index=_SIMPLIFIED)


_SIMPLIFIED = 2  # the face of the collection that holds the mainland's forms


def _taken(picture: Image.Image) -> bytes:
    """As a telephone would have sent it: made smaller, a little askew, a little soft."""
    sent = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.BOX)
    turned = sent.rotate(0.8, resample=Image.Resampling.BILINEAR, expand=False, fillcolor=WALL)
    cut = turned.crop((10, 10, sent.width - 10, sent.height - 10))
    soft = cut.filter(ImageFilter.GaussianBlur(0.7))
    out = io.BytesIO()
    soft.save(out, "JPEG", quality=80)
    return out.getvalue()
