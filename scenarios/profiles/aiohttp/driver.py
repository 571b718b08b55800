"""A client by the Python package aiohttp, under the driver protocol.

usage: driver.py [--version]

It follows redirects, as aiohttp does by itself.
"""

import asyncio
import platform
import sys
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import driver_protocol


async def pieces(body):
    yield body.encode()


class Session(driver_protocol.Session):
    """One client application, with connections of its own."""

    def __init__(self, name):
        super().__init__(name)
        self.client = aiohttp.ClientSession(auto_decompress=False)

    def command(self, line):
        if line["do"] == "close":
            self.cancel()
        elif line["do"] != "http.request":
            super().command(line)
        elif line.get("tunnel"):
            raise driver_protocol.Unsupported("a tunnel for https only")
        else:
            self.start(self.request(line))

    async def request(self, line):
        headers = dict(line.get("headers", {}))
        expects = headers.get("Expect", "").lower() == "100-continue"
        if expects:
            del headers["Expect"]
        body = line.get("body")
        if body is not None:
            body = pieces(body) if line.get("chunked") else body.encode()
        try:
            async with self.client.request(
                line.get("method", "GET"),
                line["to"],
                headers=headers,
                data=body,
                expect100=expects,
                proxy=line.get("proxy") or None,
            ) as answer:
                text = (await answer.read()).decode("utf-8", "replace")
        except (OSError, aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            self.tell("app.error", text=f"{type(error).__name__}: {error}")
            return
        fields = {}
        for name, value in answer.headers.items():
            name = name.lower()
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
        self.tell("app.response", status=answer.status, headers=fields, body=text)

    async def end(self):
        self.cancel()
        await self.client.close()


driver_protocol.drive(Session, lambda: f"aiohttp {aiohttp.__version__}, Python {platform.python_version()}")
