"""The end point of the websockets profile: WebSocket echo by the Python package websockets.

usage: server.py PORT | --version
"""

import asyncio
import http
import platform
import sys

import websockets

MESSAGE_LIMIT = 64 * 1024 * 1024  # octets


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def refuse_others(path, _fields):
    return None if path == "/ws" else (http.HTTPStatus.NOT_FOUND, [], b"")


async def serve(port):
    # The contract wants a server that sends nothing of its own, so no pings.
    async with websockets.serve(
        echo,
        "127.0.0.1",
        port,
        process_request=refuse_others,
        subprotocols=["chat.halley", "echo.halley"],
        max_size=MESSAGE_LIMIT,
        ping_interval=None,
    ):
        await asyncio.Future()


if sys.argv[1] == "--version":
    print(f"websockets {websockets.__version__}, Python {platform.python_version()}")
else:
    asyncio.run(serve(int(sys.argv[1])))
