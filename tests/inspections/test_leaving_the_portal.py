"""What leaves the portal: counts and numbers alone, in office hours, tried again, dead with its cause."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default as letters_of_today
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from inspections import digests
from inspections.workflows import problems
from shuangjian import clock
from shuangjian.accounts import channels
from shuangjian.accounts.roles import Role
from shuangjian.journal import deliveries, doorbell, jobs, outbox
from shuangjian.journal.models import AuditEntry, Delivery, DeliveryChannel, Job, Notification
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, item, red_line
from tests.outside import MailServer, RobotServer, serving

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_policy", "policy", "no_bell")]

KEY = "abcdef01-2345-6789-abcd-ef0123456789"
TOKEN = "0123456789abcdef" * 4
ADDRESS = {
    "wecom": f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}",
    "dingtalk": f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}",
    "feishu": f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}",
}


@pytest.fixture
def no_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "ring", lambda job_id, queue: True)


def at(text: str) -> Any:
    return clock.at(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")))


@pytest.fixture
def post(settings: Any) -> Iterator[MailServer]:
    """The county's mail server."""
    with serving(MailServer()) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.MAIL_IS_SET, settings.PORTAL_URL = True, "https://shuangjian.example.gov.cn/"
        yield server


@pytest.fixture
def robots(monkeypatch: pytest.MonkeyPatch) -> Iterator[RobotServer]:
    """One server that stands for all three vendors."""
    from apprise.plugins.dingtalk import NotifyDingTalk
    from apprise.plugins.feishu import NotifyFeishu
    from apprise.plugins.wecombot import NotifyWeComBot

    with serving(RobotServer()) as server:
        monkeypatch.setattr(NotifyWeComBot, "notify_url", server.url + "/wecom/{key}")
        monkeypatch.setattr(NotifyDingTalk, "notify_url", server.url + "/dingtalk/{token}")
        monkeypatch.setattr(NotifyFeishu, "notify_url", server.url + "/feishu/{token}")
        yield server


def channel(cast: Cast, kind: str = "mail", **more: Any) -> DeliveryChannel:
    return channels.create(
        actor=cast.system_admin, kind=kind, name=f"测试{kind}", address=ADDRESS.get(kind, ""), **more
    )


def wants_mail(cast: Cast, *names: str) -> None:
    for name in names:
        person = cast.people[name]
        person.mail, person.wants_mail = f"{name}@example.gov.cn", True
        person.save()


def run_what_is_due() -> None:
    for pk in jobs.open_jobs(timezone.now()).filter(kind=deliveries.JOB).values_list("pk", flat=True):
        jobs.run_now(pk)


def let_pauses_pass() -> None:
    Job.objects.filter(state="queued").update(due_at=timezone.now())


def text_of(posted: tuple[str, dict[str, Any]]) -> str:
    body = posted[1]
    return str(body["content"]["text"] if "content" in body else body["text"]["content"])


def letter_of(server: MailServer, name: str) -> str:
    text = dict(server.letters)[f"{name}@example.gov.cn"]
    return str(message_from_bytes(text, policy=letters_of_today).get_content()).strip().replace("\r\n", "\n")


# --- The digest -------------------------------------------------------------------------------------------
def test_one_digest_a_working_day_to_whoever_wants_it_and_what_it_says(cast: Cast, post: MailServer) -> None:
    channel(cast)
    wants_mail(cast, "clerk_a1", "clerk_b1")
    case_at_a1(cast, "rectifying", due_in=0)
    case_at_a1(cast, "rectifying", due_in=-3)
    case_at_a1(cast, "rectifying", due_in=-4)
    assert digests.sweep() == 2
    run_what_is_due()
    assert [to for to, _ in post.letters] == ["clerk_a1@example.gov.cn"]  # B1 has nothing to do: no letter
    assert letter_of(post, "clerk_a1") == (
        "【双减工作平台】今日到期1件、逾期2件，请登录平台办理\nhttps://shuangjian.example.gov.cn/"
    )
    assert digests.sweep() == 0
    run_what_is_due()
    assert len(post.letters) == 1


