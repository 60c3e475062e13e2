"""The HTTP door of svc-datashare: path, policy, schema in and out, one call to a use case.

GET  /resources, /{code}, /{code}/steps     anyone               the catalogue
POST /resources                             steward              register, or bring up to date
POST /resources/{code}/records              provider's steward   what it holds, in batches
POST /grant-requests                        steward, head        ask; the share type may decide at once
POST /grant-requests/{id}/approvals         provider's approver  a grant is given
POST /grant-requests/{id}/refusals          provider's approver  with reason and law
POST /grants/{id}/revocations               provider's approver  ends at once
GET  /grant-requests, /grants, /steps       both sides, auditor
GET  /look-ups, /{id}                       own, both departments, auditor
GET  /deliveries                            the reviewing department
GET  /indicators, /rules                    anyone
Partners and the feed: partners.py
"""

from chassis.identity import Reach
from chassis.indicators import indicator_router
from chassis.rule_routes import rule_router
from contracts.vocabulary import Role
from datashare import queries
from datashare.routes import grants, look_ups, partners, resources

ROUTERS = (
    resources.router,
    grants.router,
    look_ups.router,
    partners.router,
    indicator_router("datashare", queries.INDICATORS),
    rule_router("datashare", {Role.SYSTEM_ADMIN: Reach.ALL}),
)
