"""Pages."""

from gateway.exchange import Exchange


class Pages:
    async def home(self, exchange: Exchange) -> None:
        await exchange.redirect("/docs")

    async def docs(self, exchange: Exchange) -> None:
        await exchange.html("")

    async def board(self, exchange: Exchange) -> None:
        await exchange.html("")

    async def problem(self, exchange: Exchange) -> None:
        await exchange.html("")