@pytest.mark.parametrize(
    "moment", ["2026-11-16T08:29", "2026-11-16T17:31", "2026-11-21T10:00", "2026-10-01T10:00"]
)
def test_nothing_is_ordered_outside_office_hours(cast: Cast, post: MailServer, moment: str) -> None:
    channel(cast)
    wants_mail(cast, "clerk_a1")
    with at(moment):
        assert digests.sweep() == 0


def test_a_digest_that_missed_its_day_gives_way_to_the_next_ones(cast: Cast, post: MailServer) -> None:
    channel(cast)
    wants_mail(cast, "clerk_a1")
    case_at_a1(cast, "rectifying", due_in=-3)
    digests.sweep()
    with at("2026-11-17T09:00"):
        digests.sweep()
        run_what_is_due()
    assert len(post.letters) == 1
    assert "逾期1件" in letter_of(post, "clerk_a1")


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_a_group_gets_the_countys_counts_and_no_name_or_fact(
    cast: Cast, robots: RobotServer, kind: str
) -> None:
    channel(cast, kind)
    case_at_a1(cast, "rectifying", due_in=0)
    case_at_a1(cast, "rectifying", due_in=-3)
    digests.sweep()
    run_what_is_due()
    assert [text_of(posted) for posted in robots.posts] == [
        "【双减工作平台】今日到期1件、逾期1件，请登录平台办理"
    ]
    assert robots.posts[0][0].startswith(f"/{kind}/")
    delivery = Delivery.objects.select_related("job").get()
    assert (delivery.job.state, delivery.job.result) == ("done", {"said": "已发出"})


def test_dingtalk_signs_where_its_group_asks_for_it(cast: Cast, robots: RobotServer) -> None:
    way = channel(cast, "dingtalk", signing_key="SEC0123456789abcdef")
    channels.test(channel_id=way.pk, actor=cast.system_admin, version=None)
    run_what_is_due()
    assert "sign=" in robots.posts[0][0] and "timestamp=" in robots.posts[0][0]


# --- Urgent -----------------------------------------------------------------------------------------------
def a_red_line(cast: Cast) -> str:
    found = item("R07-1")
    problem = problems.register(
        organisation=cast.a1,  # type: ignore[arg-type]
        rule=found.rule,
        item=found,
        fact="期中考试成绩张榜公布",
        origin="county_inspection",
        prohibition=red_line(),
        found_by=cast.task_force,  # type: ignore[arg-type]
        due_on=clock.today() + timedelta(days=5),
    )
    return problem.no


def test_a_red_line_leaves_at_once_as_its_number(cast: Cast, post: MailServer, robots: RobotServer) -> None:
    channel(cast)
    channel(cast, "wecom")
    wants_mail(cast, "leader", "clerk_a1")
    no = a_red_line(cast)
    run_what_is_due()
    assert letter_of(post, "leader").startswith(f"【双减工作平台】急件1件（{no}），请登录平台办理")
    assert [to for to, _ in post.letters] == ["leader@example.gov.cn"]
    said = text_of(robots.posts[0])
    assert said.startswith(f"【双减工作平台】急件1件（{no}），请登录平台办理")
    assert "城关" not in said and "成绩" not in said


def test_at_night_it_waits_for_the_morning(cast: Cast, robots: RobotServer) -> None:
    channel(cast, "wecom")
    with at("2026-11-20T18:05"):  # a Friday
        a_red_line(cast)
        run_what_is_due()
        job = Job.objects.get(kind=deliveries.JOB)
        let_pauses_pass()  # rung for all the same: it looks at the hour itself
        run_what_is_due()
        job.refresh_from_db()
        assert robots.posts == [] and (job.state, job.error) == ("queued", "等到上班时间发送")
        wait = job.due_at - timezone.now()
        assert timedelta(days=2, hours=14) < wait < timedelta(days=2, hours=15)  # Monday, 8:30
    let_pauses_pass()
    with at("2026-11-23T08:30"):
        run_what_is_due()
    job.refresh_from_db()
    assert job.state == "done" and len(robots.posts) == 1


