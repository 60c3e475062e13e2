"""The HTTP door of svc-catalog, all of it under /catalog/v1.

GET  /items                          anyone        search, and the lists behind the figures      reading
GET  /items/{id}, /versions, /steps  anyone        the guide in force, or an older version       reading
POST /items/{id}/material-lists      anyone        what one's situation needs, what is spared    reading
GET  /items/{id}/differences         anyone; of drafts publisher                                 differences
POST /items                          publisher     a new item with its first draft               publishing
GET, POST, PUT /items/{id}/drafts    publisher     submissions, checks, recalls; /drafts: what waits
POST /items/{id}/publications, /withdrawals        publisher, by a second person                 publishing
GET  /items/export                   anyone        guides in force, JSON Lines, CSV or XLSX      transfers
POST /imports                        publisher, system_admin; template anyone                    transfers
GET  /basic-items, /files            anyone; POST system_admin, publisher                        standards
GET  /publishing-rules, /guide-completeness        anyone; PUT, trials system_admin              audit
GET  /findings                       staff in reach; POST audits, acceptances coordinator        audit
GET  /powers, /power-types, /delegated-powers      anyone; POST publisher, system_admin          powers
GET, POST /power-adjustments         the parties, legal_reviewer, coordinator; notices anyone    power_adjustments
GET  /movable-powers, /power-uptakes anyone; POST system_admin, coordinator                      power_directory
GET  /proofs, /exemptions            anyone; POST publisher, by a second person                  proofs
GET  /divisions, /departments, /halls  anyone; POST system_admin                                 places
GET  /halls/{code}, /windows, /items anyone; PUT, POST hall_manager                              halls
GET  /kiosks, /service-points, /items/{id}/places  anyone; PUT, POST hall_manager                service_points
GET, POST /appointments              citizen and others; plans, check-ins hall staff             appointments
GET  /channels, /channel-items, /channel-figures  anyone; live-items, figures partner, publisher  channels
GET  /cross-region/…, /agreements    anyone; POST, PUT agreements system_admin                   cross_region
GET  /bundles                        anyone; drafts and publication publisher                    bundles
GET  /enterprise-policies            anyone; drafts and publication publisher                    enterprise_policies
GET  /enterprise-profiles/own, /enterprise-matches/own  enterprise_agent                         enterprise_policies
GET  /supervision-items, /supervision-reports, /supervision/…  anyone; POST officer, publisher   supervision
GET  /everyday-words, /search-misses publisher, system_admin; POST, PUT words system_admin       words
GET  /jobs, /indicators, /rules      the chassis' own
"""

from catalog.figures import INDICATORS
from catalog.routes.appointments import router as appointments_router
from catalog.routes.audit import router as audit_router
from catalog.routes.bundles import router as bundles_router
from catalog.routes.channels import router as channels_router
from catalog.routes.cross_region import router as cross_region_router
from catalog.routes.differences import router as differences_router
from catalog.routes.enterprise_policies import router as enterprise_policies_router
from catalog.routes.halls import router as halls_router
from catalog.routes.places import router as places_router
from catalog.routes.power_adjustments import router as power_adjustments_router
from catalog.routes.power_directory import router as power_directory_router
from catalog.routes.powers import router as powers_router
from catalog.routes.proofs import router as proofs_router
from catalog.routes.publishing import router as publishing_router
from catalog.routes.reading import router as reading_router
from catalog.routes.service_points import router as service_points_router
from catalog.routes.standards import router as standards_router
from catalog.routes.supervision import router as supervision_router
from catalog.routes.transfers import router as transfers_router
from catalog.routes.words import router as words_router
from chassis.identity import Reach
from chassis.indicators import indicator_router
from chassis.job_routes import job_router
from chassis.rule_routes import rule_router
from contracts.vocabulary import Role

ROUTERS = (
    transfers_router,
    reading_router,
    publishing_router,
    differences_router,
    places_router,
    standards_router,
    audit_router,
    powers_router,
    power_adjustments_router,
    power_directory_router,
    proofs_router,
    halls_router,
    service_points_router,
    appointments_router,
    channels_router,
    cross_region_router,
    bundles_router,
    enterprise_policies_router,
    supervision_router,
    words_router,
    job_router("catalog", {Role.PUBLISHER: Reach.NOTHING, Role.SYSTEM_ADMIN: Reach.NOTHING}),
    indicator_router("catalog", INDICATORS),
    rule_router("catalog", {Role.SYSTEM_ADMIN: Reach.ALL}),
)
