"""Refusals that only a door makes; the rest are `chassis.errors`."""

from chassis.errors import BadRequestError, ProblemError, UnauthenticatedError, UnavailableError


class MethodNotAllowedError(ProblemError):
    status = 405
    code = "method-not-allowed"
    title_zh = "此地址不支持该方法"
    title_en = "This address does not take that method"


class RequestTimeoutError(ProblemError):
    status = 408
    code = "body-too-slow"
    title_zh = "请求体发送过慢，请检查网络后重试"
    title_en = "The body came too slowly; check the network and try again"


class DeadlinePassedError(ProblemError):
    status = 504
    code = "deadline-passed"
    title_zh = "处理超过时限"
    title_en = "The deadline passed"


def bad_token(en: str) -> UnauthenticatedError:
    """`en` says why to a developer; people are told to sign in again."""
    return UnauthenticatedError(
        "登录凭证无效或已过期，请重新登录",
        f"The access token is not acceptable: {en}",
        code="invalid-token",
        headers={"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{en}"'},
    )


def ambiguous_header(name: str) -> BadRequestError:
    return BadRequestError(
        f"请求头 {name} 只能出现一次",
        f"The header {name} may appear only once",
        code="ambiguous-header",
    )


def keys_unreachable() -> UnavailableError:
    return UnavailableError(
        "暂时无法核验登录凭证，请稍后再试",
        "The identity provider's keys cannot be read just now; try again later",
        code="issuer-unreachable",
        headers={"Retry-After": "2"},
    )


def upstream_down(service: str) -> UnavailableError:
    return UnavailableError(
        "服务暂不可用，请稍后再试；如在提交，请用同一 Idempotency-Key 重试",
        f"The service {service} is not reachable just now; try again,"
        " with the same Idempotency-Key if you were writing",
        code="upstream-unavailable",
        headers={"Retry-After": "1"},
    )


def deadline_passed(service: str) -> DeadlinePassedError:
    return DeadlinePassedError(
        "处理超过时限，请稍后重试；如已提交，请用同一 Idempotency-Key 重试",
        f"The service {service} did not answer in time; try again,"
        " with the same Idempotency-Key if you were writing",
        headers={"Retry-After": "2"},
    )
