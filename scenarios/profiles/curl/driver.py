"""A client by the program curl, under the driver protocol: one process for each request.

usage: driver.py [--version]

curl follows no redirect and keeps no connection between two processes; it is called with nothing that would change
what it makes of an answer.
"""

import asyncio
import json
import subprocess
import sys


class Unsupported(Exception):
    pass


def say(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def arguments(line):
    """What curl is called with: it writes what it makes of the head to stderr, the content to stdout."""
    report = "%{stderr}%{http_code} %{header_json}"
    words = ["curl", "--disable", "--silent", "--globoff", "--http1.1", "--path-as-is", "--write-out", report]
    method = line.get("method", "GET")
    words += ["--head"] if method == "HEAD" else ["--request", method]
    for name, value in line.get("headers", {}).items():
        words += ["--header", f"{name}: {value}"]
    if line.get("chunked"):
        words += ["--header", "Transfer-Encoding: chunked"]
    if "body" in line:
        words += ["--data-binary", "@-", "--header", "Content-Type:"]
    if line.get("proxy"):
        words += ["--proxy", line["proxy"]]
    else:
        words += ["--noproxy", "*"]
    if line.get("tunnel"):
        words += ["--proxytunnel"]
    return words + ["--", line["to"]]


class Session:
    """One client application."""

    def __init__(self, name):
        self.name = name
        self.processes = set()
        self.tasks = set()  # asyncio itself keeps weak references only

    def tell(self, event, **fields):
        say({"session": self.name, "event": event, **fields})

    def command(self, line):
        if line["do"] == "close":
            self.kill()
        elif line["do"] == "http.request":
            task = asyncio.create_task(self.request(line))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        else:
            raise Unsupported(f"cannot {line['do']}")

    async def request(self, line):
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*arguments(line), stdin=pipe, stdout=pipe, stderr=pipe)
        self.processes.add(process)
        content, report = await process.communicate(line.get("body", "").encode())
        self.processes.discard(process)
        if process.returncode != 0:
            self.tell("app.error", text=f"curl ended with {process.returncode}")
            return
        status, _, fields = report.decode("utf-8", "replace").partition(" ")
        try:
            headers = {name.lower(): ", ".join(values) for name, values in json.loads(fields).items()}
        except ValueError:
            headers = {}  # what curl makes of odd octets is not always JSON
        body = "" if line.get("method") == "HEAD" else content.decode("utf-8", "replace")
        self.tell("app.response", status=int(status), headers=headers, body=body)

    def kill(self):
        for process in self.processes:
            if process.returncode is None:
                process.kill()

    def drop(self):
        for task in self.tasks:
            task.cancel()
        self.kill()


def obey(sessions, line):
    name = line["session"]
    if line["do"] == "end":
        session = sessions.pop(name, None)
        if session:
            session.drop()
        return
    sessions.setdefault(name, Session(name)).command(line)


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


if sys.argv[1:] == ["--version"]:
    print(subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0])
else:
    asyncio.run(main())
