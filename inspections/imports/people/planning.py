"""The dry run of the workbook of people. Writes nothing.

Whose account a row is about: the one that it names; else the person of this name who has, or is to have, a
post at the unit; else a new one. A file adds people and posts and corrects a phone number; a name, a post or
its dates are changed on the person's page alone. A blank cell leaves what is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from inspections.imports.people.columns import SHEET
from inspections.imports.plans import CHANGE, CREATE, KEEP, Plan, PlannedRow, Progress, made_of
from inspections.imports.reading import ReadRow, read_book
from inspections.imports.sheets import fault_of_title
from shuangjian import clock, field_words
from shuangjian.accounts import grants
from shuangjian.accounts.forms_people import AccountForm, NewAccountForm
from shuangjian.accounts.models import GrantRequest, Membership, Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.unit_accounts import username_for
from shuangjian.dates import cn_date


@dataclass(frozen=True)
class Post:
    """A role that would be asked for. ``from_on`` None: from the day of the import on."""

    organisation: Organisation
    role: str
    title: str
    from_on: date | None
    to_on: date | None

    @property
    def in_words(self) -> str:
        begins = f"{cn_date(self.from_on)}起" if self.from_on else "即日起"
        ends = f"至{cn_date(self.to_on)}" if self.to_on else ""
        told = (self.organisation.name, Role(self.role).label, self.title, begins + ends)
        return "，".join(filter(None, told))


@dataclass
class PlannedPerson(PlannedRow):
    """What would become of one account: opened, its phone corrected, roles asked for."""

    account: User | None = None
    phone: str | None = None  # to be written; None leaves what is known
    posts: list[Post] = field(default_factory=list)

    @property
    def url(self) -> str:
        return reverse("user", args=[self.account.username]) if self.account is not None else ""


class _NewAccount(NewAccountForm):
    """Of a row; taken names are the planner's, who knows the whole file."""

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"])


class _Known:
    """Accounts with their posts and units, read once: four queries whatever the size of the file."""

    def __init__(self) -> None:
        today = clock.today()
        posts = Prefetch("memberships", Membership.objects.select_related("organisation"))
        asked = Prefetch("grant_requests", GrantRequest.objects.open(), to_attr="asked_for")
        people = User.objects.prefetch_related(posts, asked)
        self.accounts = {one.username: one for one in people}
        self.at_unit: dict[tuple[str, int], list[User]] = defaultdict(list)
        for one in self.accounts.values():
            held = [post for post in one.memberships.all() if post.to_on is None or post.to_on >= today]
            one.known_posts = [*held, *one.asked_for]  # type: ignore[attr-defined]
            for unit_id in {post.organisation_id for post in one.known_posts}:  # type: ignore[attr-defined]
                self.at_unit[one.name, unit_id].append(one)
        self.units = {unit.code: unit for unit in Organisation.objects.select_related("filer")}


@dataclass
class _Person:
    """Rows about one person, in the order of the file."""

    account: User | None
    rows: list[ReadRow] = field(default_factory=list)
    units: set[int] = field(default_factory=set)
    phone: str = ""
    username: str = ""


def plan_of(sheets: list[dict[str, Any]], progress: Progress) -> Plan:
    """What the workbook would do to the accounts as they stand now."""
    book = read_book(sheets, [SHEET])
    fault = fault_of_title(book.titles, SHEET)
    if fault:
        book.blame(SHEET.name, "A1", fault)
    book.keep(_is_filled_in)
    planned = _Planner(_Known(), progress).people(book.rows)
    return made_of(book, planned, [SHEET])


def _is_filled_in(row: ReadRow) -> bool:
    """The template offers every unit a row for each post: those without a person are no rows."""
    return bool(row.blamed) or any(name in row.values for name in ("name", "phone", "username"))


