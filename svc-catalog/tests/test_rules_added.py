"""Publishing rules that officials add, retire and take up again, and the lists of themes that rules ask for."""

import importlib.util
from pathlib import Path

import pytest
from catalog_examples import drafted, guide, publish, published, publisher, put
from sqlalchemy import text

from catalog.domain.guide_facts import facts_of
from catalog.domain.rule_language import RuleExpressionError, check_expression, holds
from contracts.guide import Guide

BASE = "/catalog/v1"
RULES = f"{BASE}/publishing-rules"
_PATH = Path(__file__).parents[1] / "migrations/versions/0013_rules_themes_files.py"
_SPEC = importlib.util.spec_from_file_location("themes_migration", _PATH)
SEEDS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(SEEDS)


def admin(house) -> dict:
    return house.staff("system_admin")


def rule(code: str = "no-lease", **changes) -> dict:
    return {
        "code": code,
        "expression": {"not": {"contains": ["material_names", "房屋租赁合同"]}},
        "parameters": {},
        "pointers": ["/materials"],
        "message_zh": "不得要求提交房屋租赁合同",
        "message_en": "No lease may be asked for",
        "how_to_mend_zh": "请删去该材料",
        "how_to_mend_en": "Take the material out",
        "source": "市政府办通知（示例）",
        "severity": "finding",
        "is_enabled": True,
        "reason": "专项清理",
        **changes,
    }


async def add(house, **changes) -> object:
    return await house.post(RULES, rule(**changes), as_=admin(house))


async def audit(house) -> None:
    answer = await house.post(f"{BASE}/audits", as_=admin(house))
    assert answer.status_code == 202, answer.text
    await house.run_jobs()


async def findings(house, code: str) -> list[dict]:
    answer = await house.get(f"{BASE}/findings", params={"rule": code}, as_=admin(house))
    return answer.json()["results"]


async def test_a_new_rule_finds_guides_that_are_published_already(house):
    item_id = await published(house)
    answer = await add(house)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"'), answer.text
    assert (await house.get(answer.headers["location"])).json()["code"] == "no-lease"
    await audit(house)
    [found] = await findings(house, "no-lease")
    assert (found["item_id"], found["state"]) == (item_id, "open")
    assert found["what"] == "不得要求提交房屋租赁合同"
    mended = [one for one in guide()["materials"] if one["name"] != "房屋租赁合同"]
    draft = await house.post(
        f"{BASE}/items/{item_id}/drafts", {"guide": guide(materials=mended)}, as_=publisher(house)
    )
    assert (await publish(house, item_id, draft.json()["number"])).status_code == 201
    [closed] = await findings(house, "no-lease")
    assert closed["outcome"] == "mended"


async def test_a_new_rule_that_refuses_stops_the_next_publication(house):
    await add(house, severity="refuse")
    draft = await drafted(house)
    refused = await publish(house, draft["item_id"], draft["number"])
    assert [each["code"] for each in refused.json()["errors"]] == ["no-lease"]


async def test_what_a_new_rule_would_find_is_known_before_it_is_added(house):
    await published(house)
    body = {"expression": rule()["expression"]}
    trial = await house.post(f"{RULES}/trials", body, as_=admin(house))
    assert (trial.json()["items"], trial.json()["found"]) == (1, 1)
    assert (await house.get(f"{RULES}/no-lease")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"expression": {"filled": "colour"}}, "fact-unknown", "material_names"),
        ({"pointers": ["/colour"]}, "field-unknown", "legal_basis"),
        ({"parameters": {"x": {"list": "colours"}}}, "list-unknown", "person-themes"),
        ({"expression": {"matches": ["phone", "0768-**"]}}, "pattern-unusable", "100"),
        ({"expression": {"matches": ["phone", {"fact": "hours"}]}}, "pattern-unusable", "100"),
        ({"expression": {"matches": ["visits", "1"]}}, "types-differ", "matches"),
        ({"expression": {"gt": [{"length": "visits"}, 1]}}, "types-differ", "length"),
        ({"expression": {"gt": ["visits", {"parameter": "most"}]}}, "parameter-unknown", "most"),
        ({"expression": {"gt": ["visits", {"parameter": []}]}}, "parameter-unknown", "参数"),
        ({"parameters": {"x": {"list": ["themes"]}}}, "list-unknown", "person-themes"),
    ],
)
async def test_a_rule_that_cannot_be_asked_is_refused_and_told_what_there_is(
    house, changes, code, said
):
    refused = await add(house, **changes)
    assert refused.status_code == 422
    [fault] = [each for each in refused.json()["errors"] if each["code"] == code]
    assert said in fault["detail"]
    assert (await house.get(f"{RULES}/no-lease")).status_code == 404


