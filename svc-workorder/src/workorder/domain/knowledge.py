"""The knowledge base (知识库): what an article says, and what is drawn from a guide (domain.md 3.7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.errors import ConflictError, ForbiddenError, InvalidError
from contracts.guide import Guide

DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"
GUIDE, DEPARTMENT = "guide", "department"
REVIEW, REDRAW, ANSWER = "review", "redraw", "answer"
ARTICLE_IMPORT = "knowledge-import"
CATCH_UP = "knowledge-catch-up"
"""The kind of the job that draws what no publication has drawn."""
ANSWER_CHARACTERS_MAX = 20_000
CONTENT = (
    "category",
    "title",
    "question",
    "answer",
    "policy_refs",
    "valid_from",
    "valid_until",
    "review_due",
    "owner",
)
"""What a publication changes, and a version keeps."""


@dataclass(frozen=True, kw_only=True)
class PublicGuide:
    """A version of an item's guide that is public, and since when as far as is known here."""

    item_id: UUID
    version: int
    guide: Guide
    published_at: datetime


class ArticleStateError(ConflictError):
    code = "article-state"
    title_zh = "该条目当前状态下不能办理此操作，请刷新后查看"
    title_en = "Not possible in the article's present state; read it again"


class NothingPendingError(ConflictError):
    code = "nothing-pending"
    title_zh = "没有待发布的修改，请先提交修改"
    title_en = "No change waits to be published; hand one in first"


class TaskClosedError(ConflictError):
    code = "knowledge-task-closed"
    title_zh = "该待办已处理，无需再次处理"
    title_en = "This has been done already"


class TaskOpenError(ConflictError):
    code = "knowledge-task-open"
    title_zh = "该待办尚未处理，无需恢复"
    title_en = "It is still open; there is nothing to take back"


class NotYourArticleError(ForbiddenError):
    code = "not-your-article"
    title_zh = "只能维护本部门的知识库条目；其他部门的请联系其承办人"
    title_en = "Keep your own department's articles; ask the other department for theirs"


class TaskDoesNotFitError(InvalidError):
    code = "task-does-not-fit"
    title_zh = "该待办不是本部门待补充的答案，请核对编号"
    title_en = "That is not an open task of this department for an answer; look its id up"


def drawn_from(guide: Guide) -> Iterator[tuple[str, dict[str, Any]]]:
    """Parts of a guide as questions with their answers; a part that the guide leaves empty is not asked about."""
    for part, question, answer in _parts(guide):
        if answer.strip():
            yield (
                part,
                {
                    "title": f"{guide.name}：{question}"[:200],
                    "question": f"办理“{guide.name}”，{question}？"[:500],
                    "answer": answer[:ANSWER_CHARACTERS_MAX],
                    "policy_refs": [
                        {"title": basis.law, "number": basis.number, "url": ""}
                        for basis in guide.legal_basis[:20]
                    ],
                },
            )
    for place, asked in enumerate(guide.questions):
        yield (
            f"question-{place}",
            {
                "title": f"{guide.name}：{asked.question}"[:200],
                "question": asked.question[:500],
                "answer": asked.answer[:ANSWER_CHARACTERS_MAX],
                "policy_refs": [],
            },
        )


def _parts(guide: Guide) -> Iterator[tuple[str, str, str]]:
    yield "materials", "需要带什么材料", _numbered(_material(each) for each in guide.materials)
    yield "days", "多久能办好", _days(guide)
    yield "conditions", "要符合什么条件", _numbered(iter(guide.conditions))
    yield (
        "fees",
        "要交多少钱",
        _numbered(f"{fee.name} {fee.amount_fen / 100:.2f} 元" for fee in guide.fees) or "不收费",
    )
    yield (
        "windows",
        "到哪里办、什么时间办",
        _numbered(f"{one.name}，{one.address}，{one.hours} {one.phone}" for one in guide.windows),
    )


def _material(material: Any) -> str:
    notes = []
    if material.necessity == "optional":
        notes.append("可选")
    if material.necessity == "later":
        notes.append("可容缺后补")
    if material.applies_when:
        notes.append("仅部分情形需要")
    if material.certificate_type or material.data_resource:
        notes.append("可免提交")
    return str(material.name) + (f"（{'，'.join(notes)}）" if notes else "")


def _days(guide: Guide) -> str:
    promised = f"承诺 {guide.promised_days} 个工作日办结" if guide.promised_days else "即来即办"
    if guide.statutory_days is None:
        return promised + "。"
    return f"{promised}（法定 {guide.statutory_days} 个工作日）。"


def _numbered(lines: Iterator[str]) -> str:
    return "\n".join(f"{number}. {line.strip()}" for number, line in enumerate(lines, 1))
