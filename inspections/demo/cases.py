"""Problems registered by staff, in every state; those of visits and self-checks are told with these."""

from __future__ import annotations

from collections.abc import Iterator

from inspections.demo import pictures
from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.models import Problem

ORIGIN = Problem.Origin


def stories(place: Place) -> Iterator[Story]:
    """Every case of this term, none of them begun."""
    for story in (
        phone_homework,
        price_list,
        crowded_out_lessons,
        returned_plan,
        class_ranking,
        no_sports,
        few_teachers,
        contest_fee,
        promised_scores,
        phones_in_class,
        extra_lessons,
        grades_in_report,
        late_classes,
    ):
        yield story(place)


# --- 待定计划 -----------------------------------------------------------------
def phone_homework(place: Place) -> Story:
    """Registered the other day, the school has not planned yet."""
    yield place.ago(4, "15:10")
    place.register(
        "hkz",
        "R05-4",
        "家长反映：八年级（3）班英语教师连续一周在微信群里发听力作业，要求学生用手机打卡",
        by="zhuanban",
        origin=ORIGIN.COMPLAINT,
        days=20,
        breaks=True,
    )


def price_list(place: Place) -> Story:
    """The plan itself is late."""
    yield place.ago(14, "10:40")
    place.register(
        "xh",
        "R13-2",
        "收费公示牌只有课程名称，没有课时数和单价；抽查的合同有2份一次收取4个月费用",
        by="zhuanban",
        origin=ORIGIN.COUNTY_INSPECTION,
        days=25,
    )


def returned_plan(place: Place) -> Story:
    """The plan was returned with words and waits to be written again."""
    yield place.ago(10, "09:30")
    case = place.register(
        "ez",
        "R10-3",
        "课后服务时段九年级4个班由任课教师讲授新课，数学进度提前两章",
        by="dudao",
        origin=ORIGIN.GOVERNMENT_SUPERVISION,
        days=21,
        breaks=True,
    )
    yield place.ago(6, "16:20")
    case.plan("erzhong", ("召开会议强调纪律", "唐宁", 10))
    yield place.ago(5, "11:05")
    case.return_plan("dudao", "措施太笼统：请写明课后服务如何重新安排、由谁每天检查、讲过的两章怎么处理")


# --- 计划待审 -----------------------------------------------------------------
def crowded_out_lessons(place: Place) -> Story:
    yield place.ago(7, "14:30")
    case = place.register(
        "sy",
        "R02-1",
        "七年级课程表上每周2节体育，实际有1节被数学占用，已持续3周",
        by="dudao",
        origin=ORIGIN.GOVERNMENT_SUPERVISION,
        days=21,
    )
    yield place.ago(3, "17:15")
    case.plan(
        "shiyan",
        ("归还被占的体育课，课程表张贴到班并由年级组长每天核对", "郭峰", 5),
        ("教务处每周随机查2个班的课表执行情况，结果在教师例会通报", "罗兰", 12),
    )


# --- 整改中 -------------------------------------------------------------------
def class_ranking(place: Place) -> Story:
    """A red line under way; reported by a parent, told to the leader the same day."""
    yield place.ago(12, "09:10")
    case = place.register(
        "sy",
        "R07-1",
        "八年级（5）班班主任在班级群发布期中考试成绩排名截图",
        by="zhuanban",
        origin=ORIGIN.COMPLAINT,
        days=15,
        breaks=True,
        rectifying=Problem.Rectifying.AT_ONCE,
    )
    yield place.ago(11, "10:00")
    case.plan(
        "shiyan",
        ("当天撤回并删除排名，向家长书面致歉", "郭峰", 1),
        ("全校班级群逐群检查，班主任签订不公布成绩承诺书", "罗兰", 7),
    )
    yield place.ago(11, "15:40")
    case.approve("zhuanban", "同意，每个群的检查结果留底。")
    yield place.ago(7, "16:30")
    case.measures_done("shiyan", 1)
    case.prove("shiyan", "stopped", "排名截图当天已撤回，家长群致歉说明已发布，家长确认收到")


