"""The driver protocol on stdin and stdout: a command a line, an answer or an event a line."""

import asyncio
import json
import sys

# A command may carry a body of some size.
LINE_LIMIT = 1 << 27


class Unsupported(Exception):
    """What this client cannot do."""


def say(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class Session:
    """One client application. What it does is in `command(line)`, which does not wait, and what ends it in `end()`."""

    def __init__(self, name):
        self.name = name
        self.tasks = set()  # asyncio itself keeps weak references only

    def tell(self, event, **fields):
        say({"session": self.name, "event": event, **fields})

    def start(self, work):
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def cancel(self):
        for task in self.tasks:
            task.cancel()

    def command(self, line):
        raise Unsupported(f"cannot {line['do']}")

    async def end(self):
        """Drops everything at once."""
        self.cancel()


async def _serve(kind):
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    sessions, ending = {}, set()

    def end(session):
        ending.add(task := asyncio.create_task(session.end()))
        task.add_done_callback(ending.discard)

    def obey(line):
        name = line["session"]
        if line["do"] != "end":
            if name not in sessions:
                sessions[name] = kind(name)
            sessions[name].command(line)
        elif name in sessions:
            end(sessions.pop(name))

    while text := await reader.readline():
        line = json.loads(text)
        try:
            obey(line)
            say({"id": line["id"], "ok": True})
        except Unsupported as error:
            say({"id": line["id"], "ok": False, "error": str(error), "unsupported": True})
        except Exception as error:  # whatever it is, Halley waits for an answer
            say({"id": line["id"], "ok": False, "error": f"{type(error).__name__}: {error}"})
    for session in sessions.values():
        end(session)
    await asyncio.gather(*ending)


def drive(kind, version):
    """Plays all sessions, each a `kind`; with --version as argument it says what `version()` returns."""
    if sys.argv[1:] == ["--version"]:
        print(version())
    else:
        asyncio.run(_serve(kind))
