"""Open311 GeoReport v2 (frozen specification) on the hotline, so that applications of other cities work here unchanged.

Every path ends in .xml or .json; errors come in the specification's format; what is not known in a query is ignored.

GET  discovery                                     anyone: where which version answers, in which formats
GET  services, services/{code}                     anyone
GET  requests, requests/{ids}, tokens/{id}         anyone: what came in through here, and is not confidential
GET  servicerequestupdates                         anyone: FixMyStreet's extension
POST requests, servicerequestupdates               with an api_key, or signed in
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, cast
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from chassis.clock import CITY_ZONE
from chassis.door import Call, DoorTransaction, Guard
from chassis.errors import ProblemError
from chassis.identity import Policy, Principal, Reach
from chassis.runtime import Runtime
from contracts.vocabulary import PrincipalKind
from workorder.domain.open311 import (
    Open311Error,
    Service,
    answers_of,
    numbers_of,
    report_of,
    update_of,
    wanted_of,
)
from workorder.open311_format import rendered
from workorder.queries import open311 as queries
from workorder.repository.open311 import (
    client_of,
    find_service,
    offered_services,
    services_changed_at,
)
from workorder.schemas.open311 import Format
from workorder.settings import WorkOrderSettings
from workorder.use_cases.note_open311_update import note_open311_update
from workorder.use_cases.open_open311_request import open_open311_request

# What is wrong is told in the format that was asked for.
_ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "errors", "content": {"text/xml": {}, "application/json": {}}}
}
router = APIRouter(prefix="/workorder/open311/v2", tags=["open311"], responses=_ERRORS)
discovery_router = APIRouter(prefix="/workorder/open311", tags=["open311"], responses=_ERRORS)

FORM_TYPE = "application/x-www-form-urlencoded"
FORM_BYTES_MAX = 64 * 1024
FIELDS_MAX = 200
CHANNEL = "open311"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
FIRST_CHANGESET = datetime(2026, 1, 1, tzinfo=UTC)
"""Since when the services stand that the books were opened with."""
FINAL_STATES = frozenset({"closed", "not-accepted", "cancelled"})
_STEP_WORDS = {
    "dispatched": "已派往承办单位",
    "reopened": "重新办理",
    "visited": "已回访",
}

REQUESTS = {"root": "service_requests", "row": "request"}
UPDATES = {"root": "service_request_updates", "row": "request_update"}

REQUEST_UNKNOWN = "service_request_id provided was not found 没有这个诉求编号"
UNKNOWN = "token provided was not found 没有这个令牌"
"""Of a token."""

Form = dict[str, list[str]]


class OpenGuard(Guard):
    """Anyone; what a query says beyond the specification is left alone, as the specification wants it."""

    async def __call__(self, request: Request) -> Call:
        principal = cast("Principal", request.scope["principal"])
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        return Call(
            request=request,
            runtime=cast("Runtime", request.app.state.runtime),
            principal=principal,
            scope=self.policy.admit(principal),
            key=key[:200] if key else None,
            fingerprint=hashlib.sha256(await _body(request)).digest() if key else b"",
        )


Anyone = Annotated[Call, Depends(OpenGuard(Policy(anyone=Reach.ALL)))]


async def _told(
    work: Callable[[], Awaitable[Any]], *, root: str, row: str, format: str
) -> Response:
    """The answer in the format asked for, or what is wrong in the same."""
    is_xml = format == "xml"
    try:
        found_rows = await work()
        if isinstance(found_rows, Response):
            return found_rows
        return _response(found_rows, root=root, row=row, is_xml=is_xml)
    except Open311Error as error:
        found = error
    except ProblemError as error:
        found = Open311Error(error.status, f"{error.en} {error.zh}")
    errors = [{"code": found.status, "description": found.description}]
    return _response(errors, root="errors", row="error", is_xml=is_xml, status=found.status)


def _response(rows: Any, *, root: str, row: str, is_xml: bool, status: int = 200) -> Response:
    body, media_type = rendered(rows, root=root, row=row, is_xml=is_xml)
    return Response(body, status_code=status, media_type=media_type)


@discovery_router.get(
    "/discovery.{format}", response_class=Response, operation_id="open311_discovery"
)
async def get_discovery(format: Format, call: Anyone) -> Response:
    """Where which version answers, in which formats, whom to ask, and how to get a key (Service Discovery)."""

    async def work() -> dict[str, Any]:
        async with call.read() as tx:
            changed_at = await services_changed_at(tx)
        settings = call.runtime.settings
        assert isinstance(settings, WorkOrderSettings)
        changeset = _time(changed_at or FIRST_CHANGESET)
        endpoint = {
            "specification": SPECIFICATION,
            "url": f"{settings.public_url.rstrip('/')}{router.prefix}",
            "changeset": changeset,
            "type": "test" if settings.open311_is_test else "production",
            "formats": ["text/xml", "application/json"],
        }
        return {
            "changeset": changeset,
            "contact": settings.open311_contact,
            "key_service": settings.open311_key_service,
            "endpoints": [endpoint],
        }

    return await _told(work, root="discovery", row="", format=format)


@router.get("/discovery.{format}", response_class=Response, operation_id="open311_v2_discovery")
async def get_discovery_of_version(format: Format, call: Anyone) -> Response:
    """The same, for applications that look for it beside the resources."""
    return await get_discovery(format, call)


@router.get("/services.{format}", response_class=Response, operation_id="open311_services")
async def get_services(format: Format, call: Anyone) -> Response:
    """What can be reported."""

    async def work() -> list[dict[str, Any]]:
        async with call.read() as tx:
            await _check_jurisdiction(tx, call.request.query_params)
            return [_service(each) for each in await offered_services(tx)]

    return await _told(work, root="services", row="service", format=format)


@router.get("/services/{code}.{format}", response_class=Response, operation_id="open311_service")
async def get_service(code: str, format: Format, call: Anyone) -> Response:
    """The attributes of one service."""

    async def work() -> dict[str, Any]:
        async with call.read() as tx:
            await _check_jurisdiction(tx, call.request.query_params)
            service = await _the_service(tx, code)
        return {"service_code": service.code, "attributes": [*map(_attribute, service.attributes)]}

    return await _told(work, root="service_definition", row="", format=format)


@router.post("/requests.{format}", response_class=Response, operation_id="open311_report")
async def post_request(format: Format, call: Anyone) -> Response:
    """Report something; the number comes at once."""

    async def work() -> Response:
        form = await _form(call.request)
        client = await _writer(call, form)
        report = report_of(form)
        async with call.begin() as tx:
            await _check_jurisdiction(tx, _first(form))
            service = await _the_service(tx, report.service_code)
            order = await open_open311_request(
                tx,
                service,
                report,
                answers=answers_of(service, form),
                client_id=client.id if client else None,
                caller_id=UUID(call.principal.owner_id) if client is None else None,
                division=client.division if client else call.principal.division,
            )
            account = report.account.get("account_id", "")
            made = {
                "service_request_id": order.number,
                "service_notice": "",
                "account_id": account,
            }
            tx.respond(_response([made], **REQUESTS, is_xml=format == "xml", status=201))
        return tx.response

    return await _told(work, **REQUESTS, format=format)


@router.get("/requests.{format}", response_class=Response, operation_id="open311_requests")
async def get_requests(format: Format, call: Anyone) -> Response:
    """Reports of 90 days at most, a thousand at most, newest first; or those whose numbers are given."""

    async def work() -> list[dict[str, Any]]:
        async with call.read() as tx:
            await _check_jurisdiction(tx, call.request.query_params)
            wanted = wanted_of(_plain(call.request.query_params), tx.now)
            has_more = call.request.query_params.get("extensions", "") == "true"
            return [_request(row, has_more) for row in await queries.requests_of(tx, wanted)]

    return await _told(work, **REQUESTS, format=format)


@router.get("/requests/{number}.{format}", response_class=Response, operation_id="open311_request")
async def get_request(number: str, format: Format, call: Anyone) -> Response:
    """One report by its number, or several by their numbers and commas."""

    async def work() -> list[dict[str, Any]]:
        async with call.read() as tx:
            await _check_jurisdiction(tx, call.request.query_params)
            rows = await queries.requests_numbered(tx, numbers_of(number))
        if not rows:
            raise Open311Error(404, REQUEST_UNKNOWN)
        has_more = call.request.query_params.get("extensions", "") == "true"
        return [_request(row, has_more) for row in rows]

    return await _told(work, **REQUESTS, format=format)


@router.get("/tokens/{token}.{format}", response_class=Response, operation_id="open311_token")
async def get_token(token: str, format: Format, call: Anyone) -> Response:
    """The number behind a token: here numbers come at once, and a token is the order's own id."""

    async def work() -> list[dict[str, Any]]:
        async with call.read() as tx:
            await _check_jurisdiction(tx, call.request.query_params)
            found = await queries.number_of(tx, _uuid(token))
        if found is None:
            raise Open311Error(404, UNKNOWN)
        return [{"token": token, "service_request_id": found}]

    return await _told(work, **REQUESTS, format=format)


