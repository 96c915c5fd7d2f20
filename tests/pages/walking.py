"""Through the portal by its links, as one person, remembering what each page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from django.test import Client

_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"#][^"]*)"[^>]*>(.*?)</a>', re.S)
_GET_FORM = re.compile(r'<form\b([^>]*method="get"[^>]*)>(.*?)</form>', re.S)
_NUMBER = re.compile(r'(?:<i>|<span class="v(?: danger)?">)(\d+)(?:</i>|<span class="vh">|<small>)')


@dataclass(frozen=True)
class Link:
    """Where a link leads, and the number that stands in it, if one does."""

    url: str
    words: str
    number: int | None


@dataclass(frozen=True)
class Seen:
    """One page, as it was answered."""

    url: str
    answer: Any
    links: list[Link]


def links_of(url: str, html: str) -> list[Link]:
    """The links of a page that stay in the portal, whole addresses."""
    found = []
    for target, inside in _LINK.findall(html):
        address = urldefrag(urljoin(url, unescape(target)))[0]
        if urlsplit(address).netloc or not address.startswith("/") or address.startswith("/static/"):
            continue
        number = _NUMBER.search(inside)
        words = " ".join(re.sub(r"<[^>]+>", " ", inside).split())
        found.append(Link(address, words, int(number[1]) if number else None))
    return found


def walk(browser: Client, most: int) -> Iterator[Seen]:
    """The pages that a person's links lead to, nearest first, the same page filtered or turned once."""
    waiting, known = ["/desk/", "/", "/me/", "/help/", "/rules/"], set()
    while waiting and most:
        url = waiting.pop(0)
        address = urlsplit(url).path
        if address in known:
            continue
        known.add(address)
        most -= 1
        answer = browser.get(url, follow=True)
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        links = links_of(url, answer.content.decode()) if is_page else []
        waiting += [link.url for link in links]
        yield Seen(url, answer, links)


def length_of(answer: Any) -> int | None:
    """How many rows the list of a page holds, over all its pages; None for a page without a list."""
    context = answer.context or {}
    if "desk" in context:
        return int(context["desk"].count)
    if "page_obj" in context:
        return int(context["page_obj"].paginator.count)
    if "matrix" in context:
        return int(context["matrix"].page.paginator.count)
    return None


def asked_by(seen: Seen) -> Iterator[tuple[str, set[str]]]:
    """(address, names) for each form of a page that asks by its address: filters, sorting, selections."""
    if not seen.answer.headers.get("Content-Type", "").startswith("text/html"):
        return
    for attributes, inside in _GET_FORM.findall(seen.answer.content.decode()):
        names = set(re.findall(r'\bname="([^"]+)"', inside))
        for target in {*re.findall(r'\b(?:form)?action="([^"]*)"', attributes + inside), ""}:
            yield urlsplit(urljoin(seen.url, unescape(target))).path, names
