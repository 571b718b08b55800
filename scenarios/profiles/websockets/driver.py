"""A client by the Python package websockets, under the driver protocol.

usage: driver.py [--version]
"""

import asyncio
import base64
import platform
import sys
from pathlib import Path

import websockets

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import driver_protocol


class Session(driver_protocol.Session):
    """One client application."""

    def __init__(self, name):
        super().__init__(name)
        self.socket = None

    def command(self, line):
        commands = {"ws.connect": self.connect, "ws.send": self.send, "close": self.close}
        commands.get(line["do"], super().command)(line)

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
        self.cancel()
        if self.socket is not None and self.socket.transport is not None:
            self.socket.transport.abort()

    async def end(self):
        self.drop()


driver_protocol.drive(Session, lambda: f"websockets {websockets.__version__}, Python {platform.python_version()}")
