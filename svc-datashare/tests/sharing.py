"""What the tests of this service have in common: two departments, a resource, a grant, an application."""

from uuid import UUID

from chassis.ids import new_id
from contracts.events.workorder import ApplicationSubmitted, NeededMaterial

DIVISION = "445102"
PROVIDER, REQUESTER, OTHER = "11445100007014281A", "11445102MB2X00020M", "11445103MB2X00099X"
CITIZEN = UUID("019a0000-0000-7000-8000-000000000001")
ITEM = "11445102MB2X00020M4440118009000"
RESOURCE = "household-register"
FIELDS = ("name", "household_no", "address")
ROOT = "/datashare/v1"


def steward(house, department=PROVIDER):
    return house.staff("data_steward", department=department, division="445100")


def approver(house, department=PROVIDER):
    return house.staff("data_approver", department=department, division="445100")


def reviewer(house, department=REQUESTER):
    return house.staff("reviewer", department=department, division=DIVISION)


def resource(**changes):
    return {
        "code": RESOURCE,
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


RECORD = {
    "name": "林小敏",
    "household_no": "4451020012345",
    "address": "潮州市湘桥区某路 1 号",
    "register_kind": "家庭户",
}


async def registered(house, **changes):
    answer = await house.post(
        f"{ROOT}/resources", {"rows": [resource(**changes)]}, as_=steward(house)
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def recorded(house, *, subject_id=CITIZEN, values=None):
    rows = [{"subject_id": str(subject_id), "values": values or RECORD}]
    path = f"{ROOT}/resources/{RESOURCE}/records"
    answer = await house.post(path, {"rows": rows}, as_=steward(house))
    assert answer.status_code == 200, answer.text


def asking(**changes):
    return {
        "resource_code": RESOURCE,
        "item_code": ITEM,
        "fields": ["household_no", "name"],
        "purpose": "办理食品经营许可时核验户籍",
        "legal_basis": "政务服务电子文件和数据共享有关规定",
        **changes,
    }


async def requested(house, *, department=REQUESTER, **changes):
    answer = await house.post(
        f"{ROOT}/grant-requests", asking(**changes), as_=steward(house, department)
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def yes(**changes):
    return {"reason": "符合共享条件", "legal_basis": "《政务数据共享条例》", **changes}


async def granted(house, **changes):
    request = await requested(house, **changes)
    path = f"{ROOT}/grant-requests/{request['id']}/approvals"
    answer = await house.post(path, yes(), as_=approver(house))
    assert answer.status_code == 201, answer.text
    return answer.json()


def submitted(house, *needed, applicant_id=CITIZEN, application_id=None):
    needs = needed or (NeededMaterial(material_code="m-household", data_resource=RESOURCE),)
    return ApplicationSubmitted(
        application_id=application_id or new_id(),
        number="SQ-260302-00000001-A",
        item_id=new_id(),
        item_version_id=new_id(),
        item_code=ITEM,
        item_name="食品经营许可",
        applicant_id=applicant_id,
        applicant_kind="person",
        needed=needs,
        channel="yue-sheng-shi",
        submitted_at=house.clock.now(),
    )


async def fetched(house, fact=None, **where):
    """An application came in and its material was fetched; the fact itself."""
    fact = fact or submitted(house)
    where = {"division": DIVISION, "department": REQUESTER, **where}
    await house.deliver(fact, **where)
    return fact
