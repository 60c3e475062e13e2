from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from process_stories import RULE_VALUES, first_definition
from workorder_stories import ANSWERS, DEPARTMENT, a_guide

from chassis.working_days import WorkingDays
from contracts.vocabulary import DecisionOutcome
from workorder.domain.application import (
    Applicant,
    Application,
    ApplicationState,
    Procedure,
    Submission,
)
from workorder.domain.application_errors import (
    ApplicationStateError,
    CorrectionAskedBeforeError,
    CorrectionIncompleteError,
    CorrectionTooLateError,
    OwnMatterError,
    RefusalUnreasonedError,
    ResultsMissingError,
)
from workorder.domain.clock import ClockRules
from workorder.domain.item import (
    ItemNotForYouError,
    ItemWithdrawnError,
    KnownItem,
    SituationUnansweredError,
)
from workorder.domain.material import HandedIn, MaterialsMissingError, MaterialUnknownError
from workorder.domain.process.engine import Actor

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
RULES = ClockRules(calendar=WorkingDays())
APPLICANT = UUID(int=7)
CLERK, REVIEWER = str(UUID(int=8)), str(UUID(int=9))
DAY = timedelta(days=1)
HANDED = (HandedIn(code="id-card"), HandedIn(code="licence"), HandedIn(code="plan"))


def a_procedure(*, at=MONDAY, by=CLERK, **form):
    """The first definition, under which this person takes a step; staff of the application's own department."""
    roles = {"citizen"} if by == str(APPLICANT) else {"clerk", "reviewer"}
    return Procedure(
        definition=first_definition("application"),
        version=1,
        actor=Actor(
            subject=by,
            roles=frozenset(roles | ({"clerk", "reviewer"} if form.pop("both", False) else set())),
            department=DEPARTMENT,
            division="4451",
            owner_id=by,
        ),
        at=at,
        form=form,
        clock_rules=RULES,
        values=RULE_VALUES,
        make_id=uuid4,
    )


def mine(at=MONDAY, **form):
    return a_procedure(at=at, by=str(APPLICANT), **form)


def an_item(**changes):
    state = changes.pop("state", "published")
    return KnownItem(
        item_id=UUID(int=1),
        item_version_id=UUID(int=2),
        version=3,
        state=state,
        guide=a_guide(**changes),
    )


def an_application(*, item=None, answers=None, handed=HANDED, at=MONDAY, kind="person"):
    return Application.submit(
        id=UUID(int=5),
        number="SQ-260302-00000001-A",
        item=item or an_item(),
        applicant=Applicant(id=APPLICANT, kind=kind, submitted_by=APPLICANT),
        submission=Submission(
            answers=ANSWERS if answers is None else answers,
            handed=handed,
            presentation_id=None,
            channel="web",
        ),
        procedure=mine(at),
    )


def accepted(**options):
    application = an_application(**options)
    application.accept(a_procedure())
    return application


def ask(application, *codes, at=MONDAY, by=REVIEWER):
    codes = codes or ("plan",)
    procedure = a_procedure(at=at, by=by, both=True, material_codes=list(codes), reason="不清楚")
    return application.request_correction(procedure, material_codes=codes, reason="不清楚")


def correct(application, *handed, at=MONDAY):
    application.correct(mine(at), [HandedIn(code=code) for code in handed])


def suspend(application, kind="hearing"):
    application.suspend(a_procedure(by=REVIEWER, procedure=kind, reason="听证"))


def decide(application, outcome=DecisionOutcome.APPROVED, *, reason="", at=MONDAY, by=REVIEWER):
    procedure = a_procedure(at=at, by=by, both=True, outcome=outcome.value, reason=reason)
    application.decide(procedure, outcome=outcome, reason=reason)


def test_it_promises_a_date_by_the_item_it_was_handed_in_on():
    application = an_application(handed=())
    assert application.state is ApplicationState.SUBMITTED
    assert application.due_on == date(2026, 3, 9)
    assert application.clock == "not-started"
    assert application.item_version == 3
    assert [material.code for material in application.gathering] == ["id-card", "licence", "health"]


def test_the_law_shortens_a_promise_that_is_longer():
    assert an_application(item=an_item(promised_days=30, statutory_days=20)).promised_days == 20
    assert an_application(item=an_item(promised_days=3, statutory_days=None)).promised_days == 3


def test_every_unanswered_question_is_named():
    with pytest.raises(SituationUnansweredError) as raised:
        an_application(answers={"other": "x"})
    assert [fault.pointer for fault in raised.value.faults] == ["/answers/shop", "/answers/other"]