def test_overdue_to_the_leader_is_urgent_and_several_are_one_message(cast: Cast, robots: RobotServer) -> None:
    from inspections.workflows import deadlines

    channel(cast, "wecom")
    numbers = [case_at_a1(cast, "rectifying", due_in=-20).problem.no for _ in range(2)]
    deadlines.sweep()
    run_what_is_due()
    assert [text_of(posted) for posted in robots.posts] == [
        f"【双减工作平台】急件2件（{numbers[0]}、{numbers[1]}），请登录平台办理"
    ]


def test_short_messages_go_through_the_hook_and_are_urgent_alone(
    cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr("tests.outside.send_sms", lambda *message: sent.append(message), raising=False)
    settings.SMS_SENDER = "tests.outside.send_sms"
    channel(cast, "sms")
    leader: Any = cast.leader
    leader.phone = "13800000000"
    leader.save()
    no = a_red_line(cast)
    digests.sweep()
    run_what_is_due()
    assert [phone for phone, _ in sent] == ["13800000000"] and no in sent[0][1]


# --- Failure, retry, dead, recovered ----------------------------------------------------------------------
def test_tried_again_with_growing_pauses_then_dead_with_its_cause_and_told_of(
    cast: Cast, robots: RobotServer, client: Client
) -> None:
    channel(cast, "wecom")
    case_at_a1(cast, "rectifying", due_in=-3)
    digests.sweep()
    robots.answers += [(502, {})] * jobs.ATTEMPTS
    pauses = []
    for _ in range(jobs.ATTEMPTS - 1):
        run_what_is_due()
        job = Job.objects.get(kind=deliveries.JOB)
        assert (job.state, job.error) == ("queued", "企业微信没有接受（502）")
        pauses.append(job.due_at - timezone.now())
        let_pauses_pass()
    assert pauses == sorted(pauses) and pauses[0] < timedelta(minutes=1) <= pauses[-1]
    run_what_is_due()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == ("dead", jobs.ATTEMPTS, "企业微信没有接受（502）")
    notice = Notification.objects.get(kind="delivery.failed")
    assert (notice.recipient, notice.title) == (cast.system_admin, "“测试wecom”发不出去")
    client.force_login(cast.task_force)
    assert "“测试wecom”" in client.get("/desk/").content.decode()
    client.force_login(cast.system_admin)
    assert "企业微信没有接受（502）" in client.get("/settings/channels/").content.decode()
    assert client.post(f"/jobs/{job.pk}/retry/").status_code == 302
    run_what_is_due()
    assert len(robots.posts) == jobs.ATTEMPTS + 1
    assert "发不出去的" not in client.get("/settings/channels/").content.decode()
    client.force_login(cast.task_force)
    assert "通知发不出去" not in client.get("/desk/").content.decode()


@pytest.mark.parametrize(
    ("kind", "answer", "cause"),
    [
        ("wecom", (200, {"errcode": 93000, "errmsg": "invalid webhook url"}), "机器人地址已失效"),
        ("dingtalk", (200, {"errcode": 300001}), "机器人地址已失效"),
        ("dingtalk", (200, {"errcode": 310000}), "安全设置没有放行"),
        ("feishu", (200, {"code": 19024, "msg": "Key Words Not Found"}), "安全设置没有放行"),
        ("feishu", (404, {}), "飞书不认这个机器人地址（404）"),
    ],
)
def test_what_trying_again_cannot_mend_is_dead_at_once(
    cast: Cast, robots: RobotServer, kind: str, answer: Any, cause: str
) -> None:
    way = channel(cast, kind)
    case_at_a1(cast, "rectifying", due_in=-3)
    digests.sweep()
    robots.answers.append(answer)
    run_what_is_due()
    job = Job.objects.get(kind=deliveries.JOB)
    assert (job.state, job.attempts) == ("dead", 1) and cause in job.error
    assert [one.channel_id for one in deliveries.failing()] == [way.pk]


def test_a_mailbox_that_is_refused_is_told_to_its_person_too(cast: Cast, post: MailServer) -> None:
    channel(cast)
    wants_mail(cast, "clerk_a1")
    case_at_a1(cast, "rectifying", due_in=-3)
    post.refuses["clerk_a1@example.gov.cn"] = "550 no such user"
    digests.sweep()
    run_what_is_due()
    job = Job.objects.get(kind=deliveries.JOB)
    assert (job.state, job.error) == ("dead", "邮件服务器不接受这个邮箱（550），请核对地址")
    told = dict(
        Notification.objects.filter(kind="delivery.failed").values_list("recipient__username", "title")
    )
    assert told == {
        "system_admin": "李静的邮件发不出去",
        "clerk_a1": "发给您的邮件没有送达，请核对地址",
    }
    assert deliveries.where_of(deliveries.failing()[0]) == "李静的邮件"
    clerk: Any = cast.clerk_a1
    clerk.wants_mail = False
    clerk.save()
    assert not deliveries.failing().exists()


@pytest.mark.parametrize(
    ("answer", "cause"), [("451 try later", "邮件服务器暂时不接受这个邮箱（451）"), ("", "连不上邮件服务器")]
)
def test_a_mail_server_that_is_away_is_tried_again(
    cast: Cast, post: MailServer, settings: Any, answer: str, cause: str
) -> None:
    channel(cast)
    wants_mail(cast, "clerk_a1")
    case_at_a1(cast, "rectifying", due_in=-3)
    digests.sweep()
    if answer:
        post.refuses["clerk_a1@example.gov.cn"] = answer
    else:
        settings.EMAIL_PORT = 9  # nobody listens there
    run_what_is_due()
    job = Job.objects.get(kind=deliveries.JOB)
    assert job.state == "queued" and cause in job.error
    post.refuses.clear()
    settings.EMAIL_PORT = post.port
    let_pauses_pass()
    run_what_is_due()
    assert len(post.letters) == 1


@pytest.mark.parametrize(
    ("kind", "cause"),
    [("mail", "还没有设置邮件服务器"), ("sms", "还没有设置短信接口")],
)
def test_what_the_server_lacks_is_the_answer_to_a_test(cast: Cast, kind: str, cause: str) -> None:
    way, administrator = channel(cast, kind), cast.people["system_admin"]
    administrator.mail, administrator.phone = "xitong@example.gov.cn", "13800000000"
    administrator.save()
    channels.test(channel_id=way.pk, actor=administrator, version=None)
    run_what_is_due()
    job = Job.objects.get(kind=deliveries.JOB)
    assert job.state == "dead" and cause in job.error


def test_a_hook_for_short_messages_that_raises_is_tried_again(
    cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(phone: str, text: str) -> None:
        raise ConnectionError(f"no way to {phone}")

    monkeypatch.setattr("tests.outside.send_sms", fail, raising=False)
    settings.SMS_SENDER = "tests.outside.send_sms"
    channel(cast, "sms")
    cast.people["leader"].phone = "13800000000"
    cast.people["leader"].save()
    a_red_line(cast)
    run_what_is_due()
    job = Job.objects.get(kind=deliveries.JOB)
    assert (job.state, job.error) == ("queued", "短信接口没有发出，请技术人员查看日志")


def test_a_channel_that_is_off_sends_nothing(cast: Cast, robots: RobotServer) -> None:
    way = channel(cast, "wecom")
    case_at_a1(cast, "rectifying", due_in=-3)
    digests.sweep()
    channels.switch(channel_id=way.pk, actor=cast.system_admin, version=None, is_on=False)
    run_what_is_due()
    a_red_line(cast)
    with at("2026-11-17T09:00"):
        assert digests.sweep() == 0
    assert robots.posts == [] and Delivery.objects.count() == 1


# --- The pages --------------------------------------------------------------------------------------------
def page(client: Client, path: str, data: Any = None) -> str:
    answer = client.post(path, data, follow=True) if data is not None else client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_from_an_address_copied_in_a_group_to_a_test_message_and_its_result(
    cast: Cast, client: Client, robots: RobotServer
) -> None:
    client.force_login(cast.system_admin)
    said = {"way": "wecom", "name": "双减专班群", "secret": ADDRESS["wecom"], "signing_secret": ""}
    assert "已新建“双减专班群”" in page(client, "/settings/channels/new/", said)
    way = DeliveryChannel.objects.get()
    client.post(f"/settings/channels/{way.pk}/test/")
    run_what_is_due()
    job = Job.objects.get(kind=deliveries.JOB)
    assert job.owner == cast.system_admin
    assert "已完成" in page(client, f"/jobs/{job.pk}/")
    assert text_of(robots.posts[0]) == "【双减工作平台】测试消息，收到说明渠道可用"
    assert robots.posts[0][0] == f"/wecom/{KEY}"
    assert "“双减专班群”已停用" in page(client, f"/settings/channels/{way.pk}/off/", {})
    assert "“双减专班群”已启用" in page(client, f"/settings/channels/{way.pk}/on/", {})
    actions = AuditEntry.objects.order_by("seq").values_list("action", flat=True)
    assert [action.rpartition(".")[2] for action in actions] == ["created", "tested", "switched", "switched"]


def test_a_secret_is_shown_to_nobody_again_and_logged_nowhere(
    cast: Cast, client: Client, robots: RobotServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    way = channel(cast, "dingtalk", signing_key="SEC0123456789abcdef")
    client.force_login(cast.system_admin)
    shown = page(client, "/settings/channels/") + page(client, f"/settings/channels/{way.pk}/")
    wrong = {"way": "feishu", "name": "群", "secret": ADDRESS["dingtalk"], "signing_secret": ""}
    shown += page(client, "/settings/channels/new/", wrong)  # not even after a mistake
    stale = client.post(
        f"/settings/channels/{way.pk}/", {"name": "群", "secret": ADDRESS["dingtalk"], "_version": "7"}
    )
    assert stale.status_code == 409
    shown += stale.content.decode()
    robots.answers.append((200, {"errcode": 300001}))
    channels.test(channel_id=way.pk, actor=cast.system_admin, version=None)
    run_what_is_due()
    kept = " ".join(str(row) for model in (AuditEntry, Job, Delivery) for row in model.objects.values())
    for where in (shown, caplog.text, kept):
        assert TOKEN not in where and "SEC0123456789abcdef" not in where


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"way": ""}, "请选择"),
        ({"name": ""}, "名称"),
        ({"secret": ""}, "请填写机器人地址，以“https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=”开头"),
        ({"secret": "https://example.com/hook"}, "这不是企业微信群机器人的地址，请从群里复制完整的地址"),
        ({"secret": "http://127.0.0.1:6379/"}, "这不是企业微信群机器人的地址"),
        ({"way": "feishu"}, "这不是飞书群机器人的地址"),
        ({"signing_secret": "SEC0123456789abcdef"}, "只有钉钉群机器人用加签密钥"),
        ({"way": "mail"}, "邮件和短信的设置在服务器上，这里不填地址"),
    ],
)
def test_an_unknown_address_is_refused_in_words_and_nothing_is_written(
    cast: Cast, client: Client, changed: dict[str, str], sentence: str
) -> None:
    client.force_login(cast.system_admin)
    said = {"way": "wecom", "name": "双减专班群", "secret": ADDRESS["wecom"], "signing_secret": ""} | changed
    assert sentence in page(client, "/settings/channels/new/", said).replace("&amp;", "&")
    assert not DeliveryChannel.objects.exists() and not AuditEntry.objects.exists()