def no_sports(place: Place) -> Story:
    """Sent back once: what is missing, and by when."""
    yield place.ago(34, "10:15")
    case = place.register(
        "hk",
        "R12-1",
        "雨天取消大课间后没有替代安排，当周3天校内体育活动不足40分钟",
        by="duxue2",
        origin=ORIGIN.REGULAR_SUPERVISION,
        days=28,
    )
    yield place.ago(31, "09:20")
    case.plan("hekou", ("制定雨天室内体育活动方案并排进课表", "曾强", 14))
    yield place.ago(28, "15:00")
    case.approve("duxue2")
    yield place.ago(14, "16:10")
    case.prove("hekou", "corrected", "雨天改为室内操和走廊跳绳，每天不少于1小时")
    case.apply("hekou", "雨天方案已执行两周")
    yield place.ago(10, "10:30")
    case.send_back("duxue2", "只有方案，没有执行记录；请补两周的活动登记", 14)


def extra_lessons(place: Place) -> Story:
    """Past its date: the sweep reminds, first the school, then its head, then the task force."""
    yield place.ago(40, "11:00")
    case = place.register(
        "sq",
        "R10-5",
        "国庆假期最后两天，六年级2个班到校上语文、数学课",
        by="zhuanban",
        origin=ORIGIN.COMPLAINT,
        days=28,
    )
    yield place.ago(36, "09:40")
    case.plan(
        "shiqiao",
        ("停止假期集体上课，向家长公布假期安排", "潘军", 3),
        ("年级组每月自查并向学校书面报告", "袁梅", 24),
    )
    yield place.ago(33, "10:20")
    case.approve("zhuanban")
    yield place.ago(30, "17:00")
    case.measures_done("shiqiao", 1)


# --- 待核查 -------------------------------------------------------------------
def few_teachers(place: Place) -> Story:
    yield place.ago(26, "10:05")
    case = place.register(
        "tc",
        "R15-4",
        "从业人员12人，专职教学、教研人员5人，不足一半",
        by="zhuanban",
        origin=ORIGIN.COUNTY_INSPECTION,
        days=30,
    )
    yield place.ago(23, "14:10")
    case.plan("tongchuang", ("聘用2名专职教研人员并报备", "高远", 20))
    yield place.ago(21, "09:50")
    case.approve("zhuanban")
    yield place.ago(6, "15:20")
    case.prove("tongchuang", "corrected", "已聘用2人并完成准入查询，专职教学、教研人员7人，占58%")
    case.apply("tongchuang", "已补足专职教学、教研人员并报备")


# --- 待销号 -------------------------------------------------------------------
def contest_fee(place: Place) -> Story:
    """Verified; the task force closes."""
    yield place.ago(33, "14:00")
    case = place.register(
        "ez",
        "R08-3",
        "七年级“英语风采展示”活动向每名学生收取资料费30元，共186人",
        by="zhuanban",
        origin=ORIGIN.COUNTY_INSPECTION,
        days=25,
    )
    yield place.ago(30, "10:00")
    case.plan(
        "erzhong", ("全额退还资料费，逐人签收", "许峰", 10), ("活动一律不收费，写入学校章程", "唐宁", 18)
    )
    yield place.ago(28, "16:00")
    case.approve("zhuanban")
    yield place.ago(12, "15:30")
    book = pictures.register_book(
        "资料费退还登记",
        ["班级", "人数", "每人", "签收"],
        [
            [f"七（{number}）", str(count), "30元", "已签收"]
            for number, count in enumerate((47, 46, 46, 47), 1)
        ],
    )
    case.prove("erzhong", "corrected", pictures=[place.photo("erzhong", "退费登记.jpg", book)])
    case.apply("erzhong", "186人的资料费全部退还")
    yield place.ago(3, "10:45")
    case.verify("duxue1", "电话回访6名家长，均已收到退款；登记与名册一致。", on_site=False)


