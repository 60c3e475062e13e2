"""Exceptions that leave a route, as problem documents: ours, FastAPI's, the database's, and whatever else."""

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from chassis.door import AnsweredBeforeError
from chassis.errors import (
    BadRequestError,
    ConflictError,
    InvalidError,
    NotFoundError,
    ProblemError,
    UnavailableError,
)
from chassis.faults import faults_of
from chassis.problems import language_of, problem_document
from chassis.telemetry import current_traceparent, trace_id_of
from chassis.weather import is_weather

log = structlog.get_logger()


def _problem(request: Request, error: ProblemError) -> Response:
    document = problem_document(
        error,
        language=language_of(request.headers.get("accept-language", "")),
        instance=request.url.path,
        trace_id=trace_id_of(current_traceparent() or ""),
    )
    response = _ProblemResponse(document, status_code=error.status)
    response.headers.update(error.headers)
    return response


class _ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


def handle_problems(app: FastAPI) -> None:
    """Answer every exception that leaves a route with a problem document, in the caller's language."""

    @app.exception_handler(ProblemError)
    async def refused(request: Request, error: ProblemError) -> Response:
        return _problem(request, error)

    @app.exception_handler(AnsweredBeforeError)
    async def answered_before(_: Request, error: AnsweredBeforeError) -> Response:
        return error.response

    @app.exception_handler(RequestValidationError)
    async def unacceptable(request: Request, error: RequestValidationError) -> Response:
        return _problem(request, _validation_problem(error))

    @app.exception_handler(IntegrityError)
    async def clashed(request: Request, _: IntegrityError) -> Response:
        return _problem(
            request,
            ConflictError(
                "已存在相同的记录，请刷新后查看",
                "A record like this exists already; read it again",
                code="already-exists",
            ),
        )

    @app.exception_handler(DBAPIError)
    @app.exception_handler(PoolTimeoutError)
    @app.exception_handler(OSError)
    @app.exception_handler(asyncpg.PostgresError)
    @app.exception_handler(asyncpg.InterfaceError)
    @app.exception_handler(asyncpg.InternalClientError)
    async def broken(request: Request, error: Exception) -> Response:
        if not is_weather(error):
            log.error("unhandled", error=type(error).__name__, exc_info=error)
            return _problem(request, ProblemError())
        return _problem(request, UnavailableError(headers={"Retry-After": "1"}))

    @app.exception_handler(HTTPException)
    async def starlette_refused(request: Request, error: HTTPException) -> Response:
        return _problem(request, _of_status(error))


def _of_status(error: HTTPException) -> ProblemError:
    if error.status_code == 404:
        return NotFoundError("没有这个地址", "There is no such address", code="no-such-route")
    if error.status_code == 405:
        problem = BadRequestError(
            "此地址不支持该方法",
            "This address does not take that method",
            code="method-not-allowed",
            headers=dict(error.headers or {}),
        )
    else:
        problem = BadRequestError(code="bad-request")
    problem.status = error.status_code  # type: ignore[misc]  # an instance of its own for a rarer status
    return problem


def _validation_problem(error: RequestValidationError) -> ProblemError:
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return BadRequestError(
            "请求体不是有效的 JSON", "The body is not valid JSON", code="malformed-json"
        )
    return InvalidError(
        "填写内容有误，请按 errors 中的提示逐项修改后再提交",
        "Some fields are not acceptable; see errors, mend them and send again",
        faults=faults_of(faults),
    )