def test_a_name_or_a_personal_way_is_taken_once(cast: Cast, client: Client) -> None:
    channel(cast)
    client.force_login(cast.system_admin)
    again = page(client, "/settings/channels/new/", {"way": "mail", "name": "邮件二"})
    assert "邮件渠道已经有了，只要一个" in again
    taken = {"way": "wecom", "name": "测试mail", "secret": ADDRESS["wecom"]}
    assert "已经有叫“测试mail”的渠道" in page(client, "/settings/channels/new/", taken)
    assert DeliveryChannel.objects.count() == 1


def test_a_channel_gets_another_address_and_the_old_one_is_forgotten(
    cast: Cast, client: Client, robots: RobotServer
) -> None:
    way = channel(cast, "wecom")
    client.force_login(cast.system_admin)
    other = KEY.replace("abcdef01", "ffffffff")
    said = {"name": "新名称", "secret": ADDRESS["wecom"].replace(KEY, other)}
    assert "已保存" in page(client, f"/settings/channels/{way.pk}/", said)
    assert "已保存" in page(client, f"/settings/channels/{way.pk}/", {"name": "双减专班群", "secret": ""})
    channels.test(channel_id=way.pk, actor=cast.system_admin, version=None)
    run_what_is_due()
    assert robots.posts[0][0] == f"/wecom/{other}"


