"""Every route as somebody who may and as somebody who may not: what is out of reach is not there."""

import pytest

from chassis.ids import new_id

BASE = "/certificate/v1"


@pytest.mark.parametrize("tail", ["", "/steps", "/uses", "/file"])
async def test_a_certificate_is_read_only_within_reach(city, house, tail):
    certificate = await city.import_certificate()
    path = f"{BASE}/certificates/{certificate['id']}{tail}"
    path += "?purpose=核对原件" if tail == "/file" else ""
    inside = [city.citizen(), city.issuer(), city.keeper()]
    outside = [
        house.person("citizen"),
        city.issuer(department=city.other_department),
        city.keeper(department=city.other_department),
    ]
    strangers = [house.staff("clerk"), house.staff("reviewer"), house.staff("hotline_agent")]
    assert [(await house.get(path, as_=who)).status_code for who in inside] == [200] * 3
    assert [(await house.get(path, as_=who)).status_code for who in outside] == [404] * 3
    assert [(await house.get(path, as_=who)).status_code for who in strangers] == [403] * 3
    assert (await house.get(path)).status_code == 401
    auditor = await house.get(path, as_=house.staff("auditor"))
    assert auditor.status_code == (403 if tail == "/file" else 200)


async def test_lists_hold_only_what_is_within_reach(city, house):
    await city.import_certificate()
    await city.import_certificate(holder_id=new_id())

    async def count(path, who):
        return len((await house.get(f"{BASE}/{path}", as_=who)).json()["results"])

    assert await count("certificates", city.citizen()) == 1
    assert await count("certificates", city.issuer()) == 2
    assert await count("certificates", house.staff("auditor")) == 2
    assert await count("certificates", city.issuer(department=city.other_department)) == 0
    assert await count("seals", city.keeper(department=city.other_department)) == 0
    await city.show()
    assert await count("presentations", city.citizen()) == 1
    assert await count("presentations", house.person("citizen")) == 0


async def test_steps_of_an_issuer_are_taken_within_reach_only(city, house):
    certificate = await city.import_certificate()
    await city.deliver(city.decided(applicant_id=new_id()))
    listed = await house.get(
        f"{BASE}/certificates", as_=city.issuer(), params={"status": "needs-holder"}
    )
    [waiting] = listed.json()["results"]
    other = city.issuer(department=city.other_department)
    holder = {"holder_name": "李", "holder_number": "1"}
    path = f"{BASE}/certificates/{waiting['id']}/holders"
    assert (await house.post(path, holder, as_=other)).status_code == 404
    assert (await house.post(path, holder, as_=city.keeper())).status_code == 403
    assert (await city.propose(certificate, as_=other)).status_code == 404
    assert (await city.propose(certificate, as_=city.keeper())).status_code == 403
    assert (await city.propose(certificate, as_=city.citizen())).status_code == 403


async def test_only_a_seal_keeper_decides_a_revocation(city, house):
    certificate = await city.import_certificate()
    proposal = (await city.propose(certificate)).json()
    base = f"{BASE}/certificates/{certificate['id']}/revocations"
    for step in ("approvals", "refusals"):
        path = f"{base}/{proposal['id']}/{step}"
        assert (await house.post(path, as_=city.issuer())).status_code == 403
        assert (await house.post(path)).status_code == 401
        other = city.keeper(department=city.other_department)
        assert (await house.post(path, as_=other)).status_code == 404
        unknown = f"{base}/{new_id()}/{step}"
        assert (await house.post(unknown, as_=city.keeper())).status_code == 404
    assert (await house.get(base, as_=city.citizen())).status_code == 403


async def test_what_needs_a_role_is_refused_without_it(city, house):
    citizen, clerk = city.citizen(), house.staff("clerk")
    posts = {
        "certificate-types": citizen,
        "certificates": citizen,
        "certificates/batches": clerk,
        "presentations": clerk,
        "presentations/scans": citizen,
        f"presentations/{new_id()}/withdrawals": clerk,
    }
    for path, who in posts.items():
        answer = await house.post(f"{BASE}/{path}", {}, as_=who)
        assert (path, answer.status_code) == (path, 403)
        assert (await house.post(f"{BASE}/{path}", {})).status_code == 401
    for path in ("uses", "seals", "presentations", "certificates"):
        assert (await house.get(f"{BASE}/{path}", as_=clerk)).status_code == 403


async def test_what_is_public_needs_no_sign_in(city, house):
    await city.import_certificate()
    for path in ("certificate-types", "verify", "status-lists/1", "issuer-keys", "rules"):
        assert (path, (await house.get(f"{BASE}/{path}")).status_code) == (path, 200)


async def test_an_agent_sees_what_belongs_to_the_enterprise(city, house):
    enterprise = new_id()
    await city.import_certificate(holder_id=enterprise)
    agent = house.person("enterprise_agent", on_behalf_of=str(enterprise), kind="enterprise")
    listed = await house.get(f"{BASE}/certificates", as_=agent)
    assert len(listed.json()["results"]) == 1
