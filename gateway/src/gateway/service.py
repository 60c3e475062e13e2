"""The composition root: the only place that wires the gateway together."""

import json
from typing import Any

import aiohttp

from contracts.vocabulary import PrincipalKind, Role
from gateway.addresses import Addresses
from gateway.application import Application, LocalRoute
from gateway.authentication import Authentication, Issuer
from gateway.documents import Documents
from gateway.exchange import Exchange
from gateway.forwarding import Forwarder
from gateway.health import Health
from gateway.internal_tokens import InternalTokens
from gateway.issuer_keys import Fetch, FixedKeys, JwksKeys
from gateway.keys import Keys, load_keys
from gateway.metrics import Metrics
from gateway.oauth import PartnerTokens, TokenEndpoint
from gateway.pages import Pages
from gateway.rate_limits import RateLimits
from gateway.route_table import RouteTable
from gateway.settings import FROM_OUTSIDE, GatewaySettings

FETCH_SECONDS = 5.0
DOCUMENT_BYTES_MAX = 1024 * 1024


class Gateway:
    """Everything of one gateway process. `application` is the ASGI application to serve."""

    def __init__(self, settings: GatewaySettings, routes: RouteTable | None = None) -> None:
        self.settings = settings
        self.keys = load_keys(settings)
        self.tokens = InternalTokens(self.keys.internal)
        self.forwarder = Forwarder(
            settings.upstreams,
            self.tokens,
            public_url=settings.public_url,
            connections_max=settings.connections_per_upstream,
        )
        self.limits = RateLimits(settings.rates_times)
        self.metrics = Metrics(self.forwarder.circuits)
        self.health = Health(self.forwarder, settings.upstreams)
        self.partner_tokens = PartnerTokens(self.keys.partner, public_url=settings.public_url)
        self.documents = Documents(self.forwarder, settings.upstreams)
        self.pages = Pages(self.documents, list(settings.upstreams))
        table = routes or RouteTable()
        known = [route for route in table.routes if route.upstream in settings.upstreams]
        self.application = Application(
            forwarder=self.forwarder,
            authentication=Authentication(self._issuers()),
            limits=self.limits,
            metrics=self.metrics,
            addresses=Addresses(settings.trusted_proxies),
            routes=RouteTable(known),
            local=self._local_routes(),
            local_prefixes={
                "/problems/": self.pages.problem,
                "/schemas/": self.documents.schema,
            },
        )

    def drain(self) -> None:
        """Say that we are leaving, and let go of what would never end by itself."""
        self.health.is_draining = True
        self.forwarder.end_event_streams()

    def _local_routes(self) -> dict[str, dict[str, LocalRoute]]:
        documents, pages = self.documents, self.pages
        token = TokenEndpoint(
            forwarder=self.forwarder,
            internal_tokens=self.tokens,
            partner_tokens=self.partner_tokens,
            limits=self.limits,
            datashare_url=self.settings.upstreams.get("datashare"),
        )
        return {
            "/": {"GET": pages.home},
            "/docs": {"GET": pages.docs},
            "/board": {"GET": pages.board},
            "/openapi.json": {"GET": documents.openapi},
            "/asyncapi.json": {"GET": documents.asyncapi},
            "/healthz": {"GET": self.health.healthz},
            "/readyz": {"GET": self.health.readyz},
            "/metrics": {"GET": self._metrics},
            "/oauth/token": {"POST": token.token},
            "/.well-known/openid-configuration": {"GET": self._discovery},
            "/.well-known/jwks.json": {"GET": self._jwks},
        }

    def _issuers(self) -> list[Issuer]:
        return [
            *external_issuers(self.settings, self._fetch),
            *own_issuers(self.settings, self.keys, self.partner_tokens.issuer),
        ]

    async def _fetch(self, address: str) -> Any:
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
        try:
            async with self.forwarder.session.get(
                address, timeout=timeout, headers={"Accept": "application/json"}
            ) as response:
                if response.status != 200:
                    raise OSError(f"status {response.status}")
                return json.loads(await response.content.read(DOCUMENT_BYTES_MAX))
        except aiohttp.ClientError as error:
            raise OSError(type(error).__name__) from error

    async def _metrics(self, exchange: Exchange) -> None:
        await exchange.answer(
            200, self.metrics.render(), media_type=b"text/plain; version=0.0.4; charset=utf-8"
        )

    async def _jwks(self, exchange: Exchange) -> None:
        headers = ((b"cache-control", b"public, max-age=300"),)
        await exchange.json(200, self.keys.public_set(), headers=headers)

    async def _discovery(self, exchange: Exchange) -> None:
        public = self.settings.public_url
        document = {
            "issuer": public,
            "token_endpoint": f"{public}/oauth/token",
            "jwks_uri": f"{public}/.well-known/jwks.json",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "service_documentation": f"{public}/docs",
        }
        headers = ((b"cache-control", b"public, max-age=300"),)
        await exchange.json(200, document, headers=headers)


def external_issuers(settings: GatewaySettings, fetch: Fetch) -> list[Issuer]:
    """The identity providers named in the settings."""
    return [
        Issuer(
            name=issuer.issuer,
            keys=JwksKeys(issuer.jwks_uri, fetch),
            kinds=frozenset(str(kind) for kind in issuer.kinds),
            roles=frozenset(str(role) for role in issuer.roles),
            audience=issuer.audience,
        )
        for issuer in settings.issuers
    ]


def own_issuers(settings: GatewaySettings, keys: Keys, partner_issuer: str) -> list[Issuer]:
    """Partner tokens always; the local stand-in for identity providers only where it is switched on."""
    own = [
        Issuer(
            name=partner_issuer,
            keys=FixedKeys(keys.partner),
            kinds=frozenset({PrincipalKind.PARTNER.value}),
            roles=frozenset({Role.PARTNER.value}),
        )
    ]
    if keys.local_issuer is not None:
        own.append(
            Issuer(
                name=settings.public_url,
                keys=FixedKeys(keys.local_issuer),
                kinds=frozenset(str(kind) for kind in FROM_OUTSIDE),
                roles=frozenset(str(role) for role in Role),
            )
        )
    return own