@pytest.mark.parametrize("code", ["proof-lease", "trials", "cross-region-lease", "1x", "房"])
async def test_a_code_that_other_refusals_have_is_not_taken(house, code):
    """An import refuses a row for `proof-…`, and only remarks on what other rules say."""
    assert (await add(house, code=code)).status_code == 422


async def test_a_code_stands_once(house):
    await add(house)
    again = await add(house)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/publishing-rule-there")
    seeded = await add(house, code="phones")
    assert seeded.status_code == 409


async def test_a_retired_rule_asks_nothing_and_is_taken_up_again_with_its_history(house):
    await published(house)
    await add(house)
    await audit(house)
    path, why = f"{RULES}/no-lease", {"reason": "专项结束"}
    retired = await house.post(f"{path}/retirements", why, as_=admin(house))
    assert retired.json()["is_retired"] is True
    listed = (await house.get(RULES, params={"retired": "true"})).json()["results"]
    assert [each["code"] for each in listed] == ["no-lease"]
    await audit(house)
    [closed] = await findings(house, "no-lease")
    assert closed["outcome"] == "withdrawn"
    twice = await house.post(f"{path}/retirements", why, as_=admin(house))
    assert twice.json()["type"] == "/problems/publishing-rule-retired"
    body = {name: value for name, value in rule().items() if name != "code"}
    changed = await put(house, path, body, as_=admin(house), if_match='"2"')
    assert changed.json()["type"] == "/problems/publishing-rule-retired"
    again = await house.post(f"{path}/reinstatements", {"reason": "重新清理"}, as_=admin(house))
    assert again.json()["is_retired"] is False
    undone = await house.post(f"{path}/reinstatements", {"reason": "重复"}, as_=admin(house))
    assert undone.json()["type"] == "/problems/publishing-rule-not-retired"
    await audit(house)
    assert {each["state"] for each in await findings(house, "no-lease")} == {"open", "closed"}
    versions = (await house.get(f"{path}/versions")).json()["results"]
    assert [each["reason"] for each in versions] == ["重新清理", "专项结束", "专项清理"]


async def test_a_comparison_is_built_in_and_not_retired(house):
    path = f"{RULES}/same-materials/retirements"
    refused = await house.post(path, {"reason": "不需要"}, as_=admin(house))
    assert refused.json()["type"] == "/problems/publishing-rule-built-in"


async def test_only_the_system_administrator_adds_and_retires_rules(house):
    for path, body in (
        (RULES, rule()),
        (f"{RULES}/trials", {"expression": rule()["expression"]}),
        (f"{RULES}/phones/retirements", {"reason": "试试"}),
        (f"{RULES}/phones/reinstatements", {"reason": "试试"}),
        (f"{BASE}/themes", {"rows": [theme("P99")], "reason": "试试"}),
    ):
        assert (await house.post(path, body, as_=publisher(house))).status_code == 403, path
        assert (await house.post(path, body)).status_code == 401, path


