"""Rows in bulk: a few units, the same every time, kept right, and pages that open on them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client, override_settings

from inspections.demo import bulk
from inspections.models import Answer, Problem, RectificationTask, SelfCheck
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.policy.models import Rulebook
from shuangjian.policy.workflows import loading

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_units_in_bulk_keep_what_the_counts_rest_on(client: Client, tmp_path: Any) -> None:
    if not Rulebook.objects.exists():
        loading.load(start_year=2026)
    with override_settings(DEMO_MODE=True, VAR_DIR=str(tmp_path)):
        counts = bulk.fill(30)
        assert counts["单位"] == 30
        own = SelfCheck.objects.filter(round__title__contains="全省", submission_count=1)
        faults = Answer.objects.filter(self_check__in=own, value__in=["partly", "fails"])
        assert faults.count() == Problem.objects.filter(source_answer__in=faults).count() > 500
        assert not Problem.objects.filter(source_answer__in=faults).exclude(
            pk__in=RectificationTask.objects.values("problem")
        )
        call_command("verify_aggregates")
        with clock.at(clock.now()):
            client.force_login(
                User.objects.get(username="zhuanban"), backend="django.contrib.auth.backends.ModelBackend"
            )
            assert client.get("/board/table/").status_code == 200
