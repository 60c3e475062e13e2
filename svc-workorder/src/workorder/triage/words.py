"""A citizen's message as features: what is boilerplate, a mask or a number says nothing about the matter."""

import re
import unicodedata
from collections.abc import Iterator

import rjieba

TEXT_CHARACTERS_MAX = 8_000
"""Of longer ones the beginning and the end are read: there stand the matter and what is asked for."""
WORD_CHARACTERS_MAX = 12
PIECES = (1, 2, 3)
"""How many characters pieces of a text have: where rows are few, a character is often all that two texts share."""

_LEFTOVERS = re.compile(r"_x[0-9a-f]{4}_|<[a-z/!][^<>]{0,200}>|&#?[a-z0-9]{1,8};")
"""What exports of sheets and pages leave in a text: escaped line ends, tags, entities."""
_MASKS = re.compile(r"[*＊×□○●█_]{1,}|(?<![a-z])x{2,}(?![a-z])|某{1,}")
_PLACES = re.compile(r"[a-z]\d*(?=[市区县镇乡村州])")
"""Masked place names such as `A3区`: the place is hidden, the kind of place stays."""
_ADDRESSES = re.compile(r"https?://\S+|\S+@\S+\.\S+|www\.\S+")
_NUMBERS = re.compile(r"\d+(?:[.:：/-]\d+)*")
_SPACE = re.compile(r"\s+")
_GREETINGS = re.compile(
    r"(尊敬的|敬爱的)?[\w]{0,8}?(书记|市长|县长|区长|局长|主任|领导)(们)?[，,、：:!！。 ]*(您们?|你们?)好[!！，,。 ]*"
    r"|^(您们?|你们?)好[!！，,。 ]*"
    r"|此致|敬礼|谢谢(您|你)?|感谢(您|你)?|(请|望|盼|恳请|希望)[\w]{0,6}(尽快|早日)?(回复|答复|回信)"
)
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_RUN = re.compile(r"[\u4e00-\u9fffa-z0]+")

STOP_WORDS = frozenset(
    [
        "的",
        "了",
        "是",
        "在",
        "我",
        "我们",
        "你",
        "你们",
        "他",
        "他们",
        "她",
        "它",
        "这",
        "那",
        "这个",
        "那个",
        "这样",
        "那样",
        "什么",
        "怎么",
        "为什么",
        "就",
        "都",
        "也",
        "还",
        "又",
        "很",
        "不",
        "没",
        "没有",
        "和",
        "与",
        "及",
        "或",
        "而",
        "但",
        "但是",
        "因为",
        "所以",
        "如果",
        "可以",
        "能",
        "能够",
        "会",
        "要",
        "想",
        "请",
        "请问",
        "吗",
        "呢",
        "吧",
        "啊",
        "被",
        "把",
        "给",
        "让",
        "对",
        "从",
        "到",
        "向",
        "于",
        "以",
        "为",
        "之",
        "其",
        "有",
        "有人",
        "一个",
        "一些",
        "一下",
        "一直",
        "现在",
        "已经",
        "时候",
        "今天",
        "昨天",
        "明天",
        "今年",
        "去年",
        "多次",
        "进行",
        "相关",
        "有关",
        "问题",
        "情况",
        "反映",
        "解决",
        "处理",
        "部门",
        "领导",
        "政府",
        "希望",
        "多",
        "少",
        "大",
        "小",
        "上",
        "下",
        "中",
        "里",
        "后",
        "前",
        "等",
        "地",
        "得",
        "着",
        "过",
    ]
)


def normalised(text: str) -> str:
    """A text in one width and case, without masks, addresses, digits and what every message says."""
    plain = unicodedata.normalize("NFKC", text).lower()
    if len(plain) > TEXT_CHARACTERS_MAX:
        half = TEXT_CHARACTERS_MAX // 2
        plain = plain[:half] + " " + plain[-half:]
    plain = _LEFTOVERS.sub(" ", plain)
    plain = _ADDRESSES.sub(" ", plain)
    plain = _PLACES.sub("", plain)
    plain = _MASKS.sub(" ", plain)
    plain = _GREETINGS.sub(" ", plain)
    plain = _NUMBERS.sub("0", plain)
    return _SPACE.sub(" ", plain).strip()


def words_of(text: str) -> Iterator[str]:
    """Words of a normalised text that may carry meaning, in their order."""
    for run in _RUN.findall(text):
        for word in rjieba.cut(run):
            if len(word) > WORD_CHARACTERS_MAX or word in STOP_WORDS or word == "0":
                continue
            if len(word) > 1 or _HAN.match(word):
                yield word


def features_of(text: str) -> Iterator[str]:
    """Features of a normalised text, repeated as often as they occur: words, pairs of words, and pieces of one to three characters.

    Each kind has a mark in front, so that a word and the same characters are two features.
    """
    last = ""
    for word in words_of(text):
        yield "w" + word
        if last:
            yield f"p{last} {word}"
        last = word
    for run in _HAN.findall(text):
        for size in PIECES:
            for start in range(len(run) - size + 1):
                yield f"c{run[start : start + size]}"
