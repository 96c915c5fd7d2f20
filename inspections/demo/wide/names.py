"""Names of people who do not exist, each given once."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅"
    "沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范"
)
_PAIRS = (
    "丽华志强秀兰建军晓燕文斌海燕国平春梅永刚玉珍立新雪梅德明小红振华桂英俊杰淑芬家豪"
    "慧敏卫东雅琴少华明霞光辉佳怡学文素云天佑婷婷长河月娥启明凤仙思远美玲正阳若兰新民"
    "静怡金山晓峰翠萍一鸣红霞树林诗涵保国彩云云飞爱华子轩冬梅守义依琳松涛巧玲成功丹青"
)
GIVEN = tuple(_PAIRS[at : at + 2] for at in range(0, len(_PAIRS), 2))


class People:
    """Hands out names, none twice and none of ``taken``."""

    def __init__(self, rng: Random, taken: Iterable[str]) -> None:
        self._rng = rng
        self._given = set(taken)

    def one(self) -> str:
        while True:
            name = self._rng.choice(SURNAMES) + self._rng.choice(GIVEN)
            if name not in self._given:
                self._given.add(name)
                return name