def test_an_answer_outside_the_options_is_named():
    with pytest.raises(SituationUnansweredError) as raised:
        an_application(answers={"shop": "moon"})
    assert [fault.code for fault in raised.value.faults] == ["enum"]


def test_answers_shape_the_list_of_materials():
    new = {material.code for material in an_application().materials}
    change = {material.code for material in an_application(answers={"shop": "change"}).materials}
    assert change - new == {"old-permit"}


def test_every_material_that_is_not_on_the_list_is_named():
    with pytest.raises(MaterialUnknownError) as raised:
        an_application(handed=(HandedIn(code="plan"), HandedIn(code="x"), HandedIn(code="y")))
    assert [fault.pointer for fault in raised.value.faults] == ["/materials/1", "/materials/2"]


def test_a_withdrawn_item_takes_nothing_new():
    with pytest.raises(ItemWithdrawnError):
        an_application(item=an_item(state="withdrawn"))


def test_an_item_for_persons_takes_no_enterprise():
    with pytest.raises(ItemNotForYouError):
        an_application(item=an_item(audience=("person",)), kind="enterprise")


def test_what_the_applicant_brings_is_not_gathered():
    application = an_application()
    assert [material.code for material in application.gathering] == ["health"]


def test_two_ways_of_gathering_fail_only_together():
    application = an_application()
    assert application.fail_material("health", way="certificate", reason="未亮证")
    health = next(each for each in application.materials if each.code == "health")
    assert (health.state, health.ways) == ("gathering", ["data"])
    assert application.fail_material("health", way="data", reason="没有记录")
    assert (health.state, health.reason) == ("needed", "没有记录")
    assert not application.fail_material("health", way="data", reason="没有记录")


def test_the_first_way_that_finds_it_satisfies():
    application = an_application()
    assert application.satisfy_material("health")
    assert not application.satisfy_material("health", certificate_id=UUID(int=40))
    health = next(each for each in application.materials if each.code == "health")
    assert (health.state, health.by) == ("satisfied", "data")


def test_what_comes_after_the_end_changes_nothing():
    application = an_application()
    application.withdraw(mine())
    version = application.version
    assert not application.satisfy_material("health")
    assert not application.attach_certificate(UUID(int=41), "food-permit")
    assert application.version == version


def test_acceptance_starts_the_clock_and_its_alarms():
    application = accepted()
    assert (application.clock, application.due_on) == ("running", date(2026, 3, 9))
    assert application.alarm_level == "yellow"


def test_not_told_in_time_it_counts_as_accepted_on_receipt():
    late = MONDAY + 9 * DAY
    application = an_application()
    with pytest.raises(CorrectionTooLateError):
        ask(application, at=late, by=CLERK)
    application.accept(a_procedure(at=late))
    assert application.clock_started_on == date(2026, 3, 2)
    assert application.due_on == date(2026, 3, 9)


def test_a_correction_stops_the_clock_until_everything_is_there():
    application = accepted()
    ask(application, "plan", "licence")
    assert (application.clock, application.due_on, application.alarm_at) == ("stopped", None, None)
    with pytest.raises(CorrectionIncompleteError) as raised:
        correct(application, "plan", at=MONDAY + DAY)
    assert [fault.pointer for fault in raised.value.faults] == ["/materials/licence"]
    correct(application, "licence", at=MONDAY + 2 * DAY)
    assert (application.state, application.due_on) == (ApplicationState.ACCEPTED, date(2026, 3, 11))


def test_a_correction_is_asked_for_once_in_each_stage():
    application = an_application()
    ask(application, by=CLERK)
    correct(application, "plan", at=MONDAY + DAY)
    with pytest.raises(CorrectionAskedBeforeError):
        ask(application, by=CLERK)
    application.accept(a_procedure(at=MONDAY + DAY))
    ask(application, at=MONDAY + DAY)
    correct(application, "plan", at=MONDAY + DAY)
    with pytest.raises(CorrectionAskedBeforeError):
        ask(application, at=MONDAY + DAY)


def test_a_correction_before_acceptance_stops_no_clock_that_runs_later():
    application = an_application()
    ask(application, by=CLERK)
    correct(application, "plan", at=MONDAY + 3 * DAY)
    assert (application.state, application.due_on) == (
        ApplicationState.SUBMITTED,
        date(2026, 3, 12),
    )
    application.accept(a_procedure(at=MONDAY + 4 * DAY))
    assert application.due_on == date(2026, 3, 13)


