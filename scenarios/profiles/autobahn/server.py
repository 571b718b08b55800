"""The end point of the autobahn profile: WebSocket echo by Autobahn|Python on asyncio.

usage: server.py PORT | --version
"""

import asyncio
import platform
import sys

import autobahn
from autobahn.asyncio.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept
from autobahn.websocket.types import ConnectionDeny

SUBPROTOCOLS = ("chat.halley", "echo.halley")


class Echo(WebSocketServerProtocol):
    def onConnect(self, request):
        if request.path != "/ws":
            raise ConnectionDeny(ConnectionDeny.NOT_FOUND)
        return next((name for name in request.protocols if name in SUBPROTOCOLS), None)

    def onMessage(self, payload, isBinary):
        self.sendMessage(payload, isBinary)


def accept_deflate(offers):
    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer):
            return PerMessageDeflateOfferAccept(offer)
    return None


async def serve(port):
    factory = WebSocketServerFactory()
    factory.protocol = Echo
    factory.setProtocolOptions(
        perMessageCompressionAccept=accept_deflate,
        openHandshakeTimeout=30,  # by default 5 s: short for requests that arrive octet by octet
    )
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", port)
    await server.serve_forever()


if sys.argv[1] == "--version":
    print(f"Autobahn {autobahn.__version__}, Python {platform.python_version()}")
else:
    asyncio.run(serve(int(sys.argv[1])))
