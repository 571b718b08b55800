"""The end points of the aiohttp profile.

usage: server.py PORT | --version
"""

import asyncio
import collections
import platform
import re
import sys

import aiohttp
from aiohttp import web

MESSAGE_LIMIT = 64 * 1024 * 1024  # octets: a request body, a WebSocket message
REPLAY_WINDOW = 1000  # events kept for resuming, a topic
HEARTBEAT = 15  # seconds between comments on an idle event stream


class Topic:
    """A bounded log of events with increasing ids, and a way to wait for the next one."""

    def __init__(self):
        self.last_id = 0
        self.events = collections.deque(maxlen=REPLAY_WINDOW)  # (id, text)
        self.grown = asyncio.Event()

    def publish(self, text=None):
        self.last_id += 1
        self.events.append((self.last_id, str(self.last_id) if text is None else text))
        self.grown.set()
        self.grown = asyncio.Event()

    def after(self, seen):
        return [event for event in self.events if event[0] > seen]

    def oldest_id(self):
        return self.events[0][0] if self.events else self.last_id + 1


def encode_event(text, event_id=None, name=None):
    lines = [f"event: {name}"] if name else []
    if event_id is not None:
        lines.append(f"id: {event_id}")
    # CR, LF and CRLF all end a line of the stream, so each starts a data line of its own.
    lines += [f"data: {line}" for line in re.split("\r\n|\r|\n", text)]
    return ("\n".join(lines) + "\n\n").encode()


def topic_of(request):
    return request.app["topics"][request.match_info["key"]]


async def root(request):
    return web.Response(text="OK")


async def echo(request):
    return web.Response(body=await request.read() or b"OK", content_type="application/octet-stream")


async def comet(request):
    """Echoes the request's body while it arrives. An unfinished request ends the connection, not the body."""
    response = web.StreamResponse(headers={"Content-Type": "application/octet-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    async for piece in request.content.iter_any():
        await response.write(piece)
    return response


async def publish(request):
    topic = topic_of(request)
    if "count" not in request.query:
        topic.publish(await request.text())
    else:
        try:
            count = int(request.query["count"])
        except ValueError:
            raise web.HTTPBadRequest(text="count is a number")
        for _ in range(count):
            topic.publish()
    return web.json_response({"last": topic.last_id})


def resume_point(request, topic):
    """The id after which to go on; from now on when the client names none of ours."""
    given = request.headers.get("Last-Event-ID", "")
    if re.fullmatch("[0-9]{1,18}", given) and int(given) <= topic.last_id:
        return int(given)
    return topic.last_id


async def stream(request):
    topic = topic_of(request)
    seen = resume_point(request, topic)  # before the head leaves: what is published after it is ours to deliver
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    if seen + 1 < topic.oldest_id():
        await response.write(encode_event(f"{seen + 1}-{topic.oldest_id() - 1}", name="gap"))
    try:
        while True:
            grown = topic.grown
            for event_id, text in topic.after(seen):
                await response.write(encode_event(text, event_id))
                seen = event_id
            if grown.is_set():
                continue
            try:
                await asyncio.wait_for(grown.wait(), HEARTBEAT)
            except asyncio.TimeoutError:
                await response.write(b": idle\n\n")
    except ConnectionResetError:
        return response  # the client has left


async def websocket(request):
    socket = web.WebSocketResponse(max_msg_size=MESSAGE_LIMIT)
    await socket.prepare(request)
    async for message in socket:
        if message.type == aiohttp.WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == aiohttp.WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


def main():
    if sys.argv[1] == "--version":
        print(f"aiohttp {aiohttp.__version__}, Python {platform.python_version()}")
        return
    app = web.Application(client_max_size=MESSAGE_LIMIT)
    app["topics"] = collections.defaultdict(Topic)
    app.router.add_route("*", "/", root)
    app.router.add_route("*", "/echo", echo)
    app.router.add_post("/comet", comet)
    app.router.add_post("/publish/{key}", publish)
    app.router.add_get("/stream/{key}", stream)
    app.router.add_get("/ws", websocket)
    # By default it waits a minute for open streams when it is told to stop.
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, shutdown_timeout=1)


main()