class _Planner:
    """One pass over the rows; faults are noted on the rows themselves."""

    def __init__(self, known: _Known, progress: Progress) -> None:
        self.known, self.progress = known, progress
        self.found: dict[str, _Person] = {}  # by account
        self.new: dict[str, list[_Person]] = defaultdict(list)  # by name

    def people(self, rows: list[ReadRow]) -> list[PlannedPerson]:
        people: dict[int, _Person] = {}
        for row in rows:
            person = self._whose(row)
            if person is not None:
                person.rows.append(row)
                people[id(person)] = person
        taken = {*self.known.accounts, *(one.username for one in people.values())}
        planned = []
        for at, person in enumerate(people.values()):
            self.progress("核对", at, len(people))
            made = self._plan(person, taken)
            if made is not None:
                planned.append(made)
        return planned

    # --- Whose row it is -------------------------------------------------------
    def _whose(self, row: ReadRow) -> _Person | None:
        """The person that the row is about; None where the row does not tell."""
        values = row.values
        values["username"] = str(values.get("username", "")).lower()
        for name in ("name", "code", "role"):
            if not values.get(name) and name not in row.blamed:
                row.blame(name, f"请填写{SHEET.column(name).heading}")
        unit = self.known.units.get(values.get("code", ""))
        if unit is None and values.get("code"):
            row.blame("code", f"平台里没有代码为{values['code'][:20]}的单位，请核对")
        self._check_form(row)
        if row.faults or unit is None:
            return None
        values["unit"] = unit
        if values["username"]:
            return self._named(row, values["username"])
        same = self.known.at_unit.get((values["name"], unit.pk), [])
        if len(same) > 1:
            names = "、".join(one.username for one in same)
            row.blame("username", f"{unit.name}有{len(same)}个“{values['name']}”，请写明账号：{names}")
            return None
        return self._known_person(same[0]) if same else self._new_person(row, unit)

    def _check_form(self, row: ReadRow) -> None:
        """Ask the form in which the same would be filled in by hand."""
        data = {name: row.values.get(name, "") for name in ("name", "phone", "username")}
        form = _NewAccount(data) if data["username"] else AccountForm(data)
        for name in form.errors:
            if name not in row.blamed:
                row.blame(name, str(field_words.errors_of(form[name])[0]))

    def _named(self, row: ReadRow, username: str) -> _Person | None:
        account = self.known.accounts.get(username)
        before = self.found.get(username)
        name = account.name if account else before.rows[0].values["name"] if before else row.values["name"]
        if name != row.values["name"]:
            row.blame("username", f"账号“{username}”是{name}的，换了人请另用一个账号")
            return None
        if account is not None:
            return self._known_person(account)
        return self.found.setdefault(username, _Person(None, username=username))

    def _known_person(self, account: User) -> _Person:
        return self.found.setdefault(account.username, _Person(account, username=account.username))

    def _new_person(self, row: ReadRow, unit: Organisation) -> _Person:
        """Of the same name in one file: one person at one unit or with one phone, else another one."""
        phone = row.values.get("phone", "")
        for person in self.new[row.values["name"]]:
            differs = phone and person.phone and phone != person.phone
            if not differs and (unit.pk in person.units or (phone and phone == person.phone)):
                break
        else:
            person = _Person(None)
            self.new[row.values["name"]].append(person)
        person.units.add(unit.pk)
        person.phone = person.phone or phone
        return person

    # --- What would become of him ----------------------------------------------
    def _plan(self, person: _Person, taken: set[str]) -> PlannedPerson | None:
        posts = self._posts(person)
        phones = dict.fromkeys(row.values["phone"] for row in person.rows if row.values.get("phone"))
        if len(phones) > 1:
            person.rows[-1].blame("phone", "同一个人在本文件里有两个手机号，请改成一个")
        if any(row.faults for row in person.rows):
            return None
        first, account = person.rows[0], person.account
        roles = [row.values["role"] for row in person.rows]
        planned = PlannedPerson(
            sheet=first.sheet.name,
            number=first.number,
            key=person.username or username_for(first.values["unit"], roles, taken),
            name=first.values["name"],
            action=CREATE,
            organisation=first.values["unit"],
            account=account,
            version=account.version if account is not None else None,
            posts=posts,
            lines=[post.in_words for post in posts],
        )
        phone = next(iter(phones), "")
        if phone and (account is None or account.phone != phone):
            planned.phone = phone
            before = f"{account.phone} → " if account is not None and account.phone else ""
            planned.lines.append(f"手机号：{before}{phone}")
        if account is not None:
            planned.action = CHANGE if planned.lines else KEEP
        return planned

    def _posts(self, person: _Person) -> list[Post]:
        """The roles that nobody has asked for yet."""
        known: Iterable[Any] = person.account.known_posts if person.account is not None else ()  # type: ignore[attr-defined]
        held = {(post.organisation_id, post.role): post for post in known}
        seen: dict[tuple[int, str], ReadRow] = {}
        found = []
        for row in person.rows:
            unit, values = row.values["unit"], row.values
            before = seen.setdefault((unit.pk, values["role"]), row)
            if before is not row:
                row.blame("role", f"与第{before.number}行是同一个人的同一个岗位，请留一行")
            elif (unit.pk, values["role"]) in held:
                self._compare(row, held[unit.pk, values["role"]])
            else:
                days = values.get("from_on"), values.get("to_on")
                post = Post(unit, values["role"], values.get("title", ""), *days)
                self._check_post(row, person.account, post)
                found.append(post)
        return found

    def _compare(self, row: ReadRow, post: Membership | GrantRequest) -> None:
        """A post is never edited: a row that tells it otherwise is mended or the post asked for anew."""
        for name in ("title", "from_on", "to_on"):
            if row.values.get(name, "") not in ("", getattr(post, name)):
                row.blame(name, "与平台里的不同：在任岗位的职务和日期不能用表格改，请在人员页收回后重新申请")

    def _check_post(self, row: ReadRow, account: User | None, post: Post) -> None:
        if len(post.title) > 30:
            row.blame("title", f"职务最多30字，现在是{len(post.title)}字，请删减")
        fault = grants.fault_of_post(role=post.role, organisation=post.organisation)
        fault = fault or (grants.fault_of_holder(account, post.role, post.organisation) if account else "")
        if fault:
            row.blame("role", fault)
        fault = grants.fault_of_dates(post.from_on or clock.today(), post.to_on)
        if fault:
            row.blame("to_on" if fault.startswith("结束") else "from_on", fault)
