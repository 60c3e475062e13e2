"""The HTTP door of svc-certificate, by subject; each route is path, policy, schema and one call to a use case.

types.py          GET POST /certificate-types; GET /seals, /seals/{id}/uses
certificates.py   GET POST /certificates, batches, one, steps, uses, file, holders; GET /uses
presentations.py  GET POST /presentations, withdrawals, scans
revocations.py    GET POST /certificates/{id}/revocations, approvals, refusals
verification.py   POST /verifications; GET /verify, /status-lists/{number}, /issuer-keys
"""

from certificate.queries import INDICATORS
from certificate.routes import certificates, presentations, revocations, types, verification
from chassis.identity import Reach
from chassis.indicators import indicator_router
from chassis.rule_routes import rule_router
from contracts.vocabulary import Role

ROUTERS = (
    types.router,
    certificates.router,
    presentations.router,
    revocations.router,
    verification.router,
    indicator_router("certificate", INDICATORS),
    rule_router("certificate", {Role.SYSTEM_ADMIN: Reach.ALL}),
)
