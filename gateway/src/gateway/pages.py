"""Pages for people: the interfaces, the figures, what a problem means. Each is one document, no outside asset."""

import base64
import hashlib
import json
import re
from importlib.resources import files
from typing import Any

from chassis import errors
from chassis.errors import NotFoundError, ProblemError
from gateway import problems
from gateway.documents import Documents
from gateway.exchange import Exchange, Packed
from gateway.interface_page import SERVICE_TITLES, render_interfaces
from gateway.markup import fill, text

_CODE = re.compile(r"[a-z][a-z0-9-]{0,63}")


class Pages:
    def __init__(self, documents: Documents, services: list[str]) -> None:
        self._documents = documents
        self._services = services
        self._docs: tuple[Packed, Packed] | None = None
        self._docs_script = _asset("docs.js")
        self._board_script = _asset("board.js")

    async def home(self, exchange: Exchange) -> None:
        await exchange.redirect("/docs")

    async def docs(self, exchange: Exchange) -> None:
        """Every operation of every service that answers; the page is made anew only when a contract changed."""
        document, body = await self._documents.merged()
        if self._docs is None or self._docs[0] is not body:
            page = _page("接口文档 · 一网", render_interfaces(document), self._docs_script)
            self._docs = (body, Packed(page.encode()))
        await exchange.packed(
            self._docs[1],
            media_type=b"text/html; charset=utf-8",
            headers=(_policy(self._docs_script),),
        )

    async def board(self, exchange: Exchange) -> None:
        """Arranges the services' indicators; the figures are fetched by the page and never kept here."""
        named = [[name, SERVICE_TITLES.get(name, name)] for name in self._services]
        # `<` cannot close the script element early.
        data = json.dumps(named, ensure_ascii=False).replace("<", "\\u003c")
        page = _page("指标 · 一网", fill(BOARD, {"SERVICES": data}), self._board_script)
        await exchange.html(page, policy=_policy(self._board_script))

    async def problem(self, exchange: Exchange) -> None:
        """What a problem's `type` means; for codes of a service's own, where to find the words."""
        code = exchange.path.removeprefix("/problems/")
        if not _CODE.fullmatch(code):
            raise NotFoundError("没有这类问题", "There is no such problem", code="no-such-problem")
        await exchange.html(_page(f"{code} · 一网", _problem_body(code), ""))


def _asset(name: str) -> str:
    return files("gateway").joinpath("html", name).read_text(encoding="utf-8")


FRAME = _asset("frame.html")

BOARD = """<header><h1>指标 <small>Indicators</small></h1>
<p class="lead soft">各项数字由各服务从办理记录实时计算，网关只负责排列，不录入、不改动。</p>
<nav><a href="/docs">接口文档</a></nav>
<form id="filters" class="filters">
<label>起始日期 From<input type="date" name="from"></label>
<label>截止日期 To<input type="date" name="to"></label>
<label>区划代码 Division<input name="division" inputmode="numeric" pattern="[0-9]{6,12}" placeholder="445100"></label>
<label>部门代码 Department<input name="department"></label>
<button>查看</button></form></header>
<main id="board"></main>
<footer>分母为零的比率显示“无数据”，不显示为 0 或 100 %。</footer>
<script type="application/json" id="services">@@SERVICES@@</script>"""


def _page(title: str, body: str, script: str) -> str:
    element = f"<script>{script}</script>" if script else ""
    return fill(FRAME, {"TITLE": text(title), "BODY": body, "SCRIPT": element})


def _policy(script: str) -> tuple[bytes, bytes]:
    """Only this very script may run, and it may ask only us."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        b"content-security-policy",
        (
            f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline';"
            " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self';"
            " frame-ancestors 'none'"
        ).encode(),
    )


def _known_problems() -> dict[str, type[ProblemError]]:
    kinds = [*vars(errors).values(), *vars(problems).values()]
    return {
        kind.code: kind
        for kind in kinds
        if isinstance(kind, type) and issubclass(kind, ProblemError)
    }


PROBLEMS = _known_problems()

MORE_WORDS: dict[str, tuple[int, str, str]] = {
    "invalid-token": (
        401,
        "登录凭证无效或已过期。请重新登录后再试。",
        "The access token is not acceptable or has expired. Sign in again.",
    ),
    "issuer-unreachable": (
        503,
        "暂时读不到身份认证服务的公钥，无法核验登录凭证。请稍后再试。",
        "The identity provider's keys cannot be read. Try again later.",
    ),
    "upstream-unavailable": (
        503,
        "后台服务暂不可用。按 Retry-After 稍后重试；如在提交，请用同一 Idempotency-Key。",
        "The service behind is not reachable. Retry later, with the same Idempotency-Key if you wrote.",
    ),
    "malformed-address": (
        400,
        "地址中有容易产生歧义的写法，例如 “..”、编码的斜杠、连续的斜杠。请按接口文档给出的地址调用。",
        "The address holds dots, encoded slashes, double slashes or the like. Use the addresses of /docs.",
    ),
    "ambiguous-header": (
        400,
        "同一请求头出现了两次，而它只能出现一次。",
        "A header that may appear only once was sent twice.",
    ),
    "no-such-route": (
        404,
        "没有这个地址，请查看接口文档。",
        "There is no such address; see /docs.",
    ),
}


def _problem_body(code: str) -> str:
    status, zh, en = _problem_words(code)
    shown = f"<p class='soft'>HTTP {status}</p>" if status else ""
    return f"""<header><h1>{text(zh.partition("。")[0])} <small><code>{text(code)}</code></small></h1>{shown}</header>
<main><p>{text(zh)}</p><p class="soft" lang="en">{text(en)}</p>
<h2>怎么办 <small>What to do</small></h2>
<p>先看回答里的 <code>detail</code>（发生了什么、下一步做什么）和 <code>errors</code>（每个有误字段的位置和原因）。
仍不能解决时，请把 <code>trace_id</code> 告诉技术支持，据此可查到这次请求的全过程。</p>
<p class="soft" lang="en">Read <code>detail</code> and <code>errors</code> in the answer first. If that does not help,
give support the <code>trace_id</code>: it leads to everything this request did.</p>
<p><a href="/docs">接口文档 Interfaces</a></p></main>"""


def _problem_words(code: str) -> tuple[int, str, str]:
    if code in MORE_WORDS:
        return MORE_WORDS[code]
    kind: Any = PROBLEMS.get(code)
    if kind is not None:
        return kind.status, f"{kind.title_zh}。", f"{kind.title_en}."
    return (
        0,
        "业务规则不允许这一步。具体原因写在回答的 detail 里。",
        "A rule of the service forbids this step. The reason stands in the answer's detail.",
    )
