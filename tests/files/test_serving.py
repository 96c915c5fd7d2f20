"""The way out: who sees a file, and with which headers."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

import pytest
from django.urls import reverse
from model_bakery import baker

from inspections.models import SupervisionReport, Visit
from shuangjian.accounts.models import User
from shuangjian.files import blobs
from shuangjian.files.models import StoredFile
from shuangjian.files.services import XLSX, store_generated
from shuangjian.policy.models import Term
from tests.files.samples import pdf, picture


@pytest.fixture
def scan(cast, receive) -> StoredFile:
    """The scanned page of a visit to school A1, given by the inspector of its area."""
    stored = receive(pdf(), "现场检查记录.pdf", cast.inspector_a)
    baker.make(Visit, organisation=cast.a1, state="ongoing", no="2026-V0001", scan=stored)
    return stored


def get(client, user: User | None, stored_id: int, query: str = ""):
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("file", args=[stored_id]) + query)


@pytest.mark.parametrize(
    "name", ["leader", "task_force", "supervision", "inspector_a", "clerk_a1", "head_a1"]
)
def test_whoever_sees_the_record_sees_its_file(client, cast, scan, name):
    response = get(client, cast.people[name], scan.pk)
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == pdf()


@pytest.mark.parametrize(
    "name",
    [
        "inspector_b",
        "team_inspector",
        "clerk_a2",
        "clerk_b1",
        "head_b1",
        "clerk_a3",
        "office_staff",
        "partner",
    ],
)
def test_for_everybody_else_the_file_does_not_exist(client, cast, scan, name):
    assert get(client, cast.people[name], scan.pk).status_code == 404


@pytest.mark.parametrize(
    ("name", "status"), [("system_admin", 404), ("security_admin", 404), ("auditor", 404), ("stranger", 403)]
)
def test_business_files_are_not_there_for_administrators_nor_any_for_people_without_a_post(
    client, cast, scan, name, status
):
    """An administrator opens what he himself exported, and nothing of a unit's."""
    assert get(client, cast.people[name], scan.pk).status_code == status


def test_who_is_not_signed_in_is_sent_to_sign_in(client, scan):
    response = get(client, None, scan.pk)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("login"))


def test_a_file_in_no_record_is_seen_by_its_uploader_alone(client, cast, receive):
    stored = receive(picture())
    assert get(client, cast.clerk_a1, stored.pk).status_code == 200
    for other in (cast.head_a1, cast.leader, cast.clerk_b1):
        assert get(client, other, stored.pk).status_code == 404


def test_once_in_a_record_the_record_decides_also_for_its_uploader(client, cast, receive):
    stored = receive(picture(), uploader=cast.clerk_b1)
    baker.make(Visit, organisation=cast.a1, state="ongoing", no="2026-V0002", scan=stored)
    assert get(client, cast.clerk_b1, stored.pk).status_code == 404


def test_what_the_portal_made_belongs_to_nobody_by_itself(client, cast, db):
    stored = store_generated(data=pdf(), name="报告.pdf")
    assert get(client, cast.leader, stored.pk).status_code == 404


def test_a_draft_stays_in_the_county_although_its_report_goes_out(cast):
    draft, final = (
        store_generated(data=b"%PDF-draft", name="草稿.pdf"),
        store_generated(data=pdf(), name="报告.pdf"),
    )
    term = baker.make(Term, first_on=date(2026, 9, 1), last_on=date(2027, 1, 20))
    baker.make(
        SupervisionReport,
        kind="unit",
        organisation=cast.a1,
        term=term,
        state="issued",
        draft_file=draft,
        final_file=final,
        final_sha256=final.sha256,
        document_number=3,
        signed_on=date(2026, 11, 20),
    )

    def seen(user):
        return set(StoredFile.objects.visible_to(user))

    assert seen(cast.supervision) == {draft, final}
    assert seen(cast.head_a1) == {final}
    assert seen(cast.head_b1) == set()


def test_somebody_who_left_sees_nothing(cast, receive):
    stored = receive(picture())
    cast.clerk_a1.is_active = False
    assert not StoredFile.objects.visible_to(cast.clerk_a1).filter(pk=stored.pk).exists()


@pytest.mark.parametrize("number", [0, 999_999, 2**63, 10**30])
def test_a_number_without_a_file_is_absent(client, cast, number):
    assert get(client, cast.leader, number).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_file_can_only_be_read(client, cast, scan, method):
    client.force_login(cast.leader, backend="django.contrib.auth.backends.ModelBackend")
    assert getattr(client, method)(reverse("file", args=[scan.pk])).status_code in (400, 403, 405)
    assert StoredFile.objects.filter(pk=scan.pk).exists()


