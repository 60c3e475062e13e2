"""The gateway's own operations as OpenAPI, and the frame that the services' are merged into."""

from typing import Any

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": (
        "统一身份认证签发的令牌；合作系统用 POST /oauth/token 换取。"
        " A token of an identity provider; partners get theirs from POST /oauth/token."
    ),
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "trace_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "trace_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
TOKEN = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in"],
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer"},
        "scope": {"type": "string"},
    },
}
OAUTH_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string"},
        "error_description": {"type": "string"},
        "detail": {"type": "string"},
        "trace_id": {"type": "string"},
    },
}
TOKEN_FORM = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"const": "client_credentials"},
        "client_id": {"type": "string"},
        "client_secret": {"type": "string"},
        "scope": {"type": "string"},
    },
}


def own_openapi() -> dict[str, Any]:
    """A fresh document each time: callers add to it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "一网 Yiwang",
            "version": "1",
            "description": (
                "一网通办、一网统管的全部接口。错误为 RFC 9457 问题文档，列表用游标翻页，写入带 Idempotency-Key。"
                " Every interface of the city; problems are RFC 9457, lists page by cursor,"
                " writes carry an Idempotency-Key."
            ),
        },
        "security": [{"bearer": []}, {}],
        "tags": [{"name": "gateway", "description": "网关 Gateway"}],
        "paths": {
            "/oauth/token": {"post": _token_operation()},
            "/healthz": {"get": _plain("healthz", "进程是否存活 Is the process alive")},
            "/readyz": {
                "get": _plain(
                    "readyz", "各服务是否就绪 Are the services ready", codes=("200", "503")
                )
            },
            "/openapi.json": {"get": _plain("openapi", "全部接口 All interfaces (OpenAPI 3.1)")},
            "/asyncapi.json": {"get": _plain("asyncapi", "全部事件 All events (AsyncAPI 3)")},
            "/.well-known/openid-configuration": {
                "get": _plain("discovery", "令牌服务的自述 Discovery document")
            },
            "/.well-known/jwks.json": {"get": _plain("jwks", "签名公钥 Public keys (JWK set)")},
        },
        "components": {
            "securitySchemes": {"bearer": BEARER},
            "schemas": {
                "gateway.Problem": PROBLEM,
                "gateway.Token": TOKEN,
                "gateway.OAuthError": OAUTH_ERROR,
            },
        },
    }


def _plain(name: str, summary: str, *, codes: tuple[str, ...] = ("200",)) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "operationId": f"gateway_{name}",
        "tags": ["gateway"],
        "summary": summary,
        "security": [{}],
        "responses": {
            code: {"description": "OK" if code == "200" else "未就绪 Not ready", "content": content}
            for code in codes
        },
    }


def _token_operation() -> dict[str, Any]:
    def answers(description: str, schema: str) -> dict[str, Any]:
        reference = {"$ref": f"#/components/schemas/gateway.{schema}"}
        return {
            "description": description,
            "content": {"application/json": {"schema": reference}},
        }

    return {
        "operationId": "gateway_token",
        "tags": ["gateway"],
        "summary": "合作系统换取令牌 A partner's token (RFC 6749, client credentials)",
        "description": (
            "client_id 和 client_secret 放在表单里，或用 HTTP Basic。"
            " client_id and client_secret in the form, or by HTTP Basic."
        ),
        "security": [{}],
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": TOKEN_FORM}},
        },
        "responses": {
            "200": answers("令牌 Token", "Token"),
            "400": answers("请求有误 Not acceptable", "OAuthError"),
            "401": answers("编号或密钥不正确 Wrong credentials", "OAuthError"),
            "429": {"description": "过于频繁 Too many requests"},
            "503": {"description": "暂不可用 Not available now"},
        },
    }
