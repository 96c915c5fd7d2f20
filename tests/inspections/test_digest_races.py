"""Two beats at once: each digest and each urgent message is ordered once, with one job."""

from __future__ import annotations

import pytest
from django.db import transaction

from inspections import digests
from shuangjian import clock
from shuangjian.accounts import channels
from shuangjian.journal import deliveries, doorbell, outbox
from shuangjian.journal.models import Delivery, Job
from tests.cast import NOVEMBER, Cast, assemble
from tests.parallel import at_once

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
ADDRESS = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=for-the-tests-alone"


@pytest.fixture
def county(monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(doorbell, "ring", lambda job_id, queue: True)
    cast = assemble()
    channels.create(actor=cast.system_admin, kind="mail", name="邮件")  # type: ignore[arg-type]
    channels.create(actor=cast.system_admin, kind="wecom", name="群", address=ADDRESS)  # type: ignore[arg-type]
    for name in ("clerk_a1", "clerk_b1", "leader"):
        person = cast.people[name]
        person.mail, person.wants_mail = f"{name}@example.gov.cn", True
        person.save()
    return cast


def ordered() -> tuple[int, int]:
    return Delivery.objects.count(), Job.objects.filter(kind=deliveries.JOB).count()


def test_two_sweeps_in_parallel_order_each_digest_once(county: Cast) -> None:
    with clock.at(NOVEMBER):
        assert sum(at_once(*[digests.sweep] * 3)) == 4
    assert ordered() == (4, 4)


def test_the_same_urgent_matter_told_by_two_at_once_leaves_once(county: Cast) -> None:
    def tell() -> None:
        with transaction.atomic():
            outbox.notify(
                recipients=[county.leader],
                kind="test",
                title="红线",
                dedupe_key="red line",
                subject=county.a1,  # type: ignore[arg-type]
                is_urgent=True,
            )

    with clock.at(NOVEMBER):
        assert at_once(tell, tell, tell) == [None, None, None]
    assert ordered() == (2, 2)  # to the group and to the leader
