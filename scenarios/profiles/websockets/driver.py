"""A client by the Python package websockets, under the driver protocol.

usage: driver.py [--version]
"""

import asyncio
import base64
import json
import platform
import sys

import websockets


class Unsupported(Exception):
    pass


def say(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class Session:
    """One client application."""

    def __init__(self, name):
        self.name = name
        self.socket = None
        self.tasks = set()  # asyncio itself keeps weak references only

    def tell(self, event, **fields):
        say({"session": self.name, "event": event, **fields})

    def start(self, work):
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def command(self, line):
        commands = {"ws.connect": self.connect, "ws.send": self.send, "close": self.close}
        if line["do"] not in commands:
            raise Unsupported(f"cannot {line['do']}")
        commands[line["do"]](line)

    def connect(self, line):
        self.start(self.converse(line))

    async def converse(self, line):
        try:
            self.socket = await websockets.connect(
                line["to"],
                subprotocols=line.get("protocols") or None,
                extra_headers=line.get("headers"),
                compression="deflate" if line.get("compress", True) else None,
                max_size=None,
                ping_interval=None,
            )
        except (OSError, EOFError, asyncio.TimeoutError, websockets.WebSocketException) as error:
            self.tell("app.error", text=f"{type(error).__name__}: {error}")
            self.tell("app.close", code=1006, reason="", clean=False)
            return
        socket = self.socket
        extensions = socket.response_headers.get("Sec-WebSocket-Extensions", "")
        self.tell("app.open", protocol=socket.subprotocol or "", extensions=extensions)
        try:
            async for message in socket:
                if isinstance(message, str):
                    self.tell("app.message", text=message)
                else:
                    self.tell("app.message", base64=base64.b64encode(message).decode())
                if line.get("echo"):
                    await socket.send(message)
        except websockets.ConnectionClosed:
            pass
        await socket.wait_closed()
        clean = socket.close_code != 1006
        self.tell("app.close", code=socket.close_code, reason=socket.close_reason or "", clean=clean)

    def send(self, line):
        if self.socket is None:
            raise RuntimeError("the connection is not open")
        self.start(self.send_one(line["text"] if "text" in line else base64.b64decode(line["base64"])))

    async def send_one(self, message):
        try:
            await self.socket.send(message)
        except websockets.ConnectionClosed as error:
            self.tell("app.error", text=str(error))

    def close(self, line):
        if self.socket is None:
            self.drop()  # it gives up connecting
        else:
            self.start(self.socket.close(line.get("code", 1000), line.get("reason", "")))

    def drop(self):
        for task in self.tasks:
            task.cancel()
        if self.socket is not None and self.socket.transport is not None:
            self.socket.transport.abort()


def obey(sessions, line):
    name = line["session"]
    try:
        if line["do"] == "end":
            if name in sessions:
                sessions.pop(name).drop()
        else:
            sessions.setdefault(name, Session(name)).command(line)
        return {"ok": True}
    except Unsupported as error:
        return {"ok": False, "error": str(error), "unsupported": True}
    except Exception as error:  # whatever it is, Halley waits for an answer
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


async def play():
    commands = asyncio.StreamReader(limit=64 * 1024 * 1024)
    protocol = asyncio.StreamReaderProtocol(commands)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    sessions = {}
    while text := await commands.readline():
        line = json.loads(text)
        say({"id": line["id"], **obey(sessions, line)})


if sys.argv[1:] == ["--version"]:
    print(f"websockets {websockets.__version__}, Python {platform.python_version()}")
else:
    asyncio.run(play())
