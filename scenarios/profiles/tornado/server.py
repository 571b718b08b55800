"""The end point of the tornado profile: WebSocket echo by Tornado.

usage: server.py PORT | --version
"""

import asyncio
import platform
import sys

import tornado.web
import tornado.websocket

MESSAGE_LIMIT = 64 * 1024 * 1024  # octets
SUBPROTOCOLS = ("chat.halley", "echo.halley")


class Echo(tornado.websocket.WebSocketHandler):
    def check_origin(self, _origin):
        return True  # scenarios come from no web page

    def get_compression_options(self):
        return {}  # compression, with the defaults

    def select_subprotocol(self, offered):
        return next((name for name in offered if name in SUBPROTOCOLS), None)

    def on_message(self, message):
        self.write_message(message, binary=isinstance(message, bytes))


async def serve(port):
    app = tornado.web.Application([("/ws", Echo)], websocket_max_message_size=MESSAGE_LIMIT)
    app.listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if sys.argv[1] == "--version":
    print(f"Tornado {tornado.version}, Python {platform.python_version()}")
else:
    asyncio.run(serve(int(sys.argv[1])))
