"""POST /oauth/token: partners' client credentials become a token of an hour (RFC 6749, section 4.4)."""

import base64
import binascii
import json
import secrets
import time
import uuid
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import aiohttp
import structlog
from joserfc import jwt
from joserfc.jwk import ECKey

from chassis.errors import TooManyError, UnavailableError
from contracts.vocabulary import PrincipalKind, Role
from gateway.authentication import AUDIENCE
from gateway.bodies import read_small
from gateway.callers import GATEWAY
from gateway.exchange import Exchange
from gateway.forwarding import Forwarder
from gateway.internal_tokens import InternalTokens
from gateway.problems import upstream_down
from gateway.rate_limits import RateLimits

LIFE_SECONDS = 3600
FORM_BYTES_MAX = 16 * 1024
ASK_SECONDS = 10.0
PER_ADDRESS_A_MINUTE = 120
PER_CLIENT_A_MINUTE = 60
DATASHARE = "datashare"
AUTHENTICATIONS = "/datashare/v1/partner-authentications"
FORM_TYPE = b"application/x-www-form-urlencoded"

log = structlog.get_logger()


class OAuthError(Exception):
    """RFC 6749, section 5.2. `description` is ASCII, as the RFC has it; `zh` is for people."""

    def __init__(self, status: int, code: str, description: str, *, zh: str) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description
        self.zh = zh


def invalid_client() -> OAuthError:
    return OAuthError(
        401,
        "invalid_client",
        "client_id or client_secret is not right",
        zh="客户端编号或密钥不正确，请核对后重试，或联系数据共享管理员重置密钥",
    )


