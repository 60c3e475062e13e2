"""Guides of every kind for hypothesis: with whatever text a city may write, and every field there is."""

from datetime import date

from hypothesis import strategies as st

from contracts.guide import (
    CrossRegionMode,
    Fee,
    FileReference,
    FrequentQuestion,
    Guide,
    IntermediaryService,
    LegalBasis,
    Material,
    PrefilledField,
    Result,
    SituationOption,
    SituationQuestion,
    SpecialProcedure,
    Step,
    Window,
)
from contracts.vocabulary import TaskType

HARD = (
    "=1+1",
    "+86 768",
    "-1",
    "@名称",
    "'=1",
    "''",
    '"',
    '""',
    '说"好"',
    "007",
    "1e5",
    "TRUE",
    "否",
    "甲；乙",
    "a=b",
    "[1]",
    "一\n二",
    "一\r\n二",
    "\t缩进",
    " 两端有空格 ",
    "全角　ＡＢＣ，１２３",
    "👩‍👩‍👧 𠮷野家",
    "_x000D_",
    "_x005F_x000D_",
    "\x01控制",
    "<b>&amp;</b>",
    "﻿bom",
    "\u2028行",
    "示例",
)
codes = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
anything = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20
)
texts = st.one_of(st.just(""), st.sampled_from(HARD), anything)
names = texts.map(lambda text: text if text.strip() else "名称")
days = st.dates(date(1949, 10, 1), date(2099, 12, 31))
numbers = st.integers(0, 99)
files = (
    st.builds(FileReference, id=st.from_regex(r"[0-9a-f]{64}", fullmatch=True), name=names)
    | st.none()
)
maybe_codes = codes | st.none()
flags = st.booleans()


def several(strategy, most=3):
    return st.lists(strategy, max_size=most).map(tuple)


divisions = st.sampled_from(("445102", "445100", "445102001", "445102001001"))
materials = st.builds(
    Material,
    code=codes,
    name=names,
    kind=st.sampled_from(("certificate", "form", "other")),
    proof=maybe_codes,
    necessity=st.sampled_from(("required", "optional", "later")),
    source=st.sampled_from(("applicant", "government", "other")),
    form=st.sampled_from(("paper", "electronic", "both")),
    originals=numbers,
    copies=numbers,
    certificate_type=maybe_codes,
    data_resource=maybe_codes,
    exempt_seal=flags,
    exempt_signature=flags,
    prefilled=flags,
    prefilled_from=several(st.builds(PrefilledField, field=names, source=names)),
    commitment=flags,
    department_check=flags,
    exemption_ground=texts,
    issuer=texts,
    basis=texts,
    fill_note=texts,
    acceptance_standard=texts,
    sample=files,
    blank=files,
    applies_when=st.dictionaries(codes, several(codes), max_size=2),
)
questions = st.builds(
    SituationQuestion,
    code=codes,
    text=names,
    options=st.lists(
        st.builds(SituationOption, code=codes, text=names), min_size=2, max_size=3
    ).map(tuple),
)
steps = st.builds(
    Step,
    code=st.sampled_from(("intake", "acceptance", "review", "decision", "making", "delivery")),
    name=names,
    working_days=numbers,
    handler=texts,
    standard=texts,
    result=texts,
)
modes = st.builds(
    CrossRegionMode,
    scope=st.sampled_from(("same-city", "cross-city", "cross-province")),
    mode=st.sampled_from(("online", "self-service", "separate-intake", "proxy-intake", "joint")),
    divisions=st.lists(divisions, min_size=1, max_size=3).map(tuple),
    taken_in_by=names,
    decided_by=names,
    delivered_by=names,
    materials_travel=st.sampled_from(("electronic", "courier", "both", "none")),
    agreement=texts,
)
results = st.builds(
    Result,
    name=names,
    certificate_type=maybe_codes,
    validity_years=st.integers(1, 99) | st.none(),
    kind=st.sampled_from(("certificate", "approval", "other")),
    sample=files,
)
laws = st.builds(
    LegalBasis,
    law=names,
    number=texts,
    article=texts,
    text=texts,
    issuer=texts,
    effective_on=days | st.none(),
)
fees = st.builds(
    Fee,
    name=names,
    amount_fen=st.integers(0, 10**9),
    basis=texts,
    standard=texts,
    reducible=flags,
    reduction_note=texts,
)
guides = st.builds(
    Guide,
    item_code=codes,
    original_code=texts | st.none(),
    basic_code=st.from_regex(r"[0-9A-Z]{12}", fullmatch=True) | st.none(),
    handling_code=texts | st.none(),
    use_level=st.sampled_from(("nation", "province", "city", "county", "town", "village", None)),
    power_source=st.sampled_from(("statutory", "delegated-from-above", "entrusted-by-peer", None)),
    agency_kind=st.sampled_from(("statutory-organ", "entrusted-organization", None)),
    handling_kind=st.sampled_from(("instant", "promised", "joint", "reported", None)),
    handling_forms=several(st.sampled_from(("window", "online", "mail"))),
    name=names,
    main_item=texts,
    task_type=st.sampled_from(TaskType),
    department=st.from_regex(r"[0-9A-Z-]{2,22}", fullmatch=True),
    department_name=names,
    division=divisions,
    managing_area=maybe_codes,
    audience=several(st.sampled_from(("person", "enterprise")), 2),
    statutory_days=numbers | st.none(),
    promised_days=numbers,
    visits=st.integers(0, 9),
    visit_reason=texts,
    online_depth=st.integers(1, 4),
    online_url=texts,
    legal_basis=several(laws, 2),
    conditions=several(texts),
    situations=st.lists(questions, max_size=2, unique_by=lambda one: one.code).map(tuple),
    materials=several(materials, 2),
    steps=several(steps, 2),
    special_procedures=several(
        st.builds(SpecialProcedure, name=names, working_days=numbers, basis=texts), 1
    ),
    fees=several(fees, 2),
    pays_online=flags,
    intermediary_services=several(
        st.builds(IntermediaryService, name=names, basis=texts, fee_note=texts), 1
    ),
    questions=several(st.builds(FrequentQuestion, question=names, answer=texts), 2),
    quantity_limit=texts,
    results=several(results, 2),
    windows=several(
        st.builds(Window, hall=codes, name=names, address=names, hours=names, phone=texts), 1
    ),
    channels=several(codes),
    phone=texts,
    supervision_phone=texts,
    hours=texts,
    cross_region=st.sampled_from(("none", "town", "county", "city", "province", "nation")),
    cross_region_modes=several(modes, 1),
    takes_bookings=flags,
    sends_by_mail=flags,
    self_service=flags,
    proxy_allowed=flags,
    one_window=flags,
    keywords=several(names),
    themes=several(codes),
    life_events=several(codes),
    effective_from=days | st.none(),
)
