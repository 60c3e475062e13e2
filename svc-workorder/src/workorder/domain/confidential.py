"""Callers who are not to be known (domain.md 3.6): what is hidden from everybody but the keyring, from the first row on.

What was said stands encrypted beside the order; what screens, search, exports and events know is masked here, once.
"""

import re

from chassis.masking import mask_text
from workorder.domain.work_order import Confidentiality, HotlineType

_HIDDEN = "**"
_NAME = r"[\u4e00-\u9fff·]"
_WHO = (
    # 我叫某某某，本人某某，我的名字是某某
    re.compile(
        rf"(我叫|我的名字[叫是]|本人(?:姓名)?(?:叫|是|为|：|:)?|举报人(?:姓名)?(?:叫|是|为|：|:)?|姓名(?:是|为|：|:)?)\s?({_NAME}{{2,4}})(?=[，。；、,;.\s的住是系在]|$)"
    ),
    # 我住在某某小区三栋……，家住，住址
    re.compile(
        r"((?:我家?|本人|全家)?住[在于]|我家住|家住[在于]?|住址(?:是|为|：|:)?|家庭住址(?:是|为|：|:)?)([^，。；,;\s]{2,40})"
    ),
    # 我是某某单位的职工
    re.compile(
        r"(我是|本人是|我在)([^，。；,;\s]{2,30}?)(?=的?(?:职工|员工|职员|工人|干部|学生|家长|业主|租户|住户|邻居|老师|教师|医生|护士))"
    ),
)


def confidentiality_of(
    type: HotlineType, *, asked: Confidentiality, is_confidential: bool
) -> Confidentiality:
    """A report hides its caller altogether, asked or not; whoever asks for secrecy has at least the telephone hidden."""
    if type is HotlineType.REPORT or asked is Confidentiality.FULL_HIDDEN:
        return Confidentiality.FULL_HIDDEN
    if is_confidential or asked is Confidentiality.CONTACT_HIDDEN:
        return Confidentiality.CONTACT_HIDDEN
    return Confidentiality.NORMAL


def masked(text: str, confidentiality: Confidentiality) -> str:
    """What may be shown of what was said: without numbers that name a person; of hidden callers, without who they say
    they are and where they live either."""
    shown = mask_text(text)
    if confidentiality is not Confidentiality.FULL_HIDDEN:
        return shown
    for pattern in _WHO:
        shown = pattern.sub(lambda match: match.group(1) + _HIDDEN, shown)
    return shown