def promised_scores(place: Place) -> Story:
    """A red line that waits for the leader."""
    yield place.ago(28, "09:00")
    case = place.register(
        "qm",
        "R16-2",
        "门口展板和宣传单写有“一学期提高20分，不提分退费”",
        by="zhuanban",
        origin=ORIGIN.COMPLAINT,
        days=15,
        breaks=True,
        rectifying=Problem.Rectifying.AT_ONCE,
    )
    yield place.ago(27, "14:40")
    case.plan(
        "qiming",
        ("当天撤下展板，收回宣传单", "钱立", 1),
        ("更换宣传材料，报教育局备案后再张贴", "赵琳", 10),
    )
    yield place.ago(26, "09:30")
    case.approve("zhuanban", "同意。")
    yield place.ago(17, "16:00")
    sheet = pictures.notice(
        "招生简章",
        ["课程：语文阅读与表达", "时间：周一至周五 18:00—20:00", "收费：按课时公示，不预收3个月以上"],
        "启明教育培训中心",
        place.ago(18).date(),
    )
    photo = place.photo("qiming", "新宣传栏.jpg", sheet)
    case.prove("qiming", "stopped", "原展板已拆除，宣传单412张已收回销毁")
    case.prove("qiming", "corrected", pictures=[photo])
    case.prove("qiming", "applied", "宣传材料备案表已报教育局，备案后张贴")
    case.apply("qiming", "违规宣传已停止，宣传材料已备案")
    yield place.ago(5, "15:30")
    case.verify("duxue1", "到现场核查：展板已换，前台没有旧宣传单，随机问3名家长无提分承诺。")


# --- 已销号 -------------------------------------------------------------------
def phones_in_class(place: Place) -> Story:
    """A 严禁: who found it, who verified and who closed it are three people."""
    yield place.ago(55, "10:20")
    case = place.register(
        "yz",
        "R09-1",
        "抽查高二4个班，有2个班学生把手机带进课堂，没有统一保管",
        by="dudao",
        origin=ORIGIN.REGULAR_SUPERVISION,
        days=25,
        breaks=True,
    )
    yield place.ago(52, "09:10")
    case.plan("yizhong", ("每班设手机保管柜，进校登记、离校领取", "曹伟", 15))
    yield place.ago(50, "15:00")
    case.approve("zhuanban")
    yield place.ago(38, "16:40")
    case.prove("yizhong", "corrected", "48个班全部设保管柜，班主任每天登记")
    case.prove("yizhong", "applied", "手机管理办法已印发，附两周登记")
    case.apply("yizhong", "手机统一保管已执行两周")
    yield place.ago(33, "10:00")
    case.verify("duxue1", "现场看6个班，手机均在柜内。")
    yield place.ago(32, "11:30")
    case.close("zhuanban")


def grades_in_report(place: Place) -> Story:
    """Found by the government's supervision: its office closes."""
    yield place.ago(60, "09:30")
    case = place.register(
        "hkz",
        "R07-2",
        "上学期期末成绩单写有分数和班级名次",
        by="dudao",
        origin=ORIGIN.GOVERNMENT_SUPERVISION,
        days=30,
    )
    yield place.ago(57, "15:20")
    case.plan("hekouzhong", ("改用等级加评语的成绩单，收回旧样式", "董明", 20))
    yield place.ago(55, "09:40")
    case.approve("duxue2")
    yield place.ago(40, "10:10")
    case.prove("hekouzhong", "corrected", "新成绩单只有等级和评语，期中起使用")
    case.apply("hekouzhong", "成绩单样式已更换")
    yield place.ago(35, "14:50")
    case.verify("duxue2", "查看七、八年级新样式各10份，没有分数和名次。", on_site=False)
    yield place.ago(34, "10:30")
    case.close("dudao")


def late_classes(place: Place) -> Story:
    """Authorised inspectors verify and close ordinary problems of regular supervision in one go."""
    yield place.ago(45, "19:50")
    case = place.register(
        "tc",
        "R13-1",
        "许可证挂在办公室内，大厅没有公示；培训地点与许可证所列房间不一致",
        by="duxue2",
        origin=ORIGIN.REGULAR_SUPERVISION,
        days=20,
    )
    yield place.ago(43, "10:00")
    case.plan("tongchuang", ("证照移到大厅公示，停用未列入的房间", "高远", 10))
    yield place.ago(42, "09:00")
    case.approve("duxue2")
    yield place.ago(33, "16:00")
    case.prove("tongchuang", "corrected", "证照已在大厅公示，多用的房间已锁闭并拆除课桌")
    case.apply("tongchuang", "已改正")
    yield place.ago(31, "18:30")
    case.verify_and_close("duxue2", "现场看过，证照在大厅，房间已停用。")