@router.get(
    "/servicerequestupdates.{format}", response_class=Response, operation_id="open311_updates"
)
async def get_updates(format: Format, call: Anyone) -> Response:
    """What happened to reports since, oldest first."""

    async def work() -> list[dict[str, Any]]:
        async with call.read() as tx:
            await _check_jurisdiction(tx, call.request.query_params)
            wanted = wanted_of(_plain(call.request.query_params), tx.now)
            rows = await queries.updates_of(tx, wanted)
        return [_update(row) for row in rows]

    return await _told(work, **UPDATES, format=format)


@router.post(
    "/servicerequestupdates.{format}", response_class=Response, operation_id="open311_say_more"
)
async def post_update(format: Format, call: Anyone) -> Response:
    """Say more about a report that is open: a note that whoever has it reads, and is told of."""

    async def work() -> Response:
        form = await _form(call.request)
        client = await _writer(call, form)
        update = update_of(form)
        async with call.begin() as tx:
            await _check_jurisdiction(tx, _first(form))
            row = await queries.request_of(tx, update.number)
            if row is None or not _is_theirs(row, client, call):
                raise Open311Error(404, REQUEST_UNKNOWN)
            made = {"update_id": str(await note_open311_update(tx, row.id, update))}
            tx.respond(_response([made], **UPDATES, is_xml=format == "xml", status=201))
        return tx.response

    return await _told(work, **UPDATES, format=format)