def test_it_is_neither_sniffed_nor_kept_nor_run(client, cast, scan):
    response = get(client, cast.leader, scan.pk)
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Content-Length"] == str(len(pdf()))


def test_it_is_shown_in_place_under_its_chinese_name_or_saved_on_request(client, cast, scan):
    name = quote("现场检查记录.pdf")
    assert get(client, cast.leader, scan.pk)["Content-Disposition"] == f"inline; filename*=utf-8''{name}"
    saved = get(client, cast.leader, scan.pk, "?download=1")["Content-Disposition"]
    assert saved == f"attachment; filename*=utf-8''{name}"


def test_a_name_cannot_break_out_of_its_header(client, cast, receive):
    stored = receive(picture(), 'a"; filename=evil.html; x=".jpg')
    disposition = get(client, cast.clerk_a1, stored.pk)["Content-Disposition"]
    assert disposition == r'inline; filename="a\"; filename=evil.html; x=\".jpg"'


@pytest.mark.parametrize(
    ("given", "kind", "served"),
    [
        ("photo.jpg", "PNG", "photo.png"),
        ("photo.JPEG", "JPEG", "photo.JPEG"),
        ("photo.webp", "JPEG", "photo.jpg"),
    ],
)
def test_a_saved_file_carries_the_extension_of_what_it_is(client, cast, receive, given, kind, served):
    stored = receive(picture(kind), given)
    assert get(client, cast.clerk_a1, stored.pk)["Content-Disposition"] == f'inline; filename="{served}"'


def test_lost_bytes_are_a_page_that_is_absent_and_a_line_in_the_log(client, cast, receive, caplog):
    stored = receive(picture())
    blobs.path_of(stored.sha256).unlink()
    assert get(client, cast.clerk_a1, stored.pk).status_code == 404
    assert f"the bytes of file {stored.pk} are missing" in caplog.text
    assert "照片" not in caplog.text


def test_bytes_that_failed_their_check_are_not_served(client, cast, receive):
    stored = receive(picture())
    StoredFile.objects.filter(pk=stored.pk).update(state=StoredFile.State.DAMAGED)
    assert get(client, cast.clerk_a1, stored.pk).status_code == 404


# --- Parts of a file ---
@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=5-", 5, None), ("bytes=-7", -7, None), ("bytes=3-999999999", 3, None)],
)
def test_a_range_is_given_alone(client, cast, scan, asked, first, last):
    client.force_login(cast.leader, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("file", args=[scan.pk]), headers={"Range": asked})
    wanted = pdf()[first:] if last is None else pdf()[first : last + 1]
    assert answer.status_code == 206
    assert answer.getvalue() == wanted
    begins = len(pdf()) + first if first < 0 else first
    assert answer["Content-Range"] == f"bytes {begins}-{begins + len(wanted) - 1}/{len(pdf())}"
    assert answer["Content-Length"] == str(len(wanted))
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "bytes=9-3", "bytes=-", "lines=1-2", "bytes=a-b", "x"])
def test_what_is_no_single_range_gets_the_whole(client, cast, scan, asked):
    client.force_login(cast.leader, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("file", args=[scan.pk]), headers={"Range": asked})
    assert (answer.status_code, answer.getvalue()) == (200, pdf())
    assert answer["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_outside_of_the_file_is_refused(client, cast, scan, asked):
    client.force_login(cast.leader, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("file", args=[scan.pk]), headers={"Range": asked})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(pdf())}")


def test_a_range_of_another_version_gets_the_whole(client, cast, scan):
    client.force_login(cast.leader, backend="django.contrib.auth.backends.ModelBackend")
    path, tag = reverse("file", args=[scan.pk]), f'"{scan.sha256}"'
    assert client.get(path, headers={"Range": "bytes=0-1", "If-Range": tag}).status_code == 206
    assert client.get(path, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).status_code == 200


def test_a_range_is_no_way_round_the_access_check(client, cast, scan):
    client.force_login(cast.clerk_b1, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("file", args=[scan.pk]), headers={"Range": "bytes=0-1"})
    assert answer.status_code == 404


def test_what_is_neither_picture_nor_pdf_is_only_saved(client, cast, receive):
    stored = store_generated(data=b"PK-workbook", name="表.xlsx", content_type=XLSX)
    StoredFile.objects.filter(pk=stored.pk).update(uploader=cast.clerk_a1)
    assert get(client, cast.clerk_a1, stored.pk)["Content-Disposition"].startswith("attachment")
