import warnings
import schemathesis
from hypothesis import given, settings, HealthCheck
from schemathesis import checks
from chassis.service import make_api
from contracts.vocabulary import Role
from datashare.service import SERVICE

async def test_fuzz(house, city):
    doc = make_api(SERVICE).openapi()
    schema = schemathesis.openapi.from_dict(doc)
    await city.fetched()
    partner = await city.ok("/partners", city.partner(), city.admin())
    who = house.person(*[r.value for r in Role], "gateway", subject=partner["id"], kind="system", assurance=4, department=city.provider, division="445100", client_id=partner["client_id"])
    bad = {}
    import requests
    n=0
    for found in schema.get_all_operations():
        op = found.ok()
        cases = []
        modes = schemathesis.GenerationMode
        @settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
        @given(case=op.as_strategy(generation_mode=modes.POSITIVE) | op.as_strategy(generation_mode=modes.NEGATIVE))
        def collect(case):
            cases.append(case)
        collect()
        for case in cases:
            if op.path.endswith("/feed") and case.query and "wait" in case.query: case.query.pop("wait")
            kw = case.as_transport_kwargs(base_url="http://house")
            headers = {**dict(kw.get("headers") or {}), **house.headers(who)}
            headers = {k: v for k, v in headers.items() if v is not None}
            try:
                r = await house.client.request(kw["method"], kw["url"], params=kw.get("params"), json=kw.get("json"), content=kw.get("data") if isinstance(kw.get("data"), (bytes,str)) else None, headers=headers)
            except (UnicodeEncodeError, TypeError, ValueError) as e:
                continue
            n+=1
            if r.status_code >= 500:
                bad.setdefault((kw["method"], op.path), (r.status_code, str(kw)[:600], r.text[:300]))
    print(n)
    for k, v in bad.items(): print(k, v)
    assert not bad and n