@pytest.mark.parametrize("kind", ["mail", "sms"])
def test_a_test_to_oneself_wants_an_address_of_ones_own(cast: Cast, client: Client, kind: str) -> None:
    way = channel(cast, kind)
    client.force_login(cast.system_admin)
    answer = client.post(f"/settings/channels/{way.pk}/test/")
    assert answer.status_code == 400 and "测试" in answer.content.decode()
    assert not Delivery.objects.exists()


def test_one_says_in_ones_account_where_the_digest_goes(cast: Cast, client: Client) -> None:
    client.force_login(cast.clerk_a1)
    assert "还没有开通邮件" in page(client, "/me/mail/")
    refused = page(client, "/me/mail/", {"mail": "不是邮箱", "wants_mail": "on"})
    assert "请填写正确的邮箱" in refused and "不是邮箱" in refused
    assert "要收汇总，请填写邮箱" in page(client, "/me/mail/", {"mail": "", "wants_mail": "on"})
    done = page(client, "/me/mail/", {"mail": "lijing@example.gov.cn", "wants_mail": "on"})
    assert "lijing@example.gov.cn，每日汇总发到这里" in done
    entry = AuditEntry.objects.get(action="accounts.user.mail_chosen")
    assert "lijing" not in str(entry.before) + str(entry.after)


def test_what_urgent_notices_leave_by_is_written_with_them_or_not_at_all(cast: Cast) -> None:
    from django.db import transaction

    channel(cast, "wecom")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.notify(
            recipients=[cast.leader], kind="test", title="急", dedupe_key="x", subject=cast.a1, is_urgent=True
        )
        raise ZeroDivisionError
    assert not Delivery.objects.exists() and not Job.objects.exists()


def test_only_the_system_administrator_keeps_channels(cast: Cast) -> None:
    from shuangjian.journal.errors import NotAllowed

    for name in ("security_admin", "task_force", "leader"):
        with pytest.raises(NotAllowed):
            channels.create(actor=cast.people[name], kind="wecom", name="群", address=ADDRESS["wecom"])
    assert Role.SYSTEM_ADMIN in cast.system_admin.roles  # type: ignore[union-attr]