@pytest.mark.parametrize(
    ("pattern", "text", "is_so"),
    [
        ("0768-#######", "0768-2123456", True),
        ("0768-#######", "0768-212345x", False),
        ("0768-*", "0768-", True),
        ("*市场?监督*", "湘桥区市场、监督局", True),
        ("*a*b", "a b a", False),
        ("*aa*aa*", "aaa", False),
        ("a.c", "abc", False),
    ],
)
def test_a_pattern_is_of_the_whole_text(pattern, text, is_so):
    facts = {**facts_of(Guide.model_validate(guide())), "phone": text}
    assert holds({"matches": ["phone", pattern]}, facts, {}) is is_so


def test_a_hostile_pattern_and_text_take_no_time():
    facts = {**facts_of(Guide.model_validate(guide())), "name": "a" * 300}
    pattern = "*a" * 10 + "b"
    check_expression({"matches": ["name", pattern]}, {})
    assert not holds({"matches": ["name", pattern]}, facts, {})
    with pytest.raises(RuleExpressionError):
        check_expression({"matches": ["name", "*a" * 11]}, {})


# --- themes, rule 8


def theme(code: str, audience: str = "person", **changes) -> dict:
    return {
        "code": code,
        "audience": audience,
        "name": "养老服务",
        "source": "市政务服务数据管理局通知（示例）",
        **changes,
    }


async def told(house, **changes) -> list[str]:
    """The codes of what stops a guide's publication."""
    draft = await drafted(house, **changes)
    answer = await publish(house, draft["item_id"], draft["number"])
    return [] if answer.status_code == 201 else [each["code"] for each in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("audience", "themes", "faults"),
    [
        (["person"], ["P11"], []),
        (["person"], ["E01"], ["audience-themes"]),
        (["person"], ["P11", "E01"], ["audience-themes"]),
        (["enterprise"], ["E01"], []),
        (["enterprise"], ["P01"], ["audience-themes"]),
        (["person", "enterprise"], ["P07", "E01"], []),
        (["person", "enterprise"], ["P07"], ["audience-themes"]),
        (["person", "enterprise"], [], []),
    ],
)
async def test_audience_and_themes_agree(house, audience, themes, faults):
    assert await told(house, audience=audience, themes=themes) == faults


async def test_an_import_only_remarks_that_audience_and_themes_disagree(house):
    line = Guide.model_validate(guide(audience=["person"], themes=["E01"])).model_dump_json()
    upload = {"file": ("guides.jsonl", line.encode())}
    me = admin(house)
    job = await house.post(f"{BASE}/imports", files=upload, as_=me)
    await house.run_jobs()
    ended = (await house.get(job.headers["location"], as_=me)).json()
    assert (ended["remarked"], ended["refused"]) == (1, 0)
    rows = (await house.get(ended["rows"], as_=me)).json()["results"]
    assert "audience-themes" in {each["code"] for each in rows[0]["faults"]}
    await audit(house)
    [found] = await findings(house, "audience-themes")
    assert found["fields"] == ["/themes", "/audience"]


async def test_the_lists_of_themes_are_there_with_their_source_and_say_that_nobody_verified_them(
    house,
):
    rows = (await house.get(f"{BASE}/themes", params={"limit": 100})).json()["results"]
    assert len(rows) == len(SEEDS.PERSON_THEMES) + len(SEEDS.ENTERPRISE_THEMES)
    assert {row["verified"] for row in rows} == {False}
    assert all(row["source"].startswith("[K]") for row in rows)
    persons = (await house.get(f"{BASE}/themes", params={"audience": "person"})).json()["results"]
    assert persons[0]["name"] == "生育收养"


