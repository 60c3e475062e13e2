"""Publishing rules as data: every seeded rule means the same in Python, for one guide, and in SQL, for all of them."""

import asyncio
import importlib.util
from pathlib import Path

import pytest
import pytest_asyncio
from catalog_examples import guide
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text

from catalog.domain.guide_facts import FACTS, FIELDS, facts_of, filled_fields, mask_of
from catalog.domain.publishing_rules import PublishingRule, RuleKind, Severity
from catalog.domain.rule_language import RuleExpressionError, check_expression, holds
from catalog.repository.audit import fact_columns, rules_in_use
from catalog.repository.rule_sql import broken
from catalog.tables.audit import item_facts
from chassis.ids import new_id
from contracts.guide import Guide
from contracts.vocabulary import TaskType

_PATH = Path(__file__).parents[1] / "migrations/versions/0005_audit.py"
_SPEC = importlib.util.spec_from_file_location("audit_migration", _PATH)
SEEDS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(SEEDS)


def rule(**changes) -> PublishingRule:
    return PublishingRule(
        **{
            "code": "r",
            "version": 1,
            "kind": RuleKind.GUIDE,
            "expression": {"filled": "phone"},
            "parameters": {},
            "pointers": ("/phone",),
            "message_zh": "缺 {x}",
            "message_en": "No {x}",
            "how_to_mend_zh": "请补",
            "how_to_mend_en": "Fill in",
            "severity": Severity.REFUSE,
            "is_enabled": True,
            **changes,
        }
    )


def seeded() -> list[PublishingRule]:
    return [
        rule(
            **{
                name: row[name]
                for name in ("code", "expression", "parameters", "message_zh", "message_en")
            },
            kind=RuleKind(row["kind"]),
            pointers=tuple(row["pointers"]),
            applies_to=tuple(row["applies_to"]),
        )
        for row in SEEDS.PUBLISHING_RULES
    ]


NUMBERS = st.integers(min_value=0, max_value=60)
TEXTS = st.sampled_from(
    [
        "",
        "0768-2123456",
        "0768-2123457",
        "2123456",
        "工作日 9:00",
        "24小时",
        "全天",
        "instant",
        "joint",
    ]
)
LISTS = st.lists(
    st.sampled_from(["person", "enterprise", "mail", "online", "window", "t1"]), unique=True
)


def _of(name: str, kind: str) -> st.SearchStrategy:
    if name == "task_type":
        return st.sampled_from([each.value for each in TaskType])
    if name == "statutory_days":
        return st.none() | NUMBERS
    return {"number": NUMBERS, "text": TEXTS, "texts": LISTS, "flag": st.booleans()}[kind]


RECORDS = st.fixed_dictionaries({name: _of(name, kind) for name, (kind, _) in FACTS.items()})
PATTERNS = st.sampled_from(
    ["0768-#######", "*", "?*", "*i*n*", "工作日*", "*[0-9]*", "#*", "24小时", "a.b", "(*)"]
)
FREE = [
    {"count": ["phone", "statutory_days", "themes"]},
    {"sum": ["visits", "statutory_days"]},
]


def _operands() -> st.SearchStrategy:
    numbers = [name for name, (kind, _) in FACTS.items() if kind == "number"]
    left = st.sampled_from([*numbers, *FREE])
    right = NUMBERS | st.sampled_from([{"fact": name} for name in numbers] + FREE)
    compared = st.builds(
        lambda operator, a, b: {operator: [a, b]},
        st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]),
        left,
        right,
    )
    texts = [name for name, (kind, _) in FACTS.items() if kind == "text"]
    lists = [name for name, (kind, _) in FACTS.items() if kind == "texts"]
    return st.one_of(
        compared,
        st.builds(lambda a, b: {"contains": [a, b]}, st.sampled_from(texts + lists), TEXTS),
        st.builds(lambda a, b: {"matches": [a, b]}, st.sampled_from(texts), PATTERNS),
        st.builds(lambda a, b: {"within": [a, b]}, st.sampled_from(lists), LISTS),
        st.builds(lambda a, b: {"le": [{"length": a}, b]}, st.sampled_from(texts + lists), NUMBERS),
        st.builds(lambda a, b: {"in": [a, b]}, st.sampled_from(texts), st.lists(TEXTS)),
        st.builds(lambda a, b: {"overlaps": [a, b]}, st.sampled_from(lists), LISTS),
        st.builds(
            lambda operator, name: {operator: name},
            st.sampled_from(["filled", "empty"]),
            st.sampled_from(list(FACTS)),
        ),
    )


EXPRESSIONS = st.recursive(
    _operands(),
    lambda inner: st.one_of(
        st.builds(lambda each: {"all": each}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda each: {"any": each}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda each: {"not": each}, inner),
    ),
    max_leaves=6,
)
DROP_KEY = text("ALTER TABLE item_facts DROP CONSTRAINT IF EXISTS item_facts_item_id_fkey")
"""Records of no item: taken back with the transaction."""
_COMMON = {
    "number": 1,
    "division": "445102",
    "department": "D1",
    "level": 4,
    "materials_digest": "",
    "conditions_digest": "",
    "filled_mask": 0,
}


