"""待办 of everybody in a county in which every kind of record exists: nothing that waits is forgotten."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.access.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.overview]

# What somebody must find among others; who is not named here finds none of these words.
WAITING = {
    "核实数据疑点": {"task_force", "supervision", "inspector_a", "inspector_b"},
    "公开抽取": {"task_force", "supervision"},
    "确认角色申请": {"security_admin"},
    "核对后确认导入": {"task_force"},
    "填写登记档案": {"clerk_a1", "clerk_a2", "clerk_b1", "clerk_a3"},
    "答复填报疑问": {"task_force", "supervision"},
    "填报上报表": {"task_force"},
    "批准上报表": {"leader"},
    "确认岗位交接": {"clerk_a1", "head_a1", "clerk_b1", "head_b1"},
}


def test_every_duty_stands_on_its_desk_and_on_no_other(world: World, browsers: dict[str, Client]) -> None:
    found: dict[str, set[str]] = {what: set() for what in WAITING}
    for name, person in world.cast.people.items():
        if not person.roles:
            continue
        for group in browsers[name].get("/desk/").context["desk"].groups:
            for row in group.rows:
                if row.what in found:
                    found[row.what].add(name)
    assert found == WAITING
