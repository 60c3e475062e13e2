"""The HTTP door of svc-catalog, all of it under /catalog/v1. Each module beside this one begins with its own doors.

GET  /items                          anyone        search, and the lists behind the figures      item_search
GET  /items/{id}, /versions, /steps  anyone        the guide in force, or an older version       reading
POST /items/{id}/material-lists      anyone        what one's situation needs, what is spared    reading
GET  /items/{id}/differences         anyone; of drafts publisher                                 differences
POST /items                          publisher     a new item with its first draft               publishing
GET, POST, PUT /items/{id}/drafts    publisher     submissions, checks, recalls; /drafts: what waits
POST /items/{id}/publications, /withdrawals        publisher, by a second person                 publishing
GET  /items/export                   anyone        guides in force, JSON Lines, CSV or XLSX      item_exports
POST /imports                        publisher, system_admin; template anyone                    imports
GET  /basic-items                    anyone; POST system_admin                                   basic_items
GET  /files                          publisher; /{id} anyone                                     guide_files
GET  /publishing-rules               anyone; POST, PUT, trials system_admin                      publishing_rules
GET  /findings                       staff in reach; POST acceptances coordinator                findings
GET  /audits, /guide-completeness, /items/{id}/consistency  anyone; POST audits coordinator      audit
GET  /powers, /power-types           anyone                                                      powers
POST /powers, GET /power-drafts      publisher, system_admin                                     power_drafts
GET  /delegated-powers, /items/{id}/moves          anyone                                        delegated_powers
GET, POST, PUT /power-adjustments    the parties, legal_reviewer, coordinator                    power_adjustments
GET  /power-notices                  anyone                                                      power_notices
POST /power-adjustments/{id}/…       whoever's step it is                                        power_adjustment_steps
GET  /movable-powers, /power-uptakes anyone; POST system_admin, coordinator                      power_directory
GET  /proofs                         anyone; POST publisher, system_admin                        proofs
GET, POST /proofs/{code}/changes     publisher, confirmed by a second person                     proof_changes
GET  /exemptions, /items/{id}/exemptions           anyone                                        exemptions
GET  /divisions, /departments, /halls  anyone; POST system_admin                                 places
GET  /halls/{code}, /days            anyone; PUT hall_manager                                    halls
GET  /halls/{code}/windows, /items   anyone; PUT, POST hall_manager                              hall_windows
GET  /halls/one-window-…, /window-differences      anyone                                        one_window
GET  /service-points                 anyone; PUT, POST hall_manager                              service_points
GET  /kiosks, /kiosks/coverage       anyone                                                      kiosks
GET  /items/{id}/places              anyone        the nearest that takes an item in             item_places
GET, POST /halls/{code}/appointment-plans          anyone; hall_manager                          appointment_plans
GET, POST /appointments              citizen and others; check-ins hall staff                    appointments
GET  /channels                       anyone; POST, PUT system_admin                              channels
GET, POST /channels/{code}/live-items, GET /channel-items   anyone; partner, publisher           channel_live_items
GET  /channels/{code}/differences, /coverage       anyone                                        channel_coverage
GET, POST /channels/{code}/figures, GET /channel-figures    anyone; partner                      channel_figures
POST /channel-figures, /imports      partner, system_admin; many days at once                    channel_figure_reports
GET  /channel-departments            anyone                                                      channel_departments
GET  /cross-region/…                 anyone                                                      cross_region
GET  /agreements                     anyone; POST, PUT system_admin                              agreements
GET  /bundles                        anyone                                                      bundles
POST /bundles/{id}/material-lists    anyone        one list for all its items                    bundle_materials
POST, PUT /bundles/{id}/drafts, GET /bundle-drafts          publisher of the lead department     bundle_drafts
GET  /enterprise-policies            anyone                                                      enterprise_policies
GET, POST, PUT /enterprise-policies/{id}/drafts             publisher             enterprise_policy_drafts
POST /enterprise-policies/matches, GET /enterprise-matches/own   anyone, enterprise_agent        enterprise_matches
GET, PUT /enterprise-profiles/own    enterprise_agent                                            enterprise_profiles
GET, POST /supervision-items         anyone; officer, publisher                                  supervision_items
GET, POST /supervision-reports       anyone; officer, publisher                                  supervision_reports
GET  /supervision/coverage, /reminders             anyone                                        supervision_coverage
GET  /everyday-words, /search-misses publisher, system_admin; POST, PUT words system_admin       words
GET  /themes                         anyone; POST, imports system_admin                          themes
GET  /jobs, /indicators, /rules      the chassis' own
"""

from catalog.figures import INDICATORS
from catalog.routes import (
    agreements,
    appointment_plans,
    appointments,
    audit,
    basic_items,
    bundle_drafts,
    bundle_materials,
    bundles,
    channel_coverage,
    channel_departments,
    channel_figure_reports,
    channel_figures,
    channel_live_items,
    channels,
    cross_region,
    delegated_powers,
    differences,
    enterprise_matches,
    enterprise_policies,
    enterprise_policy_drafts,
    enterprise_profiles,
    exemptions,
    findings,
    guide_files,
    hall_windows,
    halls,
    imports,
    item_exports,
    item_places,
    item_search,
    kiosks,
    one_window,
    places,
    power_adjustment_steps,
    power_adjustments,
    power_directory,
    power_drafts,
    power_notices,
    powers,
    proof_changes,
    proofs,
    publishing,
    publishing_rules,
    reading,
    service_points,
    supervision_coverage,
    supervision_items,
    supervision_reports,
    themes,
    words,
)
from chassis.identity import Reach
from chassis.indicators import indicator_router
from chassis.job_routes import job_router
from chassis.rule_routes import rule_router
from contracts.vocabulary import Role

ROUTERS = (
    imports.router,
    item_exports.router,
    item_search.router,
    reading.router,
    publishing.router,
    differences.router,
    places.router,
    basic_items.router,
    guide_files.router,
    publishing_rules.router,
    findings.router,
    audit.router,
    powers.router,
    power_drafts.router,
    delegated_powers.router,
    power_adjustments.router,
    power_adjustment_steps.router,
    power_notices.router,
    power_directory.router,
    proofs.router,
    proof_changes.router,
    exemptions.router,
    halls.router,
    hall_windows.router,
    one_window.router,
    service_points.router,
    kiosks.router,
    item_places.router,
    appointment_plans.router,
    appointments.router,
    channels.router,
    channel_live_items.router,
    channel_coverage.router,
    channel_figures.router,
    channel_figure_reports.router,
    channel_departments.router,
    cross_region.router,
    agreements.router,
    bundles.router,
    bundle_materials.router,
    bundle_drafts.router,
    enterprise_policies.router,
    enterprise_policy_drafts.router,
    enterprise_matches.router,
    enterprise_profiles.router,
    supervision_items.router,
    supervision_reports.router,
    supervision_coverage.router,
    words.router,
    themes.router,
    job_router(
        "catalog",
        {
            Role.PUBLISHER: Reach.NOTHING,
            Role.PARTNER: Reach.NOTHING,
            Role.SYSTEM_ADMIN: Reach.NOTHING,
        },
    ),
    indicator_router("catalog", INDICATORS),
    rule_router("catalog", {Role.SYSTEM_ADMIN: Reach.ALL}),
)