def test_a_special_procedure_stops_the_clock_too():
    application = accepted()
    suspend(application)
    with pytest.raises(ApplicationStateError):
        decide(application)
    application.resume(a_procedure(by=REVIEWER, at=MONDAY + 7 * DAY))
    assert application.due_on == date(2026, 3, 16)


def test_the_due_date_can_be_counted_again_from_the_ledger():
    application = accepted()
    ask(application)
    correct(application, "plan", at=MONDAY + 2 * DAY)
    due_on, application.due_on = application.due_on, None
    assert application.recount(at=MONDAY + 3 * DAY, rules=RULES)
    assert application.due_on == due_on
    assert not application.recount(at=MONDAY + 3 * DAY, rules=RULES)


def test_an_approval_needs_every_required_material_and_names_the_missing():
    application = accepted(handed=())
    with pytest.raises(MaterialsMissingError) as raised:
        decide(application)
    assert [fault.pointer for fault in raised.value.faults] == [
        "/materials/id-card",
        "/materials/licence",
    ]
    assert application.state is ApplicationState.ACCEPTED


def test_a_refusal_needs_a_reason_and_no_material():
    application = accepted(handed=())
    with pytest.raises(RefusalUnreasonedError):
        decide(application, DecisionOutcome.REFUSED)
    decide(application, DecisionOutcome.REFUSED, reason="场所不符合条件")
    assert application.is_deliverable
    assert application.results == []


@pytest.mark.parametrize(("days", "on_time", "used"), [(7, True, 5), (8, False, 6)])
def test_a_decision_on_the_due_day_is_in_time(days, on_time, used):
    application = accepted()
    decide(application, at=MONDAY + days * DAY)
    assert (application.on_time, application.working_days_used) == (on_time, used)


def test_it_is_delivered_when_every_result_is_there():
    application = accepted()
    decide(application)
    with pytest.raises(ResultsMissingError):
        application.deliver(a_procedure())
    assert not application.attach_certificate(UUID(int=42), "other-type")
    assert application.attach_certificate(UUID(int=43), "food-permit")
    application.deliver(a_procedure())
    assert application.state is ApplicationState.DELIVERED


@pytest.mark.parametrize(
    "take",
    [
        lambda a: a.accept(mine(both=True)),
        lambda a: a.refuse_acceptance(mine(both=True, reason="不属本机关")),
        lambda a: ask(a, by=str(APPLICANT)),
    ],
)
def test_nobody_handles_their_own_application(take):
    with pytest.raises(OwnMatterError):
        take(an_application())


def test_nobody_decides_their_own_application():
    with pytest.raises(OwnMatterError):
        decide(accepted(), by=str(APPLICANT))


def test_it_is_withdrawn_until_it_is_decided():
    application = accepted()
    application.withdraw(mine())
    assert application.alarm_at is None
    decided = accepted()
    decide(decided)
    with pytest.raises(ApplicationStateError):
        decided.withdraw(mine())


STEPS = {
    "accept": lambda a: a.accept(a_procedure()),
    "refuse": lambda a: a.refuse_acceptance(a_procedure(reason="不属本机关")),
    "ask": ask,
    "correct": lambda a: correct(a, "plan"),
    "suspend": suspend,
    "resume": lambda a: a.resume(a_procedure(by=REVIEWER)),
    "decide": decide,
    "hand-in": lambda a: a.hand_in(mine(materials=[{"code": "plan"}]), [HandedIn(code="plan")]),
    "withdraw": lambda a: a.withdraw(mine()),
}
ALLOWED = {
    "submitted": {"accept", "refuse", "ask", "hand-in", "withdraw"},
    "correction": {"correct", "withdraw"},
    "accepted": {"ask", "suspend", "decide", "hand-in", "withdraw"},
    "suspended": {"resume", "withdraw"},
    "decided": set(),
    "withdrawn": set(),
    "not-accepted": set(),
}
WAYS = {
    "submitted": (),
    "correction": ("ask",),
    "accepted": ("accept",),
    "suspended": ("accept", "suspend"),
    "decided": ("accept", "decide"),
    "withdrawn": ("withdraw",),
    "not-accepted": ("refuse",),
}


@pytest.mark.parametrize("state", ALLOWED)
@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_possible_in_its_states_and_in_no_other(state, name):
    application = an_application()
    for way in WAYS[state]:
        STEPS[way](application)
    assert application.state == state
    version = application.version
    if name in ALLOWED[state]:
        STEPS[name](application)
        assert application.version > version
    else:
        with pytest.raises(ApplicationStateError):
            STEPS[name](application)
        assert application.version == version