@pytest_asyncio.fixture
async def answers(house):
    """Which of these records each rule finds, by SQL: rows laid out, asked, and taken back."""

    async def asked(records: list[dict], rules: list[PublishingRule]) -> list[list[bool]]:
        tx = house.runtime.begin_system()
        try:
            await tx.execute(DROP_KEY)
            ids = [new_id() for _ in records]
            rows = [
                {"item_id": id, **_COMMON, **each} for id, each in zip(ids, records, strict=True)
            ]
            await tx.execute(insert(item_facts), rows)
            found = []
            for each in rules:
                hit = {
                    row.item_id
                    for row in await tx.all(select(item_facts.c.item_id).where(broken(each)))
                }
                found.append([id in hit for id in ids])
            return found
        finally:
            await tx.close()

    return asked


async def test_python_and_sql_agree_on_every_seeded_rule(answers):
    rules = seeded()

    async def check(records):
        by_sql = await answers(records, rules)
        for each, hits in zip(rules, by_sql, strict=True):
            assert hits == [each.is_broken_by(record) for record in records], each.code

    await _for_all(st.lists(RECORDS, min_size=1, max_size=40), check, examples=12)


async def test_python_and_sql_agree_on_any_rule_that_can_be_written(answers):
    async def check(drawn):
        records, expressions = drawn
        for each in expressions:
            check_expression(each, {})
        rules = [rule(expression=each) for each in expressions]
        by_sql = await answers(records, rules)
        for each, hits in zip(rules, by_sql, strict=True):
            assert hits == [each.is_broken_by(record) for record in records], each.expression

    drawn = st.tuples(
        st.lists(RECORDS, min_size=1, max_size=10), st.lists(EXPRESSIONS, min_size=1, max_size=10)
    )
    await _for_all(drawn, check, examples=12)


async def _for_all(strategy, check, *, examples: int) -> None:
    """A property whose check is awaited: hypothesis draws in a thread, the loop answers."""
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def held(value):
        asyncio.run_coroutine_threadsafe(check(value), loop).result()

    await asyncio.to_thread(held)


def test_every_seeded_expression_can_be_used_and_says_where_and_how_to_mend():
    for row in SEEDS.PUBLISHING_RULES:
        if row["kind"] == "guide":
            check_expression(row["expression"], row["parameters"])
        assert row["pointers"]
        assert row["source"]
        assert row["message_zh"] != row["message_en"]
        assert row["how_to_mend_zh"]


async def test_the_books_hold_the_seeded_rules(house):
    tx = house.runtime.begin_system()
    try:
        kept = {each.code for each in await rules_in_use(tx)}
    finally:
        await tx.close()
    seeded_first = {row["code"] for row in SEEDS.PUBLISHING_RULES if row["is_enabled"]}
    later = {"audience-themes", "themes-on-list", "no-cancelled-proof"}  # 0013 with the lists, 0015
    assert kept == seeded_first | later


def test_the_example_guide_keeps_every_rule():
    facts = facts_of(Guide.model_validate(guide()))
    assert set(facts) == set(FACTS)
    assert [each.code for each in seeded() if each.is_broken_by(facts)] == ["windows-filled"]


def test_a_rule_fills_its_parameters_in_and_asks_only_its_task_types():
    one = rule(message_zh="要有 {x}", parameters={"x": ["甲", "乙"]}, applies_to=("01",))
    assert one.words()[0] == "要有 甲、乙"
    facts = facts_of(Guide.model_validate(guide(phone="")))
    assert one.is_broken_by(facts)
    assert not one.is_broken_by({**facts, "task_type": "20"})


def test_a_comparison_with_what_is_missing_never_holds():
    facts = facts_of(Guide.model_validate(guide(statutory_days=None)))
    assert not holds({"le": ["promised_days", {"fact": "statutory_days"}]}, facts, {})
    assert not holds({"gt": ["promised_days", {"fact": "statutory_days"}]}, facts, {})
    assert holds({"not": {"gt": ["statutory_days", 0]}}, facts, {})


@pytest.mark.parametrize(
    "expression",
    [None, [], "x", {"all": "x"}, {"eq": "ab"}, {"in": ["phone", "x"]}, {"not": {}}, {"filled": 3}],
)
def test_nonsense_is_named_and_not_run(expression):
    with pytest.raises(RuleExpressionError) as refused:
        check_expression(expression, {})
    assert refused.value.faults


def test_a_rule_that_is_too_deep_is_refused():
    expression = {"filled": "phone"}
    for _ in range(50):
        expression = {"not": expression}
    with pytest.raises(RuleExpressionError):
        check_expression(expression, {})


def test_each_field_has_its_own_bit():
    assert mask_of(FIELDS) == 2 ** len(FIELDS) - 1
    assert mask_of(["no-such-field"]) == 0
    columns = fact_columns(new_id(), 1, Guide.model_validate(guide()))
    assert columns["filled_mask"] == mask_of(filled_fields(Guide.model_validate(guide())))
