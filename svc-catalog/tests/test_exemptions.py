"""Four exemptions (四免) and show-code (亮码办): from the materials, with their ground, and never typed in."""

from datetime import timedelta

import pytest
from catalog_examples import DEPARTMENT, guide, published, publisher

from catalog.domain.materials import (
    exemption_faults,
    exemptions_of,
    is_four_exempt,
    is_show_code,
    is_spared,
    spared_counts,
)
from catalog.repository.proofs import proof_faults
from contracts.guide import Guide, Material

FORM = {
    "code": "form",
    "name": "申请书",
    "prefilled": True,
    "prefilled_from": [{"field": "企业名称", "source": "电子营业执照"}],
    "exempt_seal": True,
    "exempt_signature": True,
    "exemption_ground": "系统预填并使用电子印章、电子签名",
}
LICENCE = {
    "code": "licence",
    "name": "营业执照",
    "certificate_type": "business-licence",
    "exemption_ground": "电子营业执照已归集",
}
PLAN = {"code": "plan", "name": "场所平面图"}


def of(*materials) -> Guide:
    return Guide.model_validate(guide(materials=list(materials)))


async def figure(house, code="four_exempt_items", **params) -> dict:
    return (await house.get(f"/catalog/v1/indicators/{code}", params=params)).json()


async def listed(house, **params) -> list[str]:
    answer = await house.get("/catalog/v1/items", params=params)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["results"]]


async def set_rule(house, code, value) -> None:
    admin = house.headers(house.staff("system_admin"))
    path = f"/catalog/v1/rules/{code}"
    body = {"value": value, "reason": "口径明确", "source": "市政数局通知", "verified": True}
    answer = await house.client.put(path, json=body, headers={**admin, "If-Match": '"1"'})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ({"certificate_type": "resident-id"}, "certificate"),
        ({"data_resource": "population"}, "data"),
        ({"commitment": True}, "commitment"),
        ({"department_check": True}, "department-check"),
    ],
)
def test_certificate_data_commitment_and_the_departments_check_each_stand_in(declared, kind):
    material = Material(code="m", name="材料", **declared)
    assert [one.kind for one in exemptions_of(material)] == [kind]
    assert is_spared(material)
    assert spared_counts(of({"code": "m", "name": "材料", **declared}))["certificate"] == 1


def test_a_seal_a_signature_or_a_filled_form_is_spared_and_still_brought():
    material = Material.model_validate(FORM)
    assert not is_spared(material)
    assert [one.kind for one in exemptions_of(material)] == ["seal", "signature", "prefill"]


def test_counts_come_from_the_materials_and_there_is_no_field_to_type_them():
    counts = spared_counts(of(FORM, LICENCE, PLAN))
    assert counts == {"certificate": 1, "seal": 1, "signature": 1, "form": 1}
    assert not {name for name in Guide.model_fields if "exempt" in name or "spared" in name}


def test_an_item_is_exempt_by_any_material_or_by_every_one_that_is_not_optional():
    assert is_four_exempt(of(FORM, PLAN))
    assert not is_four_exempt(of(FORM, PLAN), "every")
    assert is_four_exempt(of(FORM, {**PLAN, "necessity": "optional"}), "every")
    assert not is_four_exempt(of(), "every")
    assert not is_four_exempt(of())
    assert is_show_code(of(LICENCE))
    assert not is_show_code(of(FORM))


def test_an_exemption_without_its_ground_and_a_filled_form_without_its_fields_are_faults():
    bare = {**FORM, "exemption_ground": "  ", "prefilled_from": []}
    assert [(one.code, one.pointer) for one in exemption_faults(of(PLAN, bare))] == [
        ("exemption-ground-missing", "/guide/materials/1/exemption_ground"),
        ("prefilled-from-missing", "/guide/materials/1/prefilled_from"),
    ]
    assert exemption_faults(of(FORM, LICENCE, PLAN)) == ()


async def test_a_ground_is_asked_for_at_publication_while_the_rule_says_so(house):
    async def codes() -> list[str]:
        tx = house.runtime.begin_system()
        try:
            [found] = await proof_faults(tx, [of({**LICENCE, "exemption_ground": ""})])
        finally:
            await tx.close()
        return [one.code for one in found]

    assert await codes() == ["exemption-ground-missing"]
    await set_rule(house, "exemption-ground-required", False)
    assert await codes() == []


async def test_a_citizen_reads_what_an_item_spares_in_words(house):
    item = await published(house, materials=[FORM, LICENCE, PLAN])
    told = (await house.get(f"/catalog/v1/items/{item}/exemptions")).json()
    assert told["summary"] == "1 份材料免带证照，1 份材料免用印章，1 份材料免手写签名，1 份材料免填"
    assert (told["is_four_exempt"], told["is_show_code"]) == (True, True)
    assert [one["to_bring"] for one in told["materials"]] == [True, False, True]
    assert told["materials"][0]["prefilled_from"] == ["企业名称 ← 电子营业执照"]
    assert told["materials"][1]["exemptions"][0]["why"] == "电子营业执照已归集"
    bare = await published(house, item_code="BARE-1", materials=[PLAN])
    told = (await house.get(f"/catalog/v1/items/{bare}/exemptions")).json()
    assert told["summary"].startswith("没有")


async def test_the_summary_opens_to_its_items_by_kind_department_and_day(house):
    item = await published(house, item_code="S-1", materials=[FORM, LICENCE, PLAN])
    await published(house, item_code="S-2", materials=[PLAN])
    house.clock.move(timedelta(days=1))
    answer = await house.post(
        f"/catalog/v1/items/{item}/withdrawals", {"reason": "停办"}, as_=publisher(house)
    )
    assert answer.status_code == 201
    now = (await house.get("/catalog/v1/exemptions")).json()
    assert [one["items"] for one in now["kinds"]] == [0, 0, 0, 0]
    then = (await house.get("/catalog/v1/exemptions", params={"to": "2026-03-02"})).json()
    [department] = then["departments"]
    assert (department["department"], department["items"]) == (DEPARTMENT, 2)
    for one in (*then["kinds"], *department["kinds"]):
        rows = (await house.get(one["items_url"])).json()["results"]
        assert ([row["id"] for row in rows], one["items"], one["materials"]) == ([item], 1, 1)


async def test_the_reading_of_four_exempt_is_a_rule_and_figure_list_and_page_follow_it(house):
    throughout = await published(house, item_code="T-1", materials=[FORM, LICENCE])
    partly = await published(house, item_code="T-2", materials=[FORM, PLAN])
    assert (await figure(house))["value"] == 2
    assert sorted(await listed(house, four_exempt="true")) == sorted([throughout, partly])
    await set_rule(house, "four-exempt-way", "every")
    assert (await figure(house))["value"] == 1
    assert (await figure(house, to="2026-03-02"))["value"] == 1
    assert await listed(house, four_exempt="true") == [throughout]
    assert await listed(house, four_exempt="true", to="2026-03-02") == [throughout]
    rows = (await house.get("/catalog/v1/items")).json()["results"]
    assert {row["id"]: row["is_four_exempt"] for row in rows} == {throughout: True, partly: False}
    told = (await house.get(f"/catalog/v1/items/{partly}/exemptions")).json()
    assert told["is_four_exempt"] is False


async def test_show_code_items_are_those_with_a_certificate_to_show(house):
    shown = await published(house, item_code="C-1", materials=[LICENCE])
    await published(house, item_code="C-2", materials=[FORM])
    one = await figure(house, "show_code_items")
    rows = (await house.get(one["records_url"])).json()["results"]
    assert (one["value"], [row["id"] for row in rows]) == (1, [shown])
