"""A client by the Python package aiohttp, under the driver protocol.

usage: driver.py [--version]

It follows redirects, as aiohttp does by itself.
"""

import asyncio
import json
import platform
import sys

import aiohttp


class Unsupported(Exception):
    pass


def say(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def pieces(body):
    yield body.encode()


class Session:
    """One client application, with connections of its own."""

    def __init__(self, name):
        self.name = name
        self.client = aiohttp.ClientSession(auto_decompress=False)
        self.tasks = set()  # asyncio itself keeps weak references only

    def tell(self, event, **fields):
        say({"session": self.name, "event": event, **fields})

    def start(self, work):
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def command(self, line):
        if line["do"] == "close":
            self.cancel()
        elif line["do"] != "http.request":
            raise Unsupported(f"cannot {line['do']}")
        elif line.get("tunnel"):
            raise Unsupported("a tunnel for https only")
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

    def cancel(self):
        for task in self.tasks:
            task.cancel()

    def drop(self):
        self.cancel()
        # Not through start(): nobody cancels it.
        closing.add(task := asyncio.create_task(self.client.close()))
        task.add_done_callback(closing.discard)


closing = set()


def obey(sessions, line):
    name = line["session"]
    if line["do"] == "end":
        session = sessions.pop(name, None)
        if session:
            session.drop()
        return
    if name not in sessions:
        sessions[name] = Session(name)
    sessions[name].command(line)


async def main():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 27)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    sessions = {}
    while text := await reader.readline():
        line = json.loads(text)
        try:
            obey(sessions, line)
            say({"id": line["id"], "ok": True})
        except Unsupported as error:
            say({"id": line["id"], "ok": False, "error": str(error), "unsupported": True})
    for session in sessions.values():
        session.drop()
    await asyncio.gather(*closing)


if sys.argv[1:] == ["--version"]:
    print(f"aiohttp {aiohttp.__version__}, Python {platform.python_version()}")
else:
    asyncio.run(main())
