"""A city in small for the tests: two departments, a resource, a grant, an application."""

from dataclasses import dataclass
from uuid import UUID

import pytest_asyncio

from chassis.ids import new_id
from chassis.testing import House
from contracts.events.workorder import ApplicationSubmitted, NeededMaterial
from datashare.service import SERVICE

ROOT = "/datashare/v1"
CITIZEN_ID = UUID("019a0000-0000-7000-8000-000000000001")


@dataclass(kw_only=True)
class City:
    """Callers by name, and the steps that lead up to what a test is about."""

    house: House
    division: str = "445102"
    provider: str = "11445100007014281A"
    requester: str = "11445102MB2X00020M"
    other: str = "11445103MB2X00099X"
    citizen_id: UUID = CITIZEN_ID
    item: str = "11445102MB2X00020M4440118009000"
    code: str = "household-register"

    def steward(self, department=None):
        return self.staff("data_steward", department or self.provider)

    def approver(self, department=None):
        return self.staff("data_approver", department or self.provider)

    def reviewer(self, department=None):
        return self.staff("reviewer", department or self.requester)

    def staff(self, role, department):
        sub = f"019a0000-0000-7000-8000-0000000000{len(role):02d}"
        return self.house.staff(role, subject=sub, department=department, division=self.division)

    def citizen(self):
        return self.house.person("citizen", subject=self.citizen_id)

    def admin(self):
        return self.house.staff("system_admin")

    def gateway(self):
        return self.house.person("gateway", kind="system")

    def resource(self, **changes):
        return {
            "code": self.code,
            "name": "居民户口登记信息",
            "division": "445100",
            "fields": [
                {"name": "name", "label": "姓名", "level": "L3"},
                {"name": "household_no", "label": "户号", "level": "L4"},
                {"name": "address", "label": "户籍地址", "level": "L3"},
                {"name": "register_kind", "label": "户别", "level": "L2"},
            ],
            "share_type": "conditional",
            "conditions": "仅限办理依申请事项时核验",
            **changes,
        }

    def asking(self, **changes):
        return {
            "resource_code": self.code,
            "item_code": self.item,
            "fields": ["register_kind", "household_no", "name"],
            "purpose": "办理食品经营许可时核验户籍",
            "legal_basis": "政务数据共享有关规定",
            **changes,
        }

    def partner(self, **changes):
        return {
            "name": "某银行潮州分行",
            "types": ["workorder.application.submitted.v1"],
            "valid_until": "2027-03-01T00:00:00+08:00",
            "legal_basis": "合作协议 2026-1",
            **changes,
        }

    async def ok(self, path, body, as_, *, status=201, **options):
        answer = await self.house.post(f"{ROOT}{path}", body, as_=as_, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def see(self, path, as_=None):
        answer = await self.house.get(f"{ROOT}{path}", as_=as_)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def registered(self, **changes):
        rows = {"rows": [self.resource(**changes)]}
        return await self.ok("/resources", rows, self.steward(), status=200)

    async def recorded(self, **values):
        record = {
            "name": "林小敏",
            "household_no": "4451020012345",
            "address": "潮州市湘桥区某路 1 号",
            "register_kind": "家庭户",
            **values,
        }
        rows = {"rows": [{"subject_id": str(self.citizen_id), "values": record}]}
        await self.ok(f"/resources/{self.code}/records", rows, self.steward(), status=200)

    async def requested(self, **changes):
        return await self.ok(
            "/grant-requests", self.asking(**changes), self.steward(self.requester)
        )

    async def granted(self, **changes):
        request = await self.requested(**changes)
        body = {"reason": "符合共享条件", "legal_basis": "《政务数据共享条例》"}
        return await self.ok(f"/grant-requests/{request['id']}/approvals", body, self.approver())

    def submitted(self, *needed, **changes):
        needs = needed or (NeededMaterial(material_code="m-household", data_resource=self.code),)
        given = {
            "application_id": new_id(),
            "number": "SQ-260302-00000001-A",
            "item_id": new_id(),
            "item_version_id": new_id(),
            "item_code": self.item,
            "item_name": "食品经营许可",
            "applicant_id": self.citizen_id,
            "applicant_kind": "person",
            "needed": needs,
            "channel": "yue-sheng-shi",
            "submitted_at": self.house.clock.now(),
        }
        return ApplicationSubmitted(**{**given, **changes})

    async def told(self, fact, **where):
        place = {"division": self.division, "department": self.requester}
        await self.house.deliver(fact, **{**place, **where})
        return fact

    async def fetched(self):
        """Resource, record, grant and an application whose material was fetched; the fact."""
        await self.registered()
        await self.recorded()
        await self.granted()
        return await self.told(self.submitted())


@pytest_asyncio.fixture
async def house(houses):
    return await houses.open(SERVICE)


@pytest_asyncio.fixture
async def city(house):
    return City(house=house)
