"""The codes of units: 学校标识码, 统一社会信用代码, or the county's own number for a unit without one.

Refuses to guess: a code that looks like an official one is held to the official form.
Source: GB 32100-2015, 法人和其他组织统一社会信用代码编码规则, 4 and annex (check character); practice.md P13.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 18
_SCHOOL = re.compile(r"[0-9]{10}")
_COUNTY = re.compile(r"[A-Z]{2,6}(?:-[0-9A-Z]{1,10}){1,3}")
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
_CREDIT = re.compile(rf"[{_CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}")
_WEIGHTS = [pow(3, place, 31) for place in range(17)]
_COUNTY_FORM = "还没有的填县内编号，字母开头、带短横，例如YX-S001"


def normalised(text: str) -> str:
    """As it is stored: half-width, capital, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def credit_check_character(body: str) -> str:
    """The 18th character of a 统一社会信用代码 whose first 17 are ``body``."""
    total = sum(_CREDIT_ALPHABET.index(sign) * weight for sign, weight in zip(body, _WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[-total % 31]


def is_county_code(code: str) -> bool:
    """The county's own number, for a unit that has no official code yet."""
    return len(code) <= LONGEST and bool(_COUNTY.fullmatch(code))


def fault_of_school_code(code: str) -> str:
    """What is wrong with a school's code and how to mend it; empty where nothing is."""
    if _SCHOOL.fullmatch(code) or is_county_code(code):
        return ""
    if code.isdigit() and code.isascii():
        return f"学校标识码是10位数字，现在是{len(code)}位，请核对"
    return f"学校标识码是10位数字；{_COUNTY_FORM}"


def fault_of_institution_code(code: str) -> str:
    """What is wrong with an institution's code and how to mend it; empty where nothing is."""
    if is_county_code(code):
        return ""
    if not (code.isascii() and code.isalnum()):
        return f"统一社会信用代码是18位数字和大写字母；{_COUNTY_FORM}"
    if len(code) != LONGEST:
        return f"统一社会信用代码是18位，现在是{len(code)}位，请核对"
    wrong = next((sign for sign in code if sign not in _CREDIT_ALPHABET), "")
    if wrong:
        return f"统一社会信用代码里没有字母{wrong}，请对照登记证书核对（常把数字0、1、2、5看成字母）"
    if not _CREDIT.fullmatch(code):
        return "统一社会信用代码的第3至8位是数字，请对照登记证书核对"
    if credit_check_character(code[:17]) != code[17]:
        return "统一社会信用代码的校验码（最后一位）不对，请对照登记证书核对"
    return ""
