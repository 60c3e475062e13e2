"""The HTTP door of svc-catalog, all of it under /catalog/v1.

GET  /items                          anyone        search, and the lists behind the figures      reading
GET  /items/export                   anyone        all guides in force, JSON Lines or CSV        transfers
GET  /items/{id}, /versions, /steps  anyone        the guide in force, or an older version       reading
POST /items/{id}/material-lists      anyone        what one's situation needs, what is spared    reading
POST /items                          publisher     a new item with its first draft               publishing
GET, POST /items/{id}/drafts         publisher     drafts of the own department                  publishing
GET, PUT  /items/{id}/drafts/{n}     publisher                                                   publishing
POST /items/{id}/publications        publisher     by a second person                            publishing
POST /items/{id}/withdrawals         publisher                                                   publishing
POST /imports                        publisher, system_admin                                     transfers
GET  /divisions, /departments, /halls  anyone; POST system_admin                                 places
GET  /jobs, /indicators, /rules      the chassis' own
"""

from catalog.figures import INDICATORS
from catalog.routes.places import router as places_router
from catalog.routes.publishing import router as publishing_router
from catalog.routes.reading import router as reading_router
from catalog.routes.transfers import router as transfers_router
from chassis.identity import Reach
from chassis.indicators import indicator_router
from chassis.job_routes import job_router
from chassis.rule_routes import rule_router
from contracts.vocabulary import Role

ROUTERS = (
    transfers_router,
    reading_router,
    publishing_router,
    places_router,
    job_router("catalog", {Role.PUBLISHER: Reach.NOTHING, Role.SYSTEM_ADMIN: Reach.NOTHING}),
    indicator_router("catalog", INDICATORS),
    rule_router("catalog", {Role.SYSTEM_ADMIN: Reach.ALL}),
)
