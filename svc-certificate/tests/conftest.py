"""A house of svc-certificate, and the city around it: who and what the tests speak of, and shared steps."""

import sys
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from certificate.documents.pki import ensure_local_keys, read_issuer_keys
from certificate.service import SERVICE
from certificate.workers import make_due
from chassis.ids import new_id
from chassis.testing import START
from contracts.events.workorder import (
    ApplicationDecided,
    ApplicationResult,
    ApplicationSubmitted,
    NeededMaterial,
)
from contracts.vocabulary import DecisionOutcome

sys.path.insert(0, str(Path(__file__).parent))

ID_CARD, PERMIT = "resident-id", "food-business-permit"
BASE = "/certificate/v1"


class City:
    """Steps that many tests begin with."""

    division, department = "445102", "11445102MB2X00020M"
    other_department = "11445100MB2X00012X"
    holder = UUID("019a0000-0000-7000-8000-000000000001")
    item = "11445102MB2X00020M4440118009000"

    def __init__(self, house):
        self.house = house

    def issuer(self, **claims):
        here = {"department": self.department, "division": self.division}
        return self.house.staff("issuer", **{**here, **claims})

    def keeper(self, **claims):
        here = {"department": self.department, "division": self.division}
        return self.house.staff("seal_keeper", **{**here, **claims})

    def citizen(self, subject=None, **claims):
        return self.house.person("citizen", subject=subject or self.holder, **claims)

    async def register_types(self) -> list[dict]:
        types = [
            {"code": ID_CARD, "name": "居民身份证", "department_name": "潮州市公安局"},
            {
                "code": PERMIT,
                "name": "食品经营许可证",
                "department_name": "湘桥区市场监督管理局",
                "validity_years": 5,
                "fields": [{"name": "premises", "label": "经营场所"}],
            },
        ]
        body = {"certificate_types": types}
        answer = await self.house.post(f"{BASE}/certificate-types", body, as_=self.issuer())
        assert answer.status_code == 200, answer.text
        return answer.json()["results"]

    async def make(self) -> int:
        """Make every document that is due."""
        count = 0
        while found := await make_due(self.house.runtime):
            count += found
        return count

    async def import_certificate(self, *, holder_id=None, **more) -> dict:
        """A valid certificate, as its holder sees it."""
        holder_id = holder_id or self.holder
        body = {
            "type_code": ID_CARD,
            "holder_id": str(holder_id),
            "holder_name": "王小敏",
            "holder_number": "44510219900307002X",
            **more,
        }
        answer = await self.house.post(f"{BASE}/certificates", body, as_=self.issuer())
        assert answer.status_code == 201, answer.text
        await self.make()
        return await self.certificate(answer.json()["id"], as_=self.citizen(holder_id))

    async def certificate(self, certificate_id, *, as_=None) -> dict:
        path = f"{BASE}/certificates/{certificate_id}"
        answer = await self.house.get(path, as_=as_ or self.citizen())
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def own(self, **filters) -> list[dict]:
        answer = await self.house.get(f"{BASE}/certificates", as_=self.citizen(), params=filters)
        return answer.json()["results"]

    async def pdf(self, certificate: dict) -> bytes:
        path = f"{BASE}/certificates/{certificate['id']}/file"
        answer = await self.house.get(path, as_=self.citizen())
        assert answer.status_code == 200, answer.text
        return answer.content

    async def signed_code(self, certificate: dict) -> str:
        path = f"{BASE}/certificates/{certificate['id']}/file"
        answer = await self.house.get(path, as_=self.citizen(), params={"format": "json"})
        return answer.json()["signed_code"]

    async def verify(self, code: str) -> dict:
        answer = await self.house.post(f"{BASE}/verifications", {"code": code})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def verify_file(self, data: bytes) -> dict:
        answer = await self.house.post(
            f"{BASE}/verifications", files={"file": ("c.pdf", data, "application/pdf")}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def show(self, *, types=(ID_CARD,), subject=None) -> dict:
        """A fresh presentation."""
        body = {
            "certificate_types": list(types),
            "purpose": "申请食品经营许可",
            "item_code": self.item,
        }
        answer = await self.house.post(f"{BASE}/presentations", body, as_=self.citizen(subject))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def submitted(self, **more) -> ApplicationSubmitted:
        values = {
            "application_id": new_id(),
            "number": "SQ-260302-00000001-A",
            "item_id": new_id(),
            "item_version_id": new_id(),
            "item_code": self.item,
            "item_name": "食品经营许可",
            "applicant_id": self.holder,
            "applicant_kind": "person",
            "needed": (
                NeededMaterial(material_code="m-id", certificate_type=ID_CARD),
                NeededMaterial(material_code="m-tax", data_resource="tax-records"),
            ),
            "channel": "yue-sheng-shi",
            "submitted_at": self.house.clock.now(),
        }
        return ApplicationSubmitted(**{**values, **more})

    def decided(self, **more) -> ApplicationDecided:
        values = {
            "application_id": new_id(),
            "number": "SQ-260302-00000001-A",
            "item_code": self.item,
            "item_name": "食品经营许可",
            "applicant_id": self.holder,
            "applicant_kind": "person",
            "outcome": DecisionOutcome.APPROVED,
            "results": (ApplicationResult(name="食品经营许可证", certificate_type=PERMIT),),
            "decided_at": self.house.clock.now(),
            "due_on": date(2026, 3, 9),
            "on_time": True,
        }
        return ApplicationDecided(**{**values, **more})

    async def deliver(self, fact, **where) -> None:
        await self.house.deliver(
            fact, **{"division": self.division, "department": self.department, **where}
        )

    async def propose(self, certificate: dict, *, as_=None, **more):
        body = {
            "reason_code": "granted-unlawfully",
            "reason": "以欺骗手段取得",
            "legal_basis": "《行政许可法》第六十九条",
            **more,
        }
        path = f"{BASE}/certificates/{certificate['id']}/revocations"
        return await self.house.post(path, body, as_=as_ or self.issuer())

    async def revoke(self, certificate: dict, **more) -> dict:
        """A certificate ended by two people."""
        proposal = await self.propose(certificate, **more)
        assert proposal.status_code == 202, proposal.text
        path = f"{BASE}/certificates/{certificate['id']}/revocations/{proposal.json()['id']}"
        answer = await self.house.post(f"{path}/approvals", as_=self.keeper())
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    """One issuer's keys for the whole run; another folder is another issuer."""
    folder = tmp_path_factory.mktemp("pki")
    ensure_local_keys(folder, START)
    return folder


@pytest.fixture(scope="session")
def foreign_keys(tmp_path_factory):
    """The keys of an issuer nobody here trusts."""
    folder = tmp_path_factory.mktemp("foreign")
    ensure_local_keys(folder, START)
    return read_issuer_keys(folder)


@pytest_asyncio.fixture
async def house(houses, pki):
    return await houses.open(SERVICE, settings={"pki_dir": pki})


@pytest_asyncio.fixture
async def city(house):
    city = City(house)
    await city.register_types()
    return city