async def test_a_theme_that_an_administrator_adds_counts_at_once_and_out_of_use_no_more(house):
    draft = await drafted(house, audience=["person"], themes=["P99", "E01"])
    added = await house.post(
        f"{BASE}/themes", {"rows": [theme("P99")], "reason": "新增"}, as_=admin(house)
    )
    assert added.json() == {"added": 1, "corrected": 0, "unchanged": 0}
    refused = await publish(house, draft["item_id"], draft["number"])
    assert refused.json()["errors"][0]["code"] == "audience-themes"
    body = {"guide": guide(audience=["person"], themes=["P99"])}
    path = f"{BASE}/items/{draft['item_id']}/drafts/{draft['number']}"
    await put(house, path, body, as_=publisher(house), if_match="*")
    assert (await publish(house, draft["item_id"], draft["number"])).status_code == 201
    await audit(house)
    assert await findings(house, "themes-on-list") == []
    for is_in_use in (False, True):
        rows = [theme("P99", in_use=is_in_use)]
        body = {"rows": rows, "reason": "调整主题"}
        assert (await house.post(f"{BASE}/themes", body, as_=admin(house))).status_code == 200
        await audit(house)
        [found] = await findings(house, "themes-on-list")
        assert found["state"] == ("closed" if is_in_use else "open")
    steps = (await house.get(f"{BASE}/themes/P99/steps")).json()["results"]
    assert [each["step"] for each in steps] == ["registered", "retired", "reinstated"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
async def test_a_list_of_themes_goes_out_and_comes_back_unchanged(house, kind):
    out = await house.get(f"{BASE}/themes/export", params={"format": kind})
    back = await house.post(
        f"{BASE}/themes/imports",
        files={"file": (f"themes.{kind}", out.content)},
        data={"reason": "原样导回"},
        as_=admin(house),
    )
    many = len(SEEDS.PERSON_THEMES) + len(SEEDS.ENTERPRISE_THEMES)
    assert back.json() == {"added": 0, "corrected": 0, "unchanged": many}, back.text


async def test_a_faulty_list_of_themes_changes_nothing_and_names_each_line(house):
    lines = "主题编码,对象,名称,来源\nP98,自然人,养老,市通知\nP97,外星人,养老,市通知\nP96,法人,,市通知\n"
    refused = await house.post(
        f"{BASE}/themes/imports",
        files={"file": ("themes.csv", lines.encode())},
        data={"reason": "导入"},
        as_=admin(house),
    )
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/3/audience", "/4/name"]
    twice = {"rows": [theme("P98"), theme("P98"), theme("E01")], "reason": "导入"}
    answer = await house.post(f"{BASE}/themes", twice, as_=admin(house))
    assert [each["code"] for each in answer.json()["errors"]] == ["code-twice", "audience-changed"]
    assert (await house.get(f"{BASE}/themes/P98/steps")).status_code == 404


async def test_older_books_are_brought_along(house):
    """The statements of the migration, over books that look as they did before it."""
    upload = {"file": ("样本.pdf", b"%PDF-1.7\n%%EOF\n")}
    kept = await house.post(f"{BASE}/files", files=upload, as_=publisher(house))
    sample = {"id": kept.json()["id"], "name": "样本.pdf"}
    item_id = await published(house, results=[{"name": "许可证", "sample": sample}])
    other = await published(house, item_code="YW-2", name="年报", task_type="20", materials=[])
    asked = "SELECT item_id, name, material_names, result_names FROM item_facts ORDER BY item_id"
    files = "SELECT file_id, item_id, name FROM published_files"
    before = (await house.sql(asked), await house.sql(files))
    assert [str(row["item_id"]) for row in before[0]] == sorted([item_id, other])
    assert [row["name"] for row in before[1]] == ["样本.pdf"]
    tx = house.runtime.begin_system()
    try:
        for name in ("name", "material_names", "result_names"):
            await tx.execute(text(f"ALTER TABLE item_facts ALTER COLUMN {name} DROP NOT NULL"))
        await tx.execute(text("UPDATE item_facts SET name = NULL, material_names = NULL"))
        await tx.execute(text("UPDATE item_facts SET result_names = NULL"))
        await tx.execute(text("DELETE FROM published_files"))
        for statement in (SEEDS._FACTS, *SEEDS._FILLED, SEEDS._FILES):
            await tx.execute(text(statement))
        await tx.commit()
    finally:
        await tx.close()
    assert (await house.sql(asked), await house.sql(files)) == before
