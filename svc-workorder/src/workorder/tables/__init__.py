"""The tables of svc-workorder, a module a topic. Migrations make them; a test holds the two together."""

from workorder.tables.applications import (
    application_steps,
    applications,
    attachments,
    known_items,
    moved_items,
    suspensions,
)
from workorder.tables.base import metadata
from workorder.tables.calendar import (
    calendar_days,
    calendar_override_steps,
    calendar_overrides,
    ledger_check_nights,
)
from workorder.tables.exchange import exchange_batch_steps, exchange_batches, exchange_rows
from workorder.tables.fact_keys import work_order_fact_keys
from workorder.tables.hotline import (
    case_transfers,
    disclosure_requests,
    work_order_attachments,
    work_order_returns,
)
from workorder.tables.kept_facts import kept_fact_keys, kept_facts
from workorder.tables.knowledge import (
    kb_article_steps,
    kb_article_words,
    kb_articles,
    kb_task_steps,
    kb_tasks,
    work_order_citations,
)
from workorder.tables.notices import (
    delivery_endpoint_steps,
    delivery_endpoints,
    notices,
    sweep_nights,
    todos,
)
from workorder.tables.open311 import (
    open311_clients,
    open311_notes,
    open311_requests,
    open311_services,
    open311_steps,
)
from workorder.tables.processes import (
    process_definition_steps,
    process_definitions,
)
from workorder.tables.responsibilities import (
    responsibilities,
    responsibility_rulings,
    responsibility_steps,
)
from workorder.tables.seats import (
    agent_seat_steps,
    agent_seats,
    calls,
    chat_messages,
    chats,
    recording_accesses,
)
from workorder.tables.staff_day import saved_filter_steps, saved_filters
from workorder.tables.triage import (
    place_names,
    triage_decisions,
    triage_model_files,
    triage_model_steps,
    triage_models,
    work_order_proposals,
)
from workorder.tables.work_orders import (
    settled_findings,
    work_order_callers,
    work_order_steps,
    work_order_stops,
    work_order_tasks,
    work_order_words,
    work_orders,
)

__all__ = [
    "agent_seat_steps",
    "agent_seats",
    "application_steps",
    "applications",
    "attachments",
    "calendar_days",
    "calendar_override_steps",
    "calendar_overrides",
    "calls",
    "case_transfers",
    "chat_messages",
    "chats",
    "delivery_endpoint_steps",
    "delivery_endpoints",
    "disclosure_requests",
    "exchange_batch_steps",
    "exchange_batches",
    "exchange_rows",
    "kb_article_steps",
    "kb_article_words",
    "kb_articles",
    "kb_task_steps",
    "kb_tasks",
    "kept_fact_keys",
    "kept_facts",
    "known_items",
    "ledger_check_nights",
    "metadata",
    "moved_items",
    "notices",
    "open311_clients",
    "open311_notes",
    "open311_requests",
    "open311_services",
    "open311_steps",
    "place_names",
    "process_definition_steps",
    "process_definitions",
    "recording_accesses",
    "responsibilities",
    "responsibility_rulings",
    "responsibility_steps",
    "saved_filter_steps",
    "saved_filters",
    "settled_findings",
    "suspensions",
    "sweep_nights",
    "todos",
    "triage_decisions",
    "triage_model_files",
    "triage_model_steps",
    "triage_models",
    "work_order_attachments",
    "work_order_callers",
    "work_order_citations",
    "work_order_fact_keys",
    "work_order_proposals",
    "work_order_returns",
    "work_order_steps",
    "work_order_stops",
    "work_order_tasks",
    "work_order_words",
    "work_orders",
]
