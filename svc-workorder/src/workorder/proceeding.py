"""Taking a step on an application: under which procedure, and what is kept of it."""

from collections.abc import Mapping
from typing import Any

from chassis.identity import subtree_prefix
from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.domain.application import PROCESS, Application, Procedure
from workorder.domain.process.engine import Actor
from workorder.repository.calendar import clock_rules
from workorder.repository.processes import Process, active_process, process_of, rule_values


async def new_procedure(tx: Transaction) -> Procedure:
    """For an application that is handed in now: on the version in force."""
    return await _procedure(tx, await active_process(tx, PROCESS), actor=actor_of(tx), form={})


async def procedure_of(
    tx: Transaction, application: Application, form: Mapping[str, Any] | None = None
) -> Procedure:
    """For a step that the caller takes: on the version that the application runs on."""
    process = await process_of(tx, application.process, application.process_version)
    return await _procedure(tx, process, actor=actor_of(tx), form=form or {})


async def automatic_procedure(tx: Transaction, application: Application) -> Procedure:
    """For a step that an event takes."""
    process = await process_of(tx, application.process, application.process_version)
    return await _procedure(tx, process, actor=None, form={})


def actor_of(tx: Transaction) -> Actor:
    """Who takes the step, as far as a process asks."""
    principal = tx.principal
    return Actor(
        subject=principal.subject,
        roles=frozenset(principal.roles),
        department=principal.department,
        division=subtree_prefix(principal.division),
        owner_id=principal.owner_id,
    )


async def _procedure(
    tx: Transaction, process: Process, *, actor: Actor | None, form: Mapping[str, Any]
) -> Procedure:
    return Procedure(
        definition=process.definition,
        version=process.version,
        actor=actor,
        at=tx.now,
        form={name: value for name, value in form.items() if value is not None},
        clock_rules=await clock_rules(tx),
        values=await rule_values(tx, process.definition),
        make_id=new_id,
    )
