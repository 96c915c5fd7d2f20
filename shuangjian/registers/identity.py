"""What is compared between units unseen: keyed digests of persons, certificates, addresses (P18).

An identity number is never kept: its digest is made when it is typed in, and the number is forgotten. The key
is that of the audit trail's texts, which an installation never changes; a digest without it says nothing.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from datetime import date

from django.conf import settings

_NUMBER = re.compile(r"\d{17}[\dX]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_NO_PART = re.compile(r"[\s,，.。、；;:：()（）\-—_]+")


class BadIdentity(ValueError):
    """The text is no 身份证号; the message says how to write it."""


def identity_number(text: str) -> str:
    """A 身份证号 in its normal form (GB 11643-1999). Raises BadIdentity."""
    plain = _NO_PART.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not _NUMBER.fullmatch(plain):
        raise BadIdentity("身份证号是18位，最后一位可以是X，请核对")
    total = sum(int(digit) * weight for digit, weight in zip(plain, _WEIGHTS, strict=False))
    if _CHECK[total % 11] != plain[17]:
        raise BadIdentity("身份证号的校验位不对，请逐位核对")
    try:
        date(int(plain[6:10]), int(plain[10:12]), int(plain[12:14]))
    except ValueError as error:
        raise BadIdentity("身份证号里的出生日期不对，请核对") from error
    return plain


def digest_of(kind: str, text: str) -> str:
    """The keyed digest under which the same person, certificate or address is found again.

    Blanks, punctuation and full-width signs don't tell two of them apart.
    """
    plain = _NO_PART.sub("", unicodedata.normalize("NFKC", text)).upper()
    key = settings.AUDIT_SALT.encode()
    return hmac.new(key, f"registers {kind}\0{plain}".encode(), "sha256").hexdigest()
