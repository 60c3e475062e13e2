"""What the gateway is told, from the environment only (prefix YIWANG_)."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.settings import PREFIX
from contracts.vocabulary import PrincipalKind, Role

FROM_OUTSIDE = frozenset(
    {
        PrincipalKind.PERSON,
        PrincipalKind.ENTERPRISE,
        PrincipalKind.STAFF,
        PrincipalKind.PARTNER,
        PrincipalKind.DEVICE,
    }
)
"""Kinds that an issuer may vouch for; `system` and `anonymous` are made inside only."""


class IssuerSettings(BaseModel):
    """One identity provider. `kinds` and `roles` bound what its tokens may say: a citizens' provider
    that is taken over must not be able to make staff."""

    issuer: str
    jwks_uri: str
    audience: str = "yiwang"
    kinds: frozenset[PrincipalKind] = FROM_OUTSIDE
    roles: frozenset[Role] = frozenset(Role)

    @field_validator("kinds")
    @classmethod
    def _no_inside_kind(cls, kinds: frozenset[PrincipalKind]) -> frozenset[PrincipalKind]:
        if not kinds <= FROM_OUTSIDE:
            raise ValueError("an issuer cannot vouch for kind system or anonymous")
        return kinds


class GatewaySettings(BaseSettings):
    """Every address and key is a setting; nothing is guessed."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    environment: Literal["local", "test", "production"] = "production"
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = "http://127.0.0.1:8080"
    """The address people use; it is the local issuer's name and stands in X-Forwarded-Host."""
    upstreams: dict[str, str]
    """Service name -> base address."""
    internal_key_file: Path
    """Private JWK (EC P-256) that signs the internal tokens; a JWK set signs with its first key."""
    partner_key_file: Path | None = None
    """Private JWK for partner tokens; without it a key is derived from the internal one (`keys.py`)."""
    local_issuer: bool = False
    local_issuer_key_file: Path | None = None
    issuers: tuple[IssuerSettings, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of load balancers whose X-Forwarded-For is believed."""
    rate_factor: float | None = None
    """Multiplies the rates of the route table; unset: 1 in production, 100 elsewhere."""
    connections_per_upstream: int = Field(default=256, ge=1)
    otlp_endpoint: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    drain_seconds: float = 10.0
    """How long what is in flight may take to finish after SIGTERM."""
    drain_linger_seconds: float = 0.0
    """How long new connections are still taken after SIGTERM, for balancers that poll /readyz."""

    @property
    def rates_times(self) -> float:
        if self.rate_factor is not None:
            return self.rate_factor
        return 1.0 if self.environment == "production" else 100.0

    @field_validator("upstreams")
    @classmethod
    def _without_slash(cls, upstreams: dict[str, str]) -> dict[str, str]:
        return {name: address.rstrip("/") for name, address in upstreams.items()}

    @field_validator("public_url")
    @classmethod
    def _public_without_slash(cls, address: str) -> str:
        return address.rstrip("/")

    @model_validator(mode="after")
    def _guard_local_issuer(self) -> Self:
        if self.local_issuer and self.environment == "production":
            raise ValueError("the local issuer must not run in production")
        if self.local_issuer and self.local_issuer_key_file is None:
            raise ValueError("the local issuer needs YIWANG_LOCAL_ISSUER_KEY_FILE")
        return self