def _is_theirs(row: Any, client: Any, call: Call) -> bool:
    """A client says more of any report that came through here; a person only of their own."""
    return client is not None or str(row.caller_id) == call.principal.owner_id


async def _writer(call: Call, form: Mapping[str, list[str]]) -> Any:
    """The client whose api_key was given, as who acts from now on; None for somebody signed in. Open311Error (403)."""
    key = _first(form).get("api_key") or call.request.query_params.get("api_key", "")
    if not key:
        people = {PrincipalKind.PERSON, PrincipalKind.ENTERPRISE}
        if call.principal.kind in people:
            return None
        raise Open311Error(403, "Missing API key: api_key was not provided 缺少 api_key")
    async with call.read() as tx:
        client = await client_of(tx, key[:200])
    if client is None:
        raise Open311Error(403, "Invalid API key: api_key is not valid api_key 无效")
    call.principal = replace(
        call.principal,
        subject=str(client.id),
        kind=PrincipalKind.PARTNER.value,
        division=client.division,
        channel=CHANNEL,
    )
    return client


async def _form(request: Request) -> Form:
    """What was sent in; some applications send a field or all of them in the query."""
    body = await _body(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and media_type != FORM_TYPE:
        raise Open311Error(400, f"Content-Type must be {FORM_TYPE} 请以表单提交")
    try:
        text = body.decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError:
        raise Open311Error(400, "the form is no UTF-8 form 表单编码有误") from None
    pairs += [each for each in request.query_params.multi_items() if each not in pairs]
    form: Form = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise Open311Error(400, "the form holds a character that is not allowed 含有非法字符")
        form.setdefault(name, []).append(value)
    return form


async def _body(request: Request) -> bytes:
    body = await request.body()
    if len(body) > FORM_BYTES_MAX:
        raise Open311Error(413, "the form is too large 内容过大")
    return body


async def _check_jurisdiction(tx: DoorTransaction, given: Mapping[str, str]) -> None:
    """One jurisdiction needs no naming; of several one has to be named."""
    wanted, known = given.get("jurisdiction_id", "").strip(), await tx.rule("open311-jurisdictions")
    if not wanted and len(known) > 1:
        raise Open311Error(400, "jurisdiction_id was not provided 请填写辖区")
    if wanted and wanted not in known:
        raise Open311Error(404, "jurisdiction_id provided was not found 没有这个辖区")


async def _the_service(tx: DoorTransaction, code: str) -> Service:
    service = await find_service(tx, code[:64])
    if service is None:
        raise Open311Error(404, "service_code provided was not found 没有这种服务")
    return service


def _first(form: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: values[0] for name, values in form.items()}


def _plain(query: Mapping[str, str]) -> dict[str, str]:
    return dict(query)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Open311Error(404, UNKNOWN) from None


def _service(service: Service) -> dict[str, Any]:
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": service.description,
        "metadata": bool(service.attributes),
        "type": "realtime",
        "keywords": service.keywords,
        "group": service.group,
    }


def _attribute(attribute: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in attribute.items() if name != "values"}
    return {**told, "values": attribute["values"]} if attribute.get("values") else told


def _request(row: Any, has_more: bool) -> dict[str, Any]:
    found = {
        "service_request_id": row.number,
        "status": "closed" if row.closed_at else "open",
        "status_notes": row.reply,
        "service_name": row.service_name or "",
        "service_code": row.service_code,
        "description": row.content,
        "agency_responsible": row.department,
        "service_notice": "",
        "requested_datetime": _time(row.opened_at),
        "updated_datetime": _time(row.updated_at),
        "expected_datetime": _time(row.due_at),
        "address": row.place,
        "address_id": row.address_id,
        "zipcode": "",
        "lat": row.latitude,
        "long": row.longitude,
        "media_url": row.media_url,
    }
    if has_more:
        found["extended_attributes"] = {"state": row.state, "round": row.round}
    return found


def _update(row: Any) -> dict[str, Any]:
    return {
        "update_id": str(row.id),
        "service_request_id": row.number,
        "status": "closed" if row.state in FINAL_STATES else "open",
        "updated_datetime": _time(row.taken_at),
        "description": _STEP_WORDS.get(row.step, row.reason),
        "media_url": "",
    }


def _time(instant: Any) -> str:
    return "" if instant is None else instant.astimezone(CITY_ZONE).isoformat(timespec="seconds")
