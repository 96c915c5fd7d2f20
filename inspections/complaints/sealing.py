"""What is kept unreadable: contacts, sealed under a key outside the database; query codes, as digests."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from shuangjian.journal.errors import Refused

_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that reads like another
_CODE_SIGNS = 17  # 30 signs: 83 bits (reliability rule 18 asks for 80)


def _box() -> MultiFernet:
    """The first key seals, all of them open: a key is replaced by putting a new one in front."""
    keys = (hashlib.sha256(f"contacts\0{key}".encode()).digest() for key in settings.CONTACT_KEYS)
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])


def seal(name: str, phone: str) -> str:
    """The contact as it is stored."""
    return _box().encrypt(json.dumps([name, phone], ensure_ascii=False).encode()).decode()


def unseal(sealed: str) -> tuple[str, str]:
    """(name, phone). Raises Refused where none of the keys opens it."""
    try:
        name, phone = json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise Refused("联系方式打不开：平台的密钥和登记时不同，请告知系统管理员") from error
    return name, phone


def new_code() -> str:
    """A fresh query code, in groups for reading aloud. Shown once."""
    return shown("".join(secrets.choice(_SIGNS) for _ in range(_CODE_SIGNS)))


def shown(code: str) -> str:
    """A code in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def digest_of(no: str, code: str) -> str:
    """What is stored of a code: as it was typed, whatever its case, blanks and dashes."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(f"{no}\0{plain}".encode()).hexdigest()
