"""A workbook without the machine's time: the same content gives the same bytes, and one digest."""

from __future__ import annotations

import io
import re
import zipfile


def undated(made: bytes) -> bytes:
    """Without the moments that a table program writes into every file and beside every part of it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as given, zipfile.ZipFile(out, "w") as kept:
        for name in given.namelist():
            part = given.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>", b"", part)
            kept.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()
