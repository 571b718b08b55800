"""A test script as users of the Python package websockets keep one: asks a fuzzing server how many cases there are,
plays each as a client that sends every message back, and asks for the reports.

usage: test_script.py ws://127.0.0.1:9001 [AGENT]
"""

import asyncio
import sys
import urllib.parse

import websockets

SERVER = sys.argv[1]
AGENT = urllib.parse.quote(sys.argv[2] if len(sys.argv) > 2 else "websockets")


async def main():
    async with websockets.connect(f"{SERVER}/getCaseCount") as socket:
        count = int(await socket.recv())
    for number in range(1, count + 1):
        try:
            path = f"/runCase?case={number}&agent={AGENT}"
            async with websockets.connect(SERVER + path, max_size=None, max_queue=None) as socket:
                async for message in socket:
                    await socket.send(message)
        except (websockets.WebSocketException, OSError):
            pass  # the server judges how the case ended
    async with websockets.connect(f"{SERVER}/updateReports?agent={AGENT}"):
        pass


asyncio.run(main())
