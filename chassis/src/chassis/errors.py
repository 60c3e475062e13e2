"""Refusals, as exceptions that own their words. Framework-free: domain code imports this module.

ProblemError
├── BadRequestError      400  the message cannot be read (malformed, forged cursor)
├── UnauthenticatedError 401  nobody known is asking
├── ForbiddenError       403  known, but not allowed this step
├── NotFoundError        404  not there, or not within the caller's reach: the two look the same
├── ConflictError        409  not in this state
├── GoneError            410  was there, is used up
├── PreconditionError    412  somebody else changed it first
├── TooLargeError        413
├── UnsupportedError     415
├── InvalidError         422  read, but not acceptable; names every bad field
├── PreconditionRequiredError 428
├── TooManyError         429
└── UnavailableError     503  try again later
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class FieldFault:
    """One bad field: a JSON Pointer into the body (or `query/name`), a stable code, words in two languages."""

    pointer: str
    code: str
    zh: str
    en: str


class ProblemError(Exception):
    """A refusal that a person can act on: what happened and what to do next, Chinese first.

    `code` is stable and English; it becomes the problem's `type` (RFC 9457). `zh` and `en` say what
    happened and what to do next. They never carry personal data: they are logged.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title_zh: ClassVar[str] = "系统内部错误"
    title_en: ClassVar[str] = "Internal error"

    def __init__(
        self,
        zh: str = "",
        en: str = "",
        *,
        code: str | None = None,
        faults: tuple[FieldFault, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(en or zh or self.title_en)
        self.zh = zh or self.title_zh
        self.en = en or self.title_en
        self.problem_code = code or self.code
        self.faults = faults
        self.headers = headers or {}


class BadRequestError(ProblemError):
    status = 400
    code = "bad-request"
    title_zh = "请求无法读取"
    title_en = "The request cannot be read"


class UnauthenticatedError(ProblemError):
    status = 401
    code = "unauthenticated"
    title_zh = "未登录或登录已失效"
    title_en = "Not signed in, or the sign-in has ended"


class ForbiddenError(ProblemError):
    status = 403
    code = "forbidden"
    title_zh = "无权办理此步骤"
    title_en = "Not allowed to take this step"


class NotFoundError(ProblemError):
    status = 404
    code = "not-found"
    title_zh = "未找到，或不在您的权限范围内"
    title_en = "Not found, or not within your reach"


class ConflictError(ProblemError):
    status = 409
    code = "conflict"
    title_zh = "当前状态下不能办理此步骤"
    title_en = "Not possible in the present state"


class GoneError(ProblemError):
    status = 410
    code = "gone"
    title_zh = "已使用或已失效"
    title_en = "Already used, or no longer valid"


class PreconditionError(ProblemError):
    status = 412
    code = "changed-meanwhile"
    title_zh = "内容已被他人修改，请刷新后重试"
    title_en = "Somebody else changed it first; read it again and retry"


class TooLargeError(ProblemError):
    status = 413
    code = "too-large"
    title_zh = "内容过大"
    title_en = "Too large"


class UnsupportedError(ProblemError):
    status = 415
    code = "unsupported-media-type"
    title_zh = "不支持的内容类型"
    title_en = "Unsupported media type"


class InvalidError(ProblemError):
    status = 422
    code = "invalid"
    title_zh = "填写内容有误"
    title_en = "Some fields are not acceptable"


class PreconditionRequiredError(ProblemError):
    status = 428
    code = "if-match-required"
    title_zh = "缺少 If-Match 请求头，请先读取最新版本"
    title_en = "If-Match is missing; read the latest version first"


class TooManyError(ProblemError):
    status = 429
    code = "too-many-requests"
    title_zh = "请求过于频繁，请稍后再试"
    title_en = "Too many requests; try again later"


class UnavailableError(ProblemError):
    status = 503
    code = "unavailable"
    title_zh = "服务暂不可用，请稍后再试"
    title_en = "Not available now; try again later"
