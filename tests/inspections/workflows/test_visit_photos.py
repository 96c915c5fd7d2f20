"""Photos in pieces, by the text of tus 1.0.0: each photo once, wherever the line or the server breaks."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inspections.models import FindingPhoto, Visit
from shuangjian import clock
from shuangjian.files import blobs, resumable, services, tasks
from shuangjian.files.models import ResumableUpload, StoredFile
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.files.samples import bomb, phone_photo, picture
from tests.inspections.workflows.test_visits import begun, planned

pytestmark = [pytest.mark.onsite, pytest.mark.usefixtures("standing_policy", "policy")]

TUS = {"Tus-Resumable": "1.0.0"}
BODY = "application/offset+octet-stream"
PHOTO = phone_photo()
CODE = "R02-1"


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def metadata(**changed: str) -> str:
    about = {"filename": "现场.jpg", "purpose": "visit-photo", "sha256": hashlib.sha256(PHOTO).hexdigest()}
    return ",".join(f"{key} {coded(value)}" for key, value in {**about, **changed}.items())


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> Path:
    settings.EVIDENCE_ROOT = tmp_path / "files"
    return settings.EVIDENCE_ROOT


@pytest.fixture
def visit(cast: Cast) -> Visit:
    """Under way at school A1, by the inspector of its area."""
    return begun(cast)


@pytest.fixture
def phone(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.inspector_a, backend="django.contrib.auth.backends.ModelBackend")
    return client


def create(phone: Client, visit: Visit, data: bytes = PHOTO, **changed: str) -> Any:
    told = {"target": f"{visit.no}/{CODE}", "sha256": hashlib.sha256(data).hexdigest(), **changed}
    headers = {**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": metadata(**told)}
    return phone.post(reverse("uploads"), headers=headers)


@pytest.fixture
def place(phone: Client, visit: Visit) -> str:
    """The address of a new upload of PHOTO."""
    answer = create(phone, visit)
    assert answer.status_code == 201, answer.content
    return answer["Location"]


def patch(phone: Client, place: str, data: bytes, offset: int, **headers: str) -> Any:
    told = {**TUS, "Upload-Offset": str(offset), **headers}
    # The test client names no kind for a body without bytes; a browser does.
    return phone.generic("PATCH", place, data, BODY, headers=told, CONTENT_TYPE=BODY)


def offset(phone: Client, place: str) -> int:
    answer = phone.head(place, headers=TUS)
    assert answer.status_code == 200
    return int(answer["Upload-Offset"])


def checksum(data: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


def photos(visit: Visit) -> int:
    return FindingPhoto.objects.filter(finding__visit=visit, finding__item__code=CODE).count()


def in_parts(store: Any) -> list[str]:
    return [path.name for path in (store / "parts").glob("*")]


# --- The protocol ---
def test_the_server_says_what_it_can(phone):
    answer = phone.options(reverse("uploads"))
    assert answer.status_code == 204
    assert answer["Tus-Version"] == answer["Tus-Resumable"] == "1.0.0"
    assert answer["Tus-Extension"].split(",") == ["creation", "expiration", "checksum", "termination"]
    assert int(answer["Tus-Max-Size"]) == 10 * 1024 * 1024
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"


@pytest.mark.parametrize("version", [None, "0.2.2", "2.0.0"])
@pytest.mark.parametrize("method", ["POST", "HEAD", "PATCH", "DELETE"])
def test_another_version_is_refused_with_ours_named(phone, place, method, version):
    address = reverse("uploads") if method == "POST" else place
    headers = {"Upload-Offset": "0", **({"Tus-Resumable": version} if version else {})}
    answer = phone.generic(method, address, b"x", BODY, headers=headers)
    assert answer.status_code == 412
    assert answer["Tus-Version"] == "1.0.0"
    assert offset(phone, place) == 0


def test_a_creation_says_where_and_until_when(phone, visit):
    answer = create(phone, visit)
    row = ResumableUpload.objects.get()
    assert answer["Location"] == reverse("upload", args=[row.pk])
    assert answer["Tus-Resumable"] == "1.0.0"
    assert answer["Upload-Expires"].endswith("GMT")
    head = phone.head(answer["Location"], headers=TUS)
    assert (head["Upload-Offset"], head["Upload-Length"]) == ("0", str(len(PHOTO)))
    assert "no-store" in head["Cache-Control"]


def test_pieces_add_up_and_the_photo_stands_with_its_item(phone, visit, place, store):
    for start in range(0, len(PHOTO), 700):
        answer = patch(phone, place, PHOTO[start : start + 700], start)
        assert answer.status_code == 204, answer.content
        assert int(answer["Upload-Offset"]) == min(start + 700, len(PHOTO))
    assert photos(visit) == 1
    stored = StoredFile.objects.get()
    assert stored.original_sha256 == hashlib.sha256(PHOTO).hexdigest()
    assert stored.original_name == "现场.jpg"
    assert in_parts(store) == []
    said = phone.get(place).json()
    assert said == {
        "offset": len(PHOTO), "length": len(PHOTO), "sha256": stored.original_sha256, "stored": True
    }  # fmt: skip
    entry = AuditEntry.objects.latest("seq")
    assert entry.action == "inspections.visit.photos_added"


@pytest.mark.parametrize("wrong", [-1, 1])
def test_another_offset_than_what_is_here_is_a_conflict_and_writes_nothing(phone, place, wrong):
    patch(phone, place, PHOTO[:100], 0)
    assert patch(phone, place, PHOTO[100:200], 100 + wrong).status_code == 409
    assert offset(phone, place) == 100


def test_a_piece_of_another_kind_is_refused(phone, place):
    headers = {**TUS, "Upload-Offset": "0"}
    assert phone.generic("PATCH", place, PHOTO, "image/jpeg", headers=headers).status_code == 415
    assert offset(phone, place) == 0


def test_more_than_was_announced_is_refused(phone, place):
    assert patch(phone, place, PHOTO + b"x", 0).status_code == 400
    assert offset(phone, place) == 0


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_that_changed_on_the_way_is_thrown_away(phone, place, algorithm):
    patch(phone, place, PHOTO[:100], 0, **{"Upload-Checksum": checksum(PHOTO[:100], algorithm)})
    bad = patch(phone, place, b"y" * 100, 100, **{"Upload-Checksum": checksum(PHOTO[100:200], algorithm)})
    assert bad.status_code == 460
    assert offset(phone, place) == 100


@pytest.mark.parametrize("told", ["md5 AAAA", "sha256 AAAA", "sha256", "sha256 ###"])
def test_a_checksum_that_means_nothing_is_refused(phone, place, told):
    assert patch(phone, place, PHOTO[:100], 0, **{"Upload-Checksum": told}).status_code == 400
    assert offset(phone, place) == 0


def test_a_whole_that_is_not_what_was_announced_comes_again(phone, visit):
    place = create(phone, visit, sha256=hashlib.sha256(b"other").hexdigest())["Location"]
    assert patch(phone, place, PHOTO, 0).status_code == 460
    assert offset(phone, place) == 0
    assert StoredFile.objects.count() == 0


def test_giving_up_forgets_all(phone, place, store):
    patch(phone, place, PHOTO[:100], 0)
    assert phone.delete(place, headers=TUS).status_code == 204
    assert phone.head(place, headers=TUS).status_code == 404
    assert in_parts(store) == []


def test_what_was_handed_over_cannot_be_given_up(phone, visit, place):
    patch(phone, place, PHOTO, 0)
    assert phone.delete(place, headers=TUS).status_code == 409
    assert photos(visit) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Length": "x"}, 400),
        ({"Upload-Length": ""}, 400),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": str(10 * 1024 * 1024 + 1)}, 413),
        ({"Upload-Metadata": ""}, 400),
        ({"Upload-Metadata": "filename ###"}, 400),
        ({"Upload-Metadata": metadata(sha256="x")}, 400),
        ({"Upload-Metadata": metadata(target="V\x00")}, 400),
        ({"Upload-Metadata": metadata(target="V" * 81)}, 400),
        ({"Upload-Metadata": metadata(purpose="anything")}, 400),
        ({"Upload-Metadata": metadata(filename="程序.exe")}, 400),
        ({"Upload-Metadata": metadata(filename="照片\u202egpj.jpg")}, 400),
        ({"Upload-Metadata": metadata(filename="")}, 400),
    ],
    ids=range(13),
)
def test_a_creation_that_says_too_little_or_too_much_is_refused_in_words(phone, visit, headers, status):
    told = {
        **TUS,
        "Upload-Length": "100",
        "Upload-Metadata": metadata(target=f"{visit.no}/{CODE}"),
        **headers,
    }
    answer = phone.post(reverse("uploads"), headers=told)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert ResumableUpload.objects.count() == 0


# --- Nothing lost, nothing twice ---
class Broken:
    """A line that breaks after some bytes."""

    def __init__(self, data: bytes, *, loudly: bool) -> None:
        self.data, self.loudly = data, loudly

    def read(self, size: int = -1) -> bytes:
        if not self.data and self.loudly:
            raise OSError("connection reset")
        piece, self.data = self.data[:size], self.data[size:]
        return piece

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)


@pytest.mark.parametrize("loudly", [True, False])
def test_what_arrived_before_the_line_broke_is_kept_and_goes_on_there(phone, visit, place, loudly):
    told = {**TUS, "Upload-Offset": "0"}
    line = {"wsgi.input": Broken(PHOTO[:1000], loudly=loudly)}
    phone.generic("PATCH", place, PHOTO, BODY, headers=told, **line)
    assert offset(phone, place) == 1000
    assert patch(phone, place, PHOTO[1000:], 1000).status_code == 204
    assert photos(visit) == 1


def test_a_request_that_the_browser_sent_anew_brings_only_what_is_not_here(phone, visit, place):
    """Where a connection breaks that it had used before, a browser sends the whole request again, unasked."""
    told = {**TUS, "Upload-Offset": "0"}
    line = {"wsgi.input": Broken(PHOTO[:1000], loudly=False)}
    phone.generic("PATCH", place, PHOTO[:2000], BODY, headers=told, **line)
    assert offset(phone, place) == 1000
    assert patch(phone, place, b"y" + PHOTO[1:2000], 0).status_code == 409  # other bytes than those here
    assert offset(phone, place) == 1000
    assert patch(phone, place, PHOTO[:2000], 0)["Upload-Offset"] == "2000"
    again = patch(phone, place, PHOTO[1500:], 1500, **{"Upload-Checksum": checksum(PHOTO[1500:])})
    assert again.status_code == 204
    assert photos(visit) == 1


def test_with_a_checksum_a_broken_piece_counts_for_nothing(phone, place):
    told = {**TUS, "Upload-Offset": "0", "Upload-Checksum": checksum(PHOTO)}
    line = {"wsgi.input": Broken(PHOTO[:1000], loudly=True)}
    phone.generic("PATCH", place, PHOTO, BODY, headers=told, **line)
    assert offset(phone, place) == 0


def test_an_answer_that_was_lost_costs_nothing(phone, visit, place):
    """Every request sent twice, as a phone does that never heard of the first."""
    assert create(phone, visit)["Location"] == place
    patch(phone, place, PHOTO[:1000], 0)
    assert patch(phone, place, PHOTO[:1000], 0).status_code == 409
    assert offset(phone, place) == 1000
    assert patch(phone, place, PHOTO[1000:], 1000).status_code == 204
    again = patch(phone, place, b"", len(PHOTO))
    assert (again.status_code, again["Upload-Offset"]) == (204, str(len(PHOTO)))
    assert create(phone, visit)["Location"] == place
    assert offset(phone, place) == len(PHOTO)
    assert photos(visit) == StoredFile.objects.count() == 1


def test_a_server_killed_before_it_finished_finishes_when_asked_again(phone, visit, place, monkeypatch):
    def killed(**about: Any) -> StoredFile:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(services, "receive", killed)
        with pytest.raises(SystemExit):
            patch(phone, place, PHOTO, 0)
    assert phone.get(place).json()["stored"] is False
    assert offset(phone, place) == len(PHOTO)
    assert patch(phone, place, b"", len(PHOTO)).status_code == 204
    assert photos(visit) == 1


def test_who_writes_is_alone(phone, place):
    row = ResumableUpload.objects.get()
    with resumable._locked(row):
        assert patch(phone, place, PHOTO[:100], 0).status_code == 423
        assert phone.delete(place, headers=TUS).status_code == 423
    assert patch(phone, place, PHOTO[:100], 0).status_code == 204


def test_a_hostile_file_is_refused_at_its_end_and_its_bytes_wait(phone, visit, store):
    place = create(phone, visit, bomb(), filename="炸弹.png")["Location"]
    answer = patch(phone, place, bomb(), 0)
    assert answer.status_code == 400
    assert "8100万像素" in answer.json()["error"]
    assert StoredFile.objects.count() == photos(visit) == 0
    assert len(in_parts(store)) == 1


# --- Whose, for what, how long ---
@pytest.mark.parametrize("name", ["inspector_b", "clerk_a1", "head_a1", "leader"])
def test_somebody_else_s_upload_does_not_exist(cast, place, name):
    other = Client()
    other.force_login(cast.people[name], backend="django.contrib.auth.backends.ModelBackend")
    assert other.head(place, headers=TUS).status_code == 404
    assert patch(other, place, PHOTO, 0).status_code == 404
    assert other.delete(place, headers=TUS).status_code == 404


@pytest.mark.parametrize(
    ("name", "status"), [("inspector_b", 400), ("clerk_a1", 403), ("leader", 403), ("auditor", 403)]
)
def test_nobody_sends_photos_to_a_visit_that_he_does_not_go_on(cast, visit, name, status):
    other = Client()
    other.force_login(cast.people[name], backend="django.contrib.auth.backends.ModelBackend")
    assert create(other, visit).status_code == status
    assert ResumableUpload.objects.count() == 0


def test_without_the_token_of_the_form_nothing_is_taken(cast, visit, place):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.inspector_a, backend="django.contrib.auth.backends.ModelBackend")
    assert create(strict, visit).status_code == 403
    assert patch(strict, place, PHOTO, 0).status_code == 403


def test_a_visit_that_has_not_begun_or_an_item_off_its_list_takes_none(cast, phone, visit):
    waiting = planned(cast)
    assert create(phone, waiting).status_code in (400, 409)
    assert create(phone, visit, target=f"{visit.no}/R99-9").status_code == 400
    assert create(phone, visit, target="V/").status_code == 400


def test_the_right_is_judged_again_at_the_end_and_the_bytes_are_not_thrown_away(cast, phone, visit, place):
    patch(phone, place, PHOTO[:1000], 0)
    Visit.objects.filter(pk=visit.pk).update(state=Visit.State.SUMMING_UP)
    answer = patch(phone, place, PHOTO[1000:], 1000)
    assert (answer.status_code, photos(visit)) == (409, 0)
    assert "不在进行中" in answer.json()["error"]
    assert StoredFile.objects.count() == 0
    Visit.objects.filter(pk=visit.pk).update(state=Visit.State.ONGOING)
    assert patch(phone, place, b"", len(PHOTO)).status_code == 204
    assert photos(visit) == 1


def test_a_person_has_so_many_under_way_and_no_more(phone, visit, monkeypatch):
    monkeypatch.setattr(resumable, "MOST_AT_ONCE", 2)
    first = create(phone, visit, b"1" * 9)["Location"]
    create(phone, visit, b"2" * 9)
    refused = create(phone, visit, b"3" * 9)
    assert (refused.status_code, "还没有传完" in refused.json()["error"]) == (400, True)
    assert create(phone, visit, b"1" * 9)["Location"] == first


def test_a_person_who_had_his_share_is_told_before_the_first_byte(phone, visit, settings):
    settings.UPLOAD_QUOTA_FILES = 0
    assert "已到上限" in create(phone, visit).json()["error"]


def test_what_nobody_goes_on_with_is_swept_away_and_each_piece_gives_it_time(phone, visit, place, store):
    patch(phone, place, PHOTO[:100], 0)
    (store / "parts" / "left-over").write_bytes(b"x")
    other = create(phone, visit, picture())["Location"]
    later = clock.now() + timedelta(hours=71)
    with clock.at(later):
        patch(phone, place, PHOTO[100:200], 100)
        assert resumable.sweep() == 1
        assert (store / "parts" / "left-over").exists() is False
    with clock.at(later + timedelta(hours=2)):
        assert resumable.sweep() == 1
        assert phone.head(other, headers=TUS).status_code == 404
        assert offset(phone, place) == 200
    with clock.at(later + timedelta(hours=73)):
        assert tasks.sweep_uploads()
        assert resumable.sweep() == 0
    assert in_parts(store) == []
    assert not ResumableUpload.objects.exists()


def test_a_sweep_leaves_what_is_just_arriving(phone, place):
    row = ResumableUpload.objects.get()
    with clock.at(clock.now() + timedelta(days=9)), resumable._locked(row):
        assert resumable.sweep() == 0
    assert ResumableUpload.objects.exists()


def test_the_receipt_stays_for_a_month(phone, place):
    patch(phone, place, PHOTO, 0)
    with clock.at(clock.now() + timedelta(days=29)):
        assert resumable.sweep() == 0
    with clock.at(clock.now() + timedelta(days=31)):
        assert resumable.sweep() == 1


def test_the_sweep_also_clears_the_workshop(db, store):
    (blobs.workshop() / "upload-old").write_bytes(b"x")
    os.utime(blobs.workshop() / "upload-old", (time.time() - 9999,) * 2)
    tasks.sweep_uploads()
    assert list((store / "incoming").iterdir()) == []


def test_the_same_photo_for_another_item_is_another_upload(phone, visit, place):
    codes = visit.findings.values_list("item__code", flat=True)
    other = next(code for code in codes if code != CODE)
    assert create(phone, visit, target=f"{visit.no}/{other}")["Location"] != place
