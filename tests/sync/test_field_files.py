"""The backup of a phone is brought in by the same ways, and photos follow a visit that a phone ended."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from inspections.models import FindingPhoto, SyncOperation, Visit
from shuangjian import clock
from shuangjian.accounts.models import Membership
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.files.samples import picture
from tests.inspections.visiting import begun, planned
from tests.inspections.workflows.test_visit_photos import create, patch
from tests.registry import signed_in, text_of
from tests.sync.phones import Phone

pytestmark = [pytest.mark.onsite, pytest.mark.usefixtures("standing_policy", "policy")]


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> None:
    settings.EVIDENCE_ROOT = tmp_path / "files"


@pytest.fixture
def phone(cast: Cast) -> Phone:
    return Phone(cast.inspector_a)


def a_photo(visit: Visit, code: str = "R02-1", size: int = 40) -> dict[str, Any]:
    data = picture(size=(size, 40))
    return {
        "target": f"{visit.no}/{code}",
        "name": "现场.jpg",
        "sha256": hashlib.sha256(data).hexdigest(),
        "taken_at": "2026-11-16T08:30:00+08:00",
        "bytes": base64.b64encode(data).decode(),
    }


def exported(phone: Phone, shots: list[dict[str, Any]], **changed: Any) -> bytes:
    """The file as the phone writes it; ``changed`` afterwards by somebody's hand."""
    told: dict[str, Any] = {
        "format": "shuangjian-field-1",
        "device": str(phone.device_id),
        "user": phone.user.pk,
        "made_at": clock.now().isoformat(),
        "operations": phone.queue,
        "photos": shots,
    }
    plain = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return json.dumps({**told, "digest": hashlib.sha256(plain).hexdigest(), **changed}).encode()


def brought(client: Client, raw: bytes) -> str:
    upload = SimpleUploadedFile("备份.json", raw, content_type="application/json")
    answer = client.post("/sync/import/", {"file": upload})
    assert answer.status_code == 200
    return text_of(answer)


def test_the_office_brings_in_a_backup_in_its_authors_name(cast: Cast, phone: Phone) -> None:
    visit = planned(cast)
    phone.tap("start", visit)
    phone.fills(visit, "R02-1", value="problem", text="没有课表")
    phone.ends(visit)
    phone.confirms(visit)
    raw = exported(phone, [a_photo(visit), a_photo(visit, size=44)])
    page = brought(signed_in(cast.supervision), raw)
    assert "内容4步，照片2张" in page
    assert "已写入 6项" in page
    visit.refresh_from_db()
    assert (visit.state, visit.inspector_confirmed_by) == ("confirmed", cast.inspector_a)
    assert set(SyncOperation.objects.values_list("imported_by", flat=True)) == {cast.supervision.pk}
    stored = StoredFile.objects.first()
    assert stored is not None and stored.uploader == cast.inspector_a
    assert clock.local_day(stored.taken_at).isoformat() == "2026-11-16"
    entry = AuditEntry.objects.get(action="inspections.visit.end")
    assert entry.after["brought"]["imported_by"] == cast.supervision.pk
    again = brought(signed_in(cast.inspector_a), raw)
    assert "平台已有 6项" in again
    assert FindingPhoto.objects.count() == 2
    assert phone.sends()[0]["status"] == "duplicate", "the phone that comes back later"


def test_a_backup_goes_on_where_the_phone_broke_off(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    for code in ("R02-1", "R02-2", "R04-1"):
        phone.fills(visit, code, value="meets")
    phone.sends(phone.queue[:2])
    assert "平台已有 2项" in brought(phone.client, exported(phone, []))
    assert visit.findings.filter(value="meets").count() == 3


def test_who_lost_every_right_loses_no_word(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    phone.fills(visit, "R02-1", value="problem", text="没有课表")
    Membership.objects.filter(user=cast.inspector_a).update(to_on=clock.today() - timedelta(days=1))
    answer = phone.post("/sync/operations/", phone.body(phone.queue))
    assert answer.status_code == 403, "the phone keeps it"
    page = brought(signed_in(cast.supervision), exported(phone, [a_photo(visit)]))
    assert "未能写入 2项" in page
    assert "没有课表" in text_of(signed_in(cast.supervision).get("/sync/refused/"))


def test_nobody_brings_in_anothers_backup(cast: Cast, phone: Phone) -> None:
    phone.fills(begun(cast), "R02-1", value="meets")
    page = brought(signed_in(cast.inspector_b), exported(phone, []))
    assert "只有本人和督导室可以导入" in page
    assert SyncOperation.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [{"operations": []}, {"digest": "0" * 64}, {"digest": None}, {"device": "x"}, {"format": "other"},
     {"photos": [{}]}, {"photos": 7}],
    ids=str,
)  # fmt: skip
def test_a_backup_that_was_changed_is_refused(cast: Cast, phone: Phone, change: dict[str, Any]) -> None:
    phone.fills(begun(cast), "R02-1", value="meets")
    page = brought(signed_in(cast.supervision), exported(phone, [], **change))
    assert "重新导出" in page or "这不是督导手机导出的备份文件" in page
    assert SyncOperation.objects.count() == 0


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[]", b"x" * 100, b"[" * 99999])
def test_what_is_no_backup_is_refused(cast: Cast, raw: bytes) -> None:
    assert "请" in brought(signed_in(cast.supervision), raw)


# --- Photos that follow ------------------------------------------------------------


def sent_up(phone: Phone, visit: Visit, **told: str) -> Any:
    data = picture(size=(48, 40))
    answer = create(phone.client, visit, data, **told)
    return patch(phone.client, answer["Location"], data, 0) if answer.status_code == 201 else answer


def test_photos_follow_a_visit_that_the_phone_ended(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    phone.fills(visit, "R07-1", value="problem", text="张贴成绩", breaks_prohibition=True)
    phone.ends(visit)
    phone.confirms(visit)
    assert {one["status"] for one in phone.sends()} == {"applied"}, "a red line's photo is on its way"
    assert "照片还没有传到" in text_of(phone.client.get(f"/visits/{visit.no}/"))
    answer = sent_up(
        phone, visit, target=f"{visit.no}/R07-1", taken_at="2026-11-16T08:41:00+08:00", blurred="1"
    )
    assert answer.status_code == 204, answer.content
    assert "照片还没有传到" not in text_of(phone.client.get(f"/visits/{visit.no}/"))
    stored = FindingPhoto.objects.get().stored_file
    assert stored.is_blurred
    assert stored.taken_at.isoformat() == "2026-11-16T00:41:00+00:00"


@pytest.mark.parametrize("taken_at", ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "x", ""])
def test_a_time_that_cannot_be_is_not_kept(cast: Cast, phone: Phone, taken_at: str) -> None:
    assert sent_up(phone, begun(cast), taken_at=taken_at).status_code == 204
    assert StoredFile.objects.get().taken_at is None


def test_photos_come_too_late_after_a_week_and_after_an_end_at_the_office(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    phone.fills(visit, "R02-1", value="meets")
    phone.ends(visit)
    phone.sends()
    Visit.objects.filter(pk=visit.pk).update(ended_at=clock.now() - timedelta(days=8))
    assert sent_up(phone, visit).status_code == 409
    Visit.objects.filter(pk=visit.pk).update(ended_at=clock.now(), record_no="现2026-00-0001")
    assert sent_up(phone, visit).status_code == 409
    assert FindingPhoto.objects.count() == 0
