"""Loads an example city into a running one, through the gateway as people would: nothing is written past a door.

places ─▶ certificate types ─┬▶ guides (an import job) ─▶ books: windows, proofs, powers, live lists, supervision
                             ├▶ ID certificates and licences
                             ├▶ data resources, records, a grant
                             └▶ a partner

Every step looks first at what is there, so that it may be run again after it was interrupted.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from contracts.guide import Guide
from contracts.registry import ALL_FACTS
from localcity.example.book_loading import load_books
from localcity.example.catalogue import (
    BUSINESS_LICENCE,
    FOOD_BUSINESS_PERMIT,
    HOUSEHOLD_REGISTER,
    RESIDENT_ID,
    CertificateTypeEntry,
    ResourceEntry,
    business_licence_of,
    household_record_of,
    resident_id_of,
)
from localcity.example.divisions import XIANGQIAO
from localcity.example.doors import Doors, RunningCity, Say, open_client
from localcity.example.generator import ExampleCity
from localcity.example.halls import register_kiosks
from localcity.example.j1 import J1_ITEM
from localcity.example.people import POLICE, people
from localcity.tokens import mint_token
from localcity.trouble import TroubleError

IMPORT_BYTES = 4 * 1024 * 1024
CERTIFICATES_BATCH = 100
RECORDS_BATCH = 500
DOCUMENTS_SECONDS_MAX = 300.0
COMPANIES_LICENSED = 1
PARTNER_NAME = "潮州市企业综合服务平台（示例合作方）"
PARTNER_FACTS = ("catalog.item-version.", "workorder.application.")
"""The partner reads what happens to items and applications, in one district."""
GRANTED_FIELDS = ("household_number", "registered_address", "relation")


async def load_city(city: RunningCity, example: ExampleCity, *, say: Say = print) -> dict[str, Any]:
    """Load it all; returns what city.json has to say of it. Raises TroubleError in words."""
    async with open_client() as client:
        doors = Doors(client, city)
        began = time.monotonic()
        await _register_places(doors, example, say)
        await register_kiosks(doors)
        await _register_types(doors, example, say)
        # These do not wait for each other: documents are made while items are taken in.
        _, _, _, partner = await asyncio.gather(
            _fill_catalog(doors, example, say),
            _issue_certificates(doors, example, say),
            _register_data(doors, example, say),
            _register_partner(doors, city.partner, say),
        )
        say(f"the example city is loaded, in {time.monotonic() - began:.1f} s")
    return {"partner": partner}


async def _register_places(doors: Doors, example: ExampleCity, say: Say) -> None:
    lists: dict[str, list[dict[str, Any]]] = {
        "divisions": [
            {
                "code": each.code,
                "name": each.name,
                "level": each.level,
                "parent": each.parent,
                "kind": each.kind,
            }
            for each in example.divisions
        ],
        "departments": [
            {"code": each.code, "name": each.name, "division": each.division}
            for each in example.departments
        ],
        "halls": [
            {
                "code": each.code,
                "name": each.name,
                "division": each.division,
                "address": each.address,
                "hours": each.hours,
                "phone": each.phone,
            }
            for each in example.halls
        ],
    }
    for name, rows in lists.items():
        await doors.call("POST", f"/catalog/v1/{name}", role="system_admin", json={"rows": rows})
    say("、".join(f"{len(rows)} {name}" for name, rows in lists.items()))


async def _fill_catalog(doors: Doors, example: ExampleCity, say: Say) -> None:
    await _import_guides(doors, example.guides, say)
    began = time.monotonic()
    counts = await load_books(doors, example)
    listed = "、".join(f"{count} {name}" for name, count in counts.items())
    say(f"books: {listed}, in {time.monotonic() - began:.1f} s")


async def _import_guides(doors: Doors, guides: Sequence[Guide], say: Say) -> None:
    """Items that are there keep what was made of them since."""
    known = {
        item["item_code"] async for item in doors.results("/catalog/v1/items", role="system_admin")
    }
    missing = [guide for guide in guides if guide.item_code not in known]
    for number, piece in enumerate(_pieces(missing), start=1):
        say(f"items, file {number} of {len(missing)} items: {len(piece) // 1024} KiB")
        job = await doors.call(
            "POST", "/catalog/v1/imports", role="system_admin", file=("items.jsonl", piece)
        )
        job = await doors.finish_job(job, path="/catalog/v1/jobs", role="system_admin", say=say)
        if job["refused"]:
            raise TroubleError(
                f"{job['refused']} of the example's items were refused: {job['rows']}"
            )
    say(f"{len(missing)} items imported, {len(guides) - len(missing)} were there")


def _pieces(guides: Sequence[Guide]) -> Iterator[bytes]:
    """JSON Lines in files of a size that any door takes."""
    piece = bytearray()
    for guide in guides:
        if len(piece) > IMPORT_BYTES:
            yield bytes(piece)
            piece.clear()
        piece += guide.model_dump_json().encode() + b"\n"
    if piece:
        yield bytes(piece)


async def _register_types(doors: Doors, example: ExampleCity, say: Say) -> None:
    rows = [_type_row(kind) for kind in example.certificate_types]
    known = {
        kind["code"]
        async for kind in doors.results("/certificate/v1/certificate-types", role="system_admin")
    }
    missing = [row for row in rows if row["code"] not in known]
    if missing:
        await doors.call(
            "POST",
            "/certificate/v1/certificate-types",
            role="system_admin",
            json={"certificate_types": missing},
        )
    say(f"{len(rows)} certificate types")


def _type_row(kind: CertificateTypeEntry) -> dict[str, Any]:
    return {
        "code": kind.code,
        "name": kind.name,
        "department": kind.department.code,
        "department_name": kind.department.name,
        "division": kind.department.division,
        "holder_kind": kind.holder_kind,
        "validity_years": kind.validity_years,
        "item_codes": [J1_ITEM] if kind.code == FOOD_BUSINESS_PERMIT else [],
        "fields": [{"name": name, "label": label} for name, label in kind.fields],
    }


async def _issue_certificates(doors: Doors, example: ExampleCity, say: Say) -> None:
    """ID certificates for everybody, and a business licence for the company of the tokens."""
    identities = [
        {
            "type_code": RESIDENT_ID,
            "holder_id": person.sub,
            "holder_name": person.name,
            "holder_number": person.id_number,
            "fields": resident_id_of(person),
        }
        for person in example.people
    ]
    licences = [
        {
            "type_code": BUSINESS_LICENCE,
            "holder_id": company.sub,
            "holder_name": company.name,
            "holder_number": company.credit_code,
            "fields": business_licence_of(company),
        }
        for company in example.companies[:COMPANIES_LICENSED]
    ]
    await _issue(doors, identities, role="issuer_2")
    await _issue(doors, licences, role="issuer")
    await _wait_for_documents(doors, RESIDENT_ID, role="issuer_2")
    await _wait_for_documents(doors, BUSINESS_LICENCE, role="issuer")
    say(f"{len(identities)} ID certificates and {len(licences)} business licence, sealed")


async def _issue(doors: Doors, wanted: Sequence[dict[str, Any]], *, role: str) -> None:
    type_code = wanted[0]["type_code"]
    held = {
        certificate["holder_id"]
        async for certificate in doors.results(
            "/certificate/v1/certificates", role=role, params={"type": type_code}
        )
    }
    missing = [each for each in wanted if each["holder_id"] not in held]
    for start in range(0, len(missing), CERTIFICATES_BATCH):
        await doors.call(
            "POST",
            "/certificate/v1/certificates/batches",
            role=role,
            json={"certificates": missing[start : start + CERTIFICATES_BATCH]},
        )


async def _wait_for_documents(doors: Doors, type_code: str, *, role: str) -> None:
    """Until none of this type is still being made."""
    deadline = time.monotonic() + DOCUMENTS_SECONDS_MAX
    while True:
        page = await doors.call(
            "GET",
            "/certificate/v1/certificates",
            role=role,
            params={"type": type_code, "status": "draft", "limit": 1},
        )
        if not page["results"]:
            return
        if time.monotonic() > deadline:
            fault = page["results"][0].get("make_fault") or "no reason given"
            raise TroubleError(f"the documents of {type_code} are not made: {fault}")
        await asyncio.sleep(0.2)


async def _register_data(doors: Doors, example: ExampleCity, say: Say) -> None:
    """The catalogue of resources; the police's records on households; and a grant to read them for J1's item."""
    ours = [each for each in example.resources if each.department.code == POLICE]
    others = [each for each in example.resources if each.department.code != POLICE]
    for role, entries in (("data_steward", ours), ("system_admin", others)):
        rows = [_resource_row(entry) for entry in entries]
        await doors.call("POST", "/datashare/v1/resources", role=role, json={"rows": rows})
    records = [
        {"subject_id": person.sub, "values": household_record_of(person)}
        for person in example.people
    ]
    for start in range(0, len(records), RECORDS_BATCH):
        await doors.call(
            "POST",
            f"/datashare/v1/resources/{HOUSEHOLD_REGISTER}/records",
            role="data_steward",
            json={"rows": records[start : start + RECORDS_BATCH]},
        )
    await _grant_household_register(doors)
    say(f"{len(example.resources)} data resources, {len(records)} household records, one grant")


def _resource_row(entry: ResourceEntry) -> dict[str, Any]:
    terms = {
        "unconditional": "",
        "conditional": "仅限办理政务服务事项时核验申请人本人信息，不得另作他用",
        "none": "",
    }
    return {
        "code": entry.code,
        "name": entry.name,
        "provider_department": entry.department.code,
        "division": entry.department.division,
        "fields": [
            {"name": name, "label": label, "level": level} for name, label, level in entry.fields
        ],
        "share_type": entry.share_type,
        "conditions": terms[entry.share_type],
        "law": entry.law,
        "update_cycle": entry.update_cycle,
    }


async def _grant_household_register(doors: Doors) -> None:
    asked: dict[str, str | int] = {"resource_code": HOUSEHOLD_REGISTER}
    head = "department_head"
    given = [
        grant
        async for grant in doors.results(
            "/datashare/v1/grants", role=head, params={**asked, "state": "active"}
        )
    ]
    if given:
        return
    waiting = [
        request
        async for request in doors.results(
            "/datashare/v1/grant-requests", role=head, params={**asked, "state": "submitted"}
        )
    ]
    request = waiting[0] if waiting else await _request_grant(doors, role=head)
    await doors.call(
        "POST",
        f"/datashare/v1/grant-requests/{request['id']}/approvals",
        role="data_approver",
        json={
            "reason": "用途明确，信息项为办理所必需",
            "legal_basis": "政务数据共享条例；中华人民共和国户口登记条例",
        },
    )


async def _request_grant(doors: Doors, *, role: str) -> dict[str, Any]:
    return await doors.call(
        "POST",
        "/datashare/v1/grant-requests",
        role=role,
        json={
            "resource_code": HOUSEHOLD_REGISTER,
            "item_code": J1_ITEM,
            "fields": list(GRANTED_FIELDS),
            "purpose": "办理食品经营许可时核验申请人户籍信息，免交户口簿",
            "legal_basis": "政务数据共享条例；优化营商环境条例第三十七条",
        },
    )


async def _register_partner(doors: Doors, known: Mapping[str, str], say: Say) -> dict[str, str]:
    """A partner with its credentials; a secret that city.json does not have is replaced by a new one."""
    partners = [
        partner
        async for partner in doors.results("/datashare/v1/partners", role="system_admin")
        if partner["name"] == PARTNER_NAME and partner["state"] == "active"
    ]
    if known.get("client_id") in {partner["client_id"] for partner in partners}:
        return dict(known)
    if partners:
        partner = await doors.call(
            "POST",
            f"/datashare/v1/partners/{partners[0]['id']}/secrets",
            role="system_admin",
            json={"reason": "示例城市重新装载，原密钥未保存"},
        )
    else:
        partner = await doors.call(
            "POST", "/datashare/v1/partners", role="system_admin", json=_partner_row()
        )
    say(f"partner {partner['client_id']}")
    return {"client_id": partner["client_id"], "client_secret": partner["client_secret"]}


def _partner_row() -> dict[str, Any]:
    return {
        "name": PARTNER_NAME,
        "types": [fact.TYPE for fact in ALL_FACTS if fact.TYPE.startswith(PARTNER_FACTS)],
        "divisions": [XIANGQIAO],
        "valid_until": (datetime.now(UTC) + timedelta(days=365)).isoformat(),
        "legal_basis": "政务数据共享条例；示例接入协议",
    }


def people_tokens(city: RunningCity, keys: Path, count: int) -> dict[str, str]:
    """Tokens by subject for the first `count` citizens beside those of city.json (J4 runs many at once).

    `keys` is the home's keys folder: tokens are signed as the gateway's local issuer signs.
    """
    return {
        person.sub: mint_token(keys / "local-issuer.jwk", city.gateway, person.claims)
        for person in people(count)
        if person.role is None
    }
