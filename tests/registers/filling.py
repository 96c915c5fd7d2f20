"""Filling in registers: through the page as a browser would, or all of a unit's without a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.test import Client
from django.urls import reverse

from shuangjian.accounts.models import Organisation, User
from shuangjian.policy.selectors import current_term
from shuangjian.registers import definitions, records
from shuangjian.registers.models import Doubt, Entry
from shuangjian.registers.workflows import entries
from tests.fuzz.forms_of import GUARD, forms_of

Lines = Mapping[str, Mapping[str, Any]]  # answers by the key of their line


def edit_url(unit: Organisation, key: str) -> str:
    return reverse("register-edit", args=[unit.code, key])


def typed(**answers: Any) -> dict[str, Any]:
    """Answers by the names that they have in the form: ``l0__minutes`` for l0-minutes."""
    return {name.replace("__", "-"): value for name, value in answers.items()}


def opened(browser: Client, unit: Organisation, key: str, more: str = "") -> dict[str, Any]:
    """The form as it stands on its page, with its guard."""
    url = edit_url(unit, key) + more
    form = next(one for one in forms_of(url, browser.get(url).content.decode()) if "count" in one.fields)
    data: dict[str, Any] = {
        "_key": form.fields["_key"].values[0],
        "_version": form.fields["_version"].values[0],
    }
    for name, one in form.fields.items():
        if name not in GUARD and one.values and one.kind != "button":
            data[name] = one.values if one.kind == "checkbox" else one.values[0]
    return data


def fill_in(browser: Client, unit: Organisation, key: str, *, more: str = "", **answers: Any) -> Any:
    """Open the form, change what is named, send it with everything else as it stood."""
    data = opened(browser, unit, key, more) | typed(**answers)
    return browser.post(edit_url(unit, key) + more, data)


def state(unit: Organisation, key: str, actor: User, lines: Lines, explanation: str = "") -> Entry:
    """State a register by the workflow, in its kept form."""
    register = definitions.find(key)
    assert register is not None
    return entries.save(
        organisation_id=unit.pk,
        register=register,
        actor=actor,
        version=None,
        lines=[{"key": name, "answers": dict(answers)} for name, answers in lines.items()],
        explanation=explanation,
    )


def records_of(unit: Organisation) -> records.Records:
    fresh = Organisation.objects.select_related(*records.WITH_FACTS).get(pk=unit.pk)
    return records.load([fresh], current_term())[0]


def open_codes(unit: Organisation) -> set[str]:
    return set(Doubt.objects.open().filter(organisation=unit).values_list("code", flat=True))
