"""One unsafe request, one transaction, one answer: the same form sent twice is done once."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client

from shuangjian.accounts.models import Organisation
from shuangjian.journal import audit, idempotency
from shuangjian.journal.models import IdempotencyKey, Notification
from tests.cast import Cast, assemble
from tests.parallel import at_once

pytestmark = pytest.mark.urls("tests.journal.own_urls")
KEY = "0123456789abcdef" * 2


def signed_in(user: Any, **headers: str) -> Client:
    client = Client(**headers)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.clerk_a1)


def done() -> int:
    return Notification.objects.filter(kind="own").count()


def key_in(response: Any) -> str:
    return re.search(r'name="_key" value="([0-9a-f]{32})"', response.content.decode()).group(1)


# --- The same form twice ---------------------------------------------------------------------------------
def test_every_form_has_a_key_of_its_own(client: Client) -> None:
    keys = {key_in(client.get("/own/save/")) for _ in range(3)}
    assert len(keys) == 3


def test_the_same_form_sent_twice_is_done_once_and_answered_alike(client: Client) -> None:
    fields = {"_key": KEY, "words": "改为分层作业"}
    first, second = client.post("/own/save/", fields), client.post("/own/save/", fields)
    assert (first.status_code, first.headers["Location"]) == (302, "/own/save/?saved=1")
    assert (second.status_code, second.headers["Location"]) == (302, "/own/save/?saved=1")
    assert done() == 1


def test_a_form_with_another_csrf_token_is_still_the_same(client: Client) -> None:
    for token in ("a", "b"):
        client.post("/own/save/", {"_key": KEY, "words": "同一张表", "csrfmiddlewaretoken": token})
    assert done() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"words": "改过的话"},
        {"more": "x"},
        {"scan": SimpleUploadedFile("一.txt", b"other bytes")},
    ],
)
def test_another_body_under_the_same_key_is_refused_and_its_words_kept(
    client: Client, changed: dict[str, Any]
) -> None:
    scan = SimpleUploadedFile("一.txt", b"bytes")
    client.post("/own/save/", {"_key": KEY, "words": "原来的话", "scan": scan})
    scan.seek(0)
    late = client.post("/own/save/", {"_key": KEY, "words": "原来的话", "scan": scan, **changed})
    assert late.status_code == 409
    page = late.content.decode()
    assert "这张表已经提交过一次" in page
    assert changed.get("words", "原来的话") in page
    assert done() == 1


def test_the_same_file_sent_again_is_the_same_form_and_reaches_the_view_whole(client: Client) -> None:
    for _ in range(2):
        fields = {"_key": KEY, "words": "附件", "scan": SimpleUploadedFile("一.txt", b"bytes")}
        assert client.post("/own/save/", fields).status_code == 302
    assert done() == 1


def test_a_key_belongs_to_a_person_and_an_address(cast: Cast, client: Client) -> None:
    client.post("/own/save/", {"_key": KEY, "words": "甲的表"})
    stolen = signed_in(cast.clerk_b1).post("/own/save/", {"_key": KEY, "words": "甲的表"})
    elsewhere = client.post("/own/json/", {"_key": KEY, "words": "甲的表"})
    assert (stolen.status_code, elsewhere.status_code, done()) == (409, 409, 1)
    assert "Location" not in stolen.headers


@pytest.mark.parametrize("key", [None, "", "short", "g" * 32, "0" * 33, "\x00" * 32, "０" * 32])
def test_without_a_key_nothing_is_done_and_the_words_are_kept(client: Client, key: str | None) -> None:
    fields = {
        "words": "辛苦写下的三百字",
        "password": "不能回显的口令",
        **({"_key": key} if key is not None else {}),
    }
    response = client.post("/own/save/", fields, headers={"Referer": "http://testserver/own/save/"})
    page = response.content.decode()
    assert response.status_code == 400
    assert "刷新后再提交" in page
    assert "辛苦写下的三百字" in page
    assert 'href="http://testserver/own/save/"' in page
    assert "不能回显的口令" not in page
    assert done() == 0


def test_the_way_back_leads_nowhere_else(client: Client) -> None:
    page = client.post("/own/save/", {"words": "x"}, headers={"Referer": "http://evil.example/own/"})
    assert "evil.example" not in page.content.decode()


def test_what_people_typed_is_shown_as_text_never_as_markup(client: Client) -> None:
    page = client.post("/own/save/", {"words": "<script>alert('中')</script>"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#x27;中&#x27;)" in page


# --- What counts as done ---------------------------------------------------------------------------------
def test_a_form_shown_again_with_its_mistakes_was_not_done_and_its_key_is_free(client: Client) -> None:
    wrong = client.post("/own/save/", {"_key": KEY, "words": "太长" * 20})
    assert wrong.status_code == 200
    assert key_in(wrong) != KEY
    assert not IdempotencyKey.objects.exists()
    assert client.post("/own/save/", {"_key": KEY, "words": "短的"}).status_code == 302
    assert done() == 1


@pytest.mark.parametrize(
    ("how", "status", "said"),
    [("refused", 400, "还缺完成时限"), ("state", 409, "已经销号"), ("right", 403, "不能办理")],
)
def test_a_refusal_writes_nothing_and_says_why_with_the_words_kept(
    client: Client, how: str, status: int, said: str
) -> None:
    response = client.post(f"/own/{how}/", {"_key": KEY, "words": "我写的理由"})
    page = response.content.decode()
    assert (response.status_code, done(), IdempotencyKey.objects.count()) == (status, 0, 0)
    assert said in page
    assert "我写的理由" in page


@pytest.mark.django_db(transaction=True)
def test_an_error_half_way_leaves_nothing_behind() -> None:
    client = signed_in(assemble().clerk_a1)
    client.raise_request_exception = False
    assert client.post("/own/error/", {"_key": KEY, "words": "半路"}).status_code == 500
    assert (done(), IdempotencyKey.objects.count()) == (0, 0)


def test_a_saving_script_gets_the_same_answer_again_as_json(client: Client) -> None:
    fields = {"_key": KEY, "words": "x"}
    answers = [
        client.post("/own/json/", fields, headers={"Accept": "application/json"}).json() for _ in range(2)
    ]
    assert answers == [{"version": 8, "number": 1}] * 2
    assert done() == 1


def test_a_saving_script_is_told_in_one_sentence(client: Client) -> None:
    response = client.post("/own/save/", {"words": "x"}, headers={"Accept": "application/json"})
    assert (response.status_code, sorted(response.json())) == (400, ["error", "version"])


def test_htmx_is_sent_on_to_the_same_page_again(client: Client) -> None:
    fields = {"_key": KEY, "words": "x"}
    both = [client.post("/own/htmx/", fields).headers["HX-Redirect"] for _ in range(2)]
    assert both == ["/own/save/"] * 2
    assert done() == 1


def test_a_download_that_was_made_once_is_not_made_again(client: Client) -> None:
    fields = {"_key": KEY, "words": "x"}
    assert client.post("/own/pdf/", fields).content == b"%PDF-1.7"
    assert client.post("/own/pdf/", fields).status_code == 204
    assert done() == 1


# --- At the same time ------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_one_form_posted_many_times_at_once_is_done_once_and_answered_alike() -> None:
    user = assemble().clerk_a1
    clients = [signed_in(user) for _ in range(8)]
    fields = {"_key": KEY, "words": "点了八次"}
    found = at_once(*[lambda client=client: client.post("/own/save/", fields) for client in clients])
    assert {(one.status_code, one.headers["Location"]) for one in found} == {(302, "/own/save/?saved=1")}
    assert done() == 1
    assert IdempotencyKey.objects.get().status == 302


@pytest.mark.django_db(transaction=True)
def test_two_people_at_one_row_one_wins_and_the_other_reads_who_did_what() -> None:
    cast = assemble()
    url = f"/own/unit/{cast.a1.pk}/"
    people = [cast.clerk_a1, cast.head_a1]
    found = at_once(
        *[
            lambda user=user: signed_in(user).post(
                url, {"_key": uuid4().hex, "_version": "1", "address": f"{user.name}写的地址"}
            )
            for user in people
        ]
    )
    assert sorted(one.status_code for one in found) == [302, 409]
    loser = next(one for one in found if one.status_code == 409)
    winner_words = Organisation.objects.get(pk=cast.a1.pk).address
    page = loser.content.decode()
    assert 'data-version="2"' in page
    assert winner_words in page  # what stands there now
    assert {user.name for user in people if f"{user.name}写的地址" in page} == {user.name for user in people}


@pytest.mark.django_db(transaction=True)
def test_a_row_held_too_long_is_said_and_nothing_lost() -> None:
    cast = assemble()
    begun, finish = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Organisation.objects.select_for_update().get(pk=cast.a1.pk)
            begun.set()
            finish.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait(10)
    try:
        fields = {"_key": KEY, "_version": "1", "address": "等不到的地址"}
        response = signed_in(cast.clerk_a1).post(f"/own/unit/{cast.a1.pk}/", fields)
    finally:
        finish.set()
        thread.join()
    assert response.status_code == 409
    page = response.content.decode()
    assert "正由其他人办理" in page
    assert "等不到的地址" in page
    assert not IdempotencyKey.objects.exists()


class Sabotage:
    """Lets the first tries of a view end as the database ends a transaction that it chose as its victim."""

    def __init__(self, sqlstate: str, times: int) -> None:
        self.sqlstate, self.left = sqlstate, times

    def __call__(self, request: Any) -> Any:
        if self.left:
            self.left -= 1
            cause = type("Cause", (Exception,), {"sqlstate": self.sqlstate})()
            raise OperationalError("victim") from cause
        return idempotency.HttpResponse(status=302, headers={"Location": "/own/save/"})


@pytest.fixture
def sabotaged(rf: Any, cast: Cast) -> Iterator[Any]:
    def run(view: Sabotage) -> Any:
        request = rf.post("/own/save/", {"_key": KEY, "words": "x"})
        request.user = cast.clerk_a1
        request.access = type("Declared", (), {"idempotent": True})()
        return idempotency.IdempotencyMiddleware(lambda _: None).process_view(request, view, (), {})

    yield run


@pytest.mark.parametrize("sqlstate", ["40P01", "40001"])
def test_a_victim_of_a_deadlock_is_tried_again_by_itself(sabotaged: Any, sqlstate: str) -> None:
    assert sabotaged(Sabotage(sqlstate, 2)).status_code == 302
    assert IdempotencyKey.objects.count() == 1


def test_after_three_tries_it_is_an_error_as_any_other(sabotaged: Any) -> None:
    with pytest.raises(DatabaseError):
        sabotaged(Sabotage("40P01", 3))
    with pytest.raises(DatabaseError):
        sabotaged(Sabotage("57014", 1))  # a statement that took too long is not repeated
    assert not IdempotencyKey.objects.exists()


# --- The page of the one who was slower ------------------------------------------------------------------
def test_the_page_names_who_was_faster_what_it_was_and_with_which_words(cast: Cast, client: Client) -> None:
    Organisation.objects.filter(pk=cast.a1.pk).update(version=2, address="教育路2号")
    with transaction.atomic():
        audit.record(
            action="schools.school.changed",
            subject=cast.a1,
            actor=cast.task_force,
            note="地址：教育路1号→教育路2号",
        )
        audit.record(
            action="inspections.task.overdue", subject=cast.a1, actor=None
        )  # noted later, changes nothing
    fields = {"_key": KEY, "_version": "1", "address": "教育路3号", "kind": "school", "code": "12"}
    response = client.post(
        f"/own/unit/{cast.a1.pk}/", fields, headers={"Referer": "http://testserver/units/3152000001/"}
    )
    page = response.content.decode()
    assert response.status_code == 409
    assert re.search(r"何敏在\d\d:\d\d改过，请对比后选择保留哪一版。", page)
    assert "修改学校资料" in page
    assert "地址：教育路1号→教育路2号" in page
    assert re.search(r"地址</span><br>教育路3号<br><span class=\"hint\">现在是</span><br>教育路2号", page)
    assert "http://testserver/units/3152000001/" in page
    assert 'data-conflict data-version="2"' in page
    saving = client.post(
        f"/own/unit/{cast.a1.pk}/", {**fields, "_key": uuid4().hex}, headers={"Accept": "application/json"}
    )
    assert saving.status_code == 409
    assert saving.json()["version"] == 2
    assert saving.json()["error"].startswith("何敏在")


def test_ones_own_change_from_another_window_is_called_ones_own(cast: Cast, client: Client) -> None:
    Organisation.objects.filter(pk=cast.a1.pk).update(version=2)
    with transaction.atomic():
        audit.record(action="schools.school.changed", subject=cast.a1, actor=cast.clerk_a1)
    page = client.post(f"/own/unit/{cast.a1.pk}/", {"_key": KEY, "_version": "1", "address": "x"})
    assert "您在" in page.content.decode()


@pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "²", "9" * 10, "1"])
def test_a_version_that_is_none_is_not_compared(cast: Cast, client: Client, version: str) -> None:
    fields = {"_key": KEY, "_version": version, "address": "新址"}
    assert client.post(f"/own/unit/{cast.a1.pk}/", fields).status_code == 302
