"""An office platform (粤政易等) in the test process: a real HTTP server that takes, refuses, checks signatures."""

import base64
import hashlib
import hmac
import json
from contextlib import asynccontextmanager

from aiohttp import web


class Platform:
    """What it was sent, in order; `status` is what it answers, and it can refuse to say a challenge back."""

    def __init__(self):
        self.messages = []
        self.status = 200
        self.says_back = True
        self.secrets = []
        self.url = ""
        self.elsewhere = None
        self.ids = []

    def of_kind(self, *kinds):
        return [each for each in self.messages if each["type"] in kinds]

    def kinds(self):
        return [each["type"] for each in self.messages]

    async def take(self, request):
        body = await request.read()
        said = json.loads(body)
        if said["type"] == "verification":
            return web.json_response({"challenge": said["challenge"] if self.says_back else "no"})
        if self.elsewhere:
            raise web.HTTPTemporaryRedirect(self.elsewhere)
        if self.status >= 300:
            return web.json_response({"error": "no"}, status=self.status)
        for secret in self.secrets:
            assert is_signed(request.headers, body, secret)
        self.ids.append(request.headers["webhook-id"])
        self.messages.append(said)
        return web.json_response({"id": f"YZY-{len(self.messages)}"})


def is_signed(headers, body, secret):
    """By the letter of Standard Webhooks, apart from the code under test."""
    key = base64.b64decode(secret.split("_", 1)[1])
    signed = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body]
    )
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


@asynccontextmanager
async def a_platform():
    platform = Platform()
    application = web.Application()
    application.router.add_post("/hook", platform.take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    platform.url = f"http://127.0.0.1:{port}/hook"
    try:
        yield platform
    finally:
        await runner.cleanup()
