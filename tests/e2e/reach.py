"""How far a walk over the portal comes: the pages that links lead to, then those that no link shows today.

The second kind is found by the table of tests/access: whatever it opens to the person is asked for with the
numbers and codes that his links showed under the same beginning (``/problems/2026-0071/`` lends its number to
``/problems/…/close-form/``), until one answers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, product
from urllib.parse import urlsplit

from django.urls import NoReverseMatch, Resolver404, get_resolver, resolve, reverse

from tests.access.access_table import TABLE, Row

# These are saved, leave, or speak to programs.
NOT_PAGES = {
    "file", "file-original", "report-word", "report-workbook", "paper-word", "import-template", "logout",
    "app-manifest", "offline-worker", "me-session", "upload", "sync-visit", "sync-visits", "burden-export",
    "return-workbook", "return-data", "look", "model-picture", "contribution-picture",
}  # fmt: skip
FOR_EVERYBODY = {
    "home", "rules", "rule", "help", "login", "activate", "offline", "phone", "outbox",
}  # fmt: skip # looked at once, by a visitor
IN_MANY_STATES = {"problem", "visit", "check", "report", "unit", "paper", "duty", "return", "draw", "lead"}
ENOUGH = 2  # of pages that look another way in another state
TRIES = 40  # numbers that a route is asked for with


def kind_of(address: str) -> str:
    """Which page of the portal it is, whatever record it shows; nothing for what is no page."""
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return ""
    if match.url_name in NOT_PAGES | FOR_EVERYBODY:
        return ""
    return _kind(str(match.url_name), match.kwargs)


def _kind(url_name: str, kwargs: dict[str, object]) -> str:
    details = "".join(str(kwargs.get(name, "")) for name in ("move", "kind"))
    return f"{url_name}:{details}"


class Ways:
    """The pages that a person's links lead to, one of each kind, a few of those with many states."""

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._met: Counter[str] = Counter()
        self._known: set[str] = set()
        self._lent: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)

    def begin(self, first: Iterable[str]) -> None:
        """Somebody of the same role sets out: what others have met is met, their numbers are not his."""
        self._waiting = list(first)
        self._lent.clear()

    def __iter__(self) -> Iterator[str]:
        while self._waiting:
            address = self._waiting.pop(0)
            kind = kind_of(address)
            most = ENOUGH if kind.partition(":")[0] in IN_MANY_STATES else 1
            if not kind or address in self._known or self._met[kind] >= most:
                continue
            self._met[kind] += 1
            self._known.add(address)
            yield address

    def note(self, links: Iterable[str]) -> None:
        """Take up the links of a page, and what numbers and codes stand in them."""
        for link in links:
            address = link.partition("#")[0]
            self._waiting.append(address)
            try:
                match = resolve(urlsplit(address).path)
            except Resolver404:
                continue
            beginning = match.route.partition("/")[0]
            for name, value in match.kwargs.items():
                self._lent[beginning, name].setdefault(str(value))

    def beyond(self, person: str, answers: Callable[[str], bool]) -> Iterator[str]:
        """The first address of each kind that is open to ``person`` and that no link led to."""
        for key, row in TABLE.items():
            url_name = key.partition(":")[0]
            if not _is_open(row, person) or url_name in NOT_PAGES | FOR_EVERYBODY:
                continue
            kind = _kind(url_name, row.more)
            if self._met[kind]:
                continue
            for address in islice(self._guesses(url_name, row), TRIES):
                if answers(address):
                    self._met[kind] += 1
                    yield address
                    break

    def _guesses(self, url_name: str, row: Row) -> Iterator[str]:
        possibility, *_ = get_resolver().reverse_dict.getlist(url_name)
        pattern, names = possibility[0][0]
        beginning = pattern.partition("/")[0]
        stated = {name: value for name, value in row.more.items() if name != "username"}  # of that world
        wanted = [name for name in names if name not in stated]
        lent = [list(self._lent[beginning, name]) for name in wanted]
        for values in product(*lent):
            try:
                yield reverse(url_name, kwargs={**stated, **dict(zip(wanted, values, strict=True))})
            except NoReverseMatch:
                continue

    def left(self, person: str) -> set[str]:
        """The routes open to the person of which no page was met."""
        met = {kind.partition(":")[0] for kind, count in self._met.items() if count}
        open_ones = {key.partition(":")[0] for key, row in TABLE.items() if _is_open(row, person)}
        return open_ones - met - NOT_PAGES - FOR_EVERYBODY


def _is_open(row: Row, person: str) -> bool:
    """What everybody may open, a visitor looks at."""
    return row.get is not None and person in row.get and "nobody" not in row.get and row.shows == 200
