"""A client by the program curl, under the driver protocol: one process for each request.

usage: driver.py [--version]

curl follows no redirect and keeps no connection between two processes; it is called with nothing that would change
what it makes of an answer.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import driver_protocol


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


class Session(driver_protocol.Session):
    """One client application."""

    def __init__(self, name):
        super().__init__(name)
        self.processes = set()

    def command(self, line):
        if line["do"] == "close":
            self.kill()
        elif line["do"] == "http.request":
            self.start(self.request(line))
        else:
            super().command(line)

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

    async def end(self):
        self.cancel()
        self.kill()


def version():
    return subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]


driver_protocol.drive(Session, version)
