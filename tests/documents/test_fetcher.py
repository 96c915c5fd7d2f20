"""No way out of a page: every route by which HTML, CSS or SVG can name something, with every scheme."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from shuangjian import pdf

pytestmark = pytest.mark.documents

ROUTES = {
    "img": '<img src="{url}">',
    "img srcset": '<img srcset="{url} 1x" src="{url}">',
    "object": '<object data="{url}"></object>',
    "embed": '<embed src="{url}">',
    "stylesheet": '<link rel="stylesheet" href="{url}">',
    "import": '<style>@import url("{url}");</style>',
    "background": '<style>p {{ background-image: url("{url}") }}</style><p>甲</p>',
    "list": '<style>li {{ list-style-image: url("{url}") }}</style><ul><li>甲</li></ul>',
    "content": '<style>p::before {{ content: url("{url}") }}</style><p>甲</p>',
    "border": '<style>p {{ border: 1em solid; border-image-source: url("{url}") }}</style><p>甲</p>',
    "font": "<style>@font-face {{ font-family: x; src: url({url}) }} p {{ font-family: x }}</style><p>甲</p>",
    "attachment link": '<link rel="attachment" href="{url}">',
    "attachment anchor": '<a rel="attachment" href="{url}">甲</a>',
    "svg image": '<svg width="9" height="9"><image href="{url}" width="9" height="9"/></svg>',
    "svg use": '<svg width="9" height="9"><use href="{url}#a"/></svg>',
    "style attribute": '<p style="background: url({url})">甲</p>',
}
SCHEMES = ("http", "https", "ftp", "file", "data", "relative", "unknown")
# A plain link is printed as a link and fetched by nobody; a data: address carries its own bytes.
MARK = "fetched-7c1e"


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[int, list[str]]]:
    """A server that answers nobody and remembers everybody."""
    seen: list[str] = []
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    server.settimeout(0.2)
    stop = threading.Event()

    def accept() -> None:
        while not stop.is_set():
            try:
                connection, address = server.accept()
            except TimeoutError:
                continue
            seen.append(str(address))
            connection.close()

    thread = threading.Thread(target=accept)
    thread.start()
    yield server.getsockname()[1], seen
    stop.set()
    thread.join()
    server.close()


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "secret.css"
    path.write_text(f"p {{ content: '{MARK}' }}")
    return path


def address(scheme: str, port: int, secret: Path) -> str:
    return {
        "http": f"http://127.0.0.1:{port}/a.png",
        "https": f"https://127.0.0.1:{port}/a.png",
        "ftp": f"ftp://127.0.0.1:{port}/a.png",
        "file": secret.as_uri(),
        "data": f"data:text/css,p%7B%7D/*{MARK}*/",
        "relative": "a.png",
        "unknown": f"gopher://127.0.0.1:{port}/a",
    }[scheme]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("route", ROUTES)
def test_nothing_is_fetched(route: str, scheme: str, listener: tuple[int, list[str]], secret: Path) -> None:
    port, seen = listener
    body = ROUTES[route].format(url=address(scheme, port, secret))
    try:
        data = pdf.html_to_pdf(f'<!DOCTYPE html><html lang="zh-CN"><body>{body}<p>甲</p></body></html>')
    except pdf.CannotRender as refused:
        assert "不允许的资源" in str(refused)
    except ValueError as broken:  # the renderer's own word for an @import that leads nowhere
        assert scheme == "relative", broken
    else:
        # What the renderer never asked for (an unknown scheme, a relative name without a base) is left out.
        reader = PdfReader(BytesIO(data))
        assert not reader.attachments
        assert MARK not in "".join(page.extract_text() for page in reader.pages)
        assert MARK.encode() not in data
    assert seen == []


@pytest.mark.parametrize(
    "url",
    [
        "asset:../css/report.css",
        "asset:/etc/passwd",
        "asset:icon.svg/../../../settings.py",
        "asset:missing.png",
        "asset:icon.svg?x",
        "evidence:1",
        "evidence:../1",
    ],
)
def test_names_that_lead_elsewhere_are_refused(url: str) -> None:
    with pytest.raises(pdf.CannotRender):
        pdf.html_to_pdf(f'<html><body><img src="{url}"></body></html>')


def test_the_project_s_own_pictures_are_given() -> None:
    data = pdf.html_to_pdf('<html><body><img src="asset:icon.svg" width="90" height="90"></body></html>')
    assert data.startswith(b"%PDF")


def test_evidence_is_asked_of_the_caller_by_number() -> None:
    asked: list[int] = []

    def picture(number: int) -> tuple[bytes, str]:
        asked.append(number)
        return b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "image/svg+xml"

    pdf.html_to_pdf('<html><body><img src="evidence:31"></body></html>', evidence=picture)
    assert asked == [31]


def test_a_resolver_that_refuses_stops_the_page() -> None:
    def refuses(number: int) -> tuple[bytes, str]:
        raise pdf.CannotRender("这张图片不能放进报告")

    with pytest.raises(pdf.CannotRender, match="不能放进"):
        pdf.html_to_pdf('<html><body><img src="evidence:31"></body></html>', evidence=refuses)
