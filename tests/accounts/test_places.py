"""乡镇、责任区、科室: a county enters its own before it has units; a unit goes from one area to another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts import places
from shuangjian.accounts.models import Membership, Organisation
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.registry import signed_in, submit, text_of


@pytest.fixture
def force(cast: Cast) -> Client:
    return signed_in(cast.people["task_force"])


@pytest.mark.parametrize(
    ("kind", "code"), [("township", "YX00-T01"), ("area", "YX00-Q01"), ("office", "YX00-K01")]
)
def test_each_kind_is_entered_with_the_next_code(force: Client, kind: str, code: str) -> None:
    here = reverse("place-new", args=[kind])
    assert submit(force, here, {"name": "河口"}).status_code == 302
    assert Organisation.objects.get(name="河口", kind=kind).code == code
    assert "已经有“河口”" in text_of(submit(force, here, {"name": "河口"}))
    submit(force, here, {"name": "河东"})
    assert Organisation.objects.get(name="河东").code == code[:-1] + "2"
    assert "河口" in text_of(force.get(reverse("places")))


def test_a_name_is_changed_and_the_rest_stays(cast: Cast, force: Client) -> None:
    area = cast.units["area_a"]
    here = reverse("place-rename", args=[area.pk])
    assert submit(force, here, {"name": "城关责任区"}, version=area.version).status_code == 302
    area.refresh_from_db()
    assert (area.name, area.code) == ("城关责任区", "YX-Q01")
    assert submit(force, here, {"name": "别的"}, version=area.version - 1).status_code == 409


def test_what_is_in_use_is_not_closed(cast: Cast, force: Client) -> None:
    area = cast.units["area_b"]
    here = reverse("place-close", args=[area.pk])
    data = {"document_no": "云教〔2026〕30号"}
    assert "还有1个单位" in text_of(submit(force, here, data, version=area.version))
    places.move_units(area_id=cast.units["area_a"].pk, unit_ids=[cast.units["b1"].pk], actor=cast.task_force)
    assert "还有人任职" in text_of(submit(force, here, data, version=area.version))
    Membership.objects.filter(organisation=area).update(to_on=clock.today() - timedelta(days=1))
    assert submit(force, here, data, version=area.version).status_code == 302
    area.refresh_from_db()
    assert (area.status, area.closing_document) == ("closed", "云教〔2026〕30号")
    force.get(reverse("places"))  # says once that it was closed
    assert area.name not in text_of(force.get(reverse("places")))


def test_units_go_to_another_area_and_its_inspector_sees_them_at_once(cast: Cast, force: Client) -> None:
    page = reverse("unit", args=[cast.units["b1"].code])
    assert signed_in(cast.people["inspector_a"]).get(page).status_code == 404
    area = cast.units["area_a"]
    sent = submit(force, reverse("zone-move", args=[area.pk]), {"units": [cast.units["b1"].pk]})
    assert sent.status_code == 302, text_of(sent)
    assert signed_in(cast.people["inspector_a"]).get(page).status_code == 200
    assert signed_in(cast.people["inspector_b"]).get(page).status_code == 404
    assert "第二中学" in text_of(force.get(reverse("zone", args=[area.pk])))
    assert AuditEntry.objects.get(action="accounts.place.units_moved").organisation_id == cast.units["b1"].pk


def test_nobody_else_and_nothing_else(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        places.open_place(kind="township", name="河口", actor=cast.supervision)
    with pytest.raises(Refused, match="只改乡镇"):
        places.rename_place(place_id=cast.a1.pk, name="别的", actor=cast.task_force, version=None)
    with pytest.raises(Refused, match="请选择在用的责任区"):
        places.move_units(area_id=cast.units["town"].pk, unit_ids=[], actor=cast.task_force)