class PartnerTokens:
    """Partner tokens are signed by a key of their own and come back as tokens of an issuer of its own."""

    def __init__(self, key: ECKey, *, public_url: str) -> None:
        self.issuer = f"{public_url}/oauth"
        self._key = key

    def mint(self, *, client_id: str, partner_id: str, scope: str) -> str:
        """A token good for LIFE_SECONDS. A partner id that is no UUID becomes one, always the same."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": _as_uuid(partner_id),
            "kind": PrincipalKind.PARTNER.value,
            "roles": [Role.PARTNER.value],
            "assurance": 3,
            "client_id": client_id,
            "scope": scope,
            "channel": "api",
            "iat": now,
            "exp": now + LIFE_SECONDS,
            "jti": secrets.token_hex(12),
        }
        header = {"alg": "ES256", "kid": self._key.kid, "typ": "at+jwt"}
        return jwt.encode(header, claims, self._key, algorithms=["ES256"])


class TokenEndpoint:
    """Whether a secret is right, svc-datashare decides; the gateway keeps no partner."""

    def __init__(
        self,
        *,
        forwarder: Forwarder,
        internal_tokens: InternalTokens,
        partner_tokens: PartnerTokens,
        limits: RateLimits,
        datashare_url: str | None,
    ) -> None:
        self._forwarder = forwarder
        self._internal_tokens = internal_tokens
        self._partner_tokens = partner_tokens
        self._limits = limits
        self._datashare_url = datashare_url

    async def token(self, exchange: Exchange) -> None:
        """Answers 200 with a token, or an OAuth error; raises TooManyError and UnavailableError."""
        try:
            self._count(exchange, "token-by-address", exchange.address, PER_ADDRESS_A_MINUTE)
            form = await _read_form(exchange)
            _check_grant(form)
            client_id, client_secret = _credentials(exchange, form)
            self._count(exchange, "token-by-client", client_id, PER_CLIENT_A_MINUTE)
            partner = await self._authenticate(exchange, client_id, client_secret)
            document = self._token_document(client_id, partner, form.get("scope", ""))
        except OAuthError as error:
            await _refuse(exchange, error)
            return
        await exchange.json(200, document, headers=((b"pragma", b"no-cache"),))

    def _count(self, exchange: Exchange, name: str, key: str, per_minute: int) -> None:
        standing = self._limits.take_named(name, key, per_minute=per_minute)
        kept = [header for header in exchange.extra if not header[0].startswith(b"ratelimit")]
        exchange.extra = [*kept, *standing.headers()]

    async def _authenticate(
        self, exchange: Exchange, client_id: str, client_secret: str
    ) -> dict[str, Any]:
        if self._datashare_url is None:
            raise upstream_down(DATASHARE)
        headers = {
            "Authorization": self._internal_tokens.bearer(GATEWAY, DATASHARE),
            # The session that forwards adds no header by itself.
            "Content-Type": "application/json",
            "X-Request-Id": exchange.request_id,
            "traceparent": exchange.traceparent,
        }
        try:
            async with self._forwarder.session.post(
                self._datashare_url + AUTHENTICATIONS,
                data=json.dumps({"client_id": client_id, "client_secret": client_secret}),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=ASK_SECONDS),
            ) as response:
                if response.status == 200:
                    document: dict[str, Any] = await response.json(content_type=None)
                    return document
                status = response.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise upstream_down(DATASHARE) from error
        if status == 401:
            raise invalid_client()
        if status == 429:
            raise TooManyError(headers={"Retry-After": "60"})
        # Anything else is between us and the service: the partner must not be told that its secret is wrong.
        log.error("partner_authentication_failed", status=status)
        raise UnavailableError(headers={"Retry-After": "1"})

    def _token_document(
        self, client_id: str, partner: dict[str, Any], wanted: str
    ) -> dict[str, Any]:
        granted = _words(partner.get("scopes", ()))
        asked = wanted.split()
        if not set(asked) <= set(granted):
            raise OAuthError(
                400, "invalid_scope", "scope goes beyond the grant", zh="申请的范围超出授权"
            )
        scope = " ".join(asked or granted)
        token = self._partner_tokens.mint(
            client_id=client_id, partner_id=str(partner.get("partner_id", client_id)), scope=scope
        )
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": LIFE_SECONDS,
            "scope": scope,
        }


async def _refuse(exchange: Exchange, error: OAuthError) -> None:
    document = {
        "error": error.code,
        "error_description": error.description,
        "detail": error.zh,
        "trace_id": exchange.traceparent[3:35],
    }
    challenge = ((b"www-authenticate", b'Basic realm="yiwang"'),) if error.status == 401 else ()
    await exchange.json(error.status, document, headers=challenge)


async def _read_form(exchange: Exchange) -> dict[str, str]:
    media_type = dict(exchange.scope["headers"]).get(b"content-type", b"").partition(b";")[0]
    if media_type.strip().lower() != FORM_TYPE:
        raise OAuthError(
            400,
            "invalid_request",
            "Content-Type must be application/x-www-form-urlencoded",
            zh="请求体须为 application/x-www-form-urlencoded",
        )
    body = await read_small(exchange.receive, exchange.incoming, bytes_max=FORM_BYTES_MAX)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise _unreadable() from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise _unreadable()
    return dict(pairs)


def _unreadable() -> OAuthError:
    return OAuthError(
        400, "invalid_request", "the form cannot be read, or repeats a field", zh="表单无法读取"
    )


def _check_grant(form: dict[str, str]) -> None:
    if form.get("grant_type") != "client_credentials":
        raise OAuthError(
            400,
            "unsupported_grant_type",
            "only grant_type=client_credentials is served here;"
            " people sign in with their identity provider",
            zh="此处仅支持 client_credentials；个人和工作人员请通过统一身份认证登录",
        )
    if "client_assertion" in form or "client_assertion_type" in form:
        raise OAuthError(
            400,
            "invalid_client",
            "private_key_jwt is not offered yet; use client_secret_post or client_secret_basic",
            zh="暂不支持 private_key_jwt，请使用 client_secret_post 或 client_secret_basic",
        )


def _credentials(exchange: Exchange, form: dict[str, str]) -> tuple[str, str]:
    authorization = exchange.incoming.picked.get(b"authorization")
    if authorization is None:
        client_id, client_secret = form.get("client_id", ""), form.get("client_secret", "")
    elif "client_secret" in form:
        raise OAuthError(
            400, "invalid_request", "two ways of authentication at once", zh="只能用一种方式认证"
        )
    else:
        client_id, client_secret = _basic(authorization)
    if not client_id or not client_secret or len(client_id) > 64 or len(client_secret) > 256:
        raise invalid_client()
    return client_id, client_secret


def _basic(authorization: bytes) -> tuple[str, str]:
    scheme, _, rest = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        raise invalid_client()
    try:
        text = base64.b64decode(rest.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise invalid_client() from error
    client_id, colon, client_secret = text.partition(":")
    if not colon:
        raise invalid_client()
    # RFC 6749, section 2.3.1: both are form-encoded before they are joined.
    return unquote_plus(client_id), unquote_plus(client_secret)


def _words(given: Any) -> list[str]:
    return given.split() if isinstance(given, str) else [str(entry) for entry in given]


def _as_uuid(name: str) -> str:
    try:
        return str(uuid.UUID(name))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"partner#{name}"))
