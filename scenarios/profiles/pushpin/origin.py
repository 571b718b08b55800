"""The origin behind pushpin: keeps a log of each topic, lets pushpin hold who looks at it, and publishes through it.

usage: origin.py PORT PORT-OF-PUSHPIN; pushpin takes what is published at 127.0.0.2, on the same port
"""
import collections
import http.client
import http.server
import json
import sys
import threading
import urllib.parse

logs = collections.defaultdict(list)
one_at_a_time = threading.Lock()
pushpin = int(sys.argv[2])


def as_event(number, data):
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "id: %d\n" % number + "".join("data: %s\n" % line for line in lines) + "\n"


def as_line(number, data):
    return json.dumps({"id": number, "data": data}, separators=(",", ":")) + "\n"


FORMS = {"sse": as_event, "stream": as_line}


class Origin(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", fields=()):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        kind, _, key = url.path[1:].partition("/")
        if kind not in FORMS:
            self.answer(404)
            return
        query = urllib.parse.parse_qs(url.query)
        named = self.headers.get("Last-Event-ID") if kind == "sse" else query.get("cursor", [None])[0]
        with one_at_a_time:
            log = logs[key]
            last = len(log)
            known = named is not None and named.isascii() and named.isdigit() and int(named) <= last
            if kind == "stream" and named is not None and not known:
                self.answer(400)
                return
            missed = range(int(named), last) if known else ()
            body = "".join(FORMS[kind](i + 1, log[i]) for i in missed)
        if kind == "sse":
            body = "retry: 3000\n\n" + body
        self.answer(200, body.encode(), [
            ("Content-Type", "text/event-stream" if kind == "sse" else "application/x-ndjson"),
            ("Cache-Control", "no-store"),
            ("Grip-Hold", "stream"),
            ("Grip-Channel", "%s-%s" % (kind, key)),
        ])

    def do_POST(self):
        url = urllib.parse.urlsplit(self.path)
        key = url.path.removeprefix("/publish/")
        count = urllib.parse.parse_qs(url.query).get("count")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with one_at_a_time:
            log = logs[key]
            items = []
            for _ in range(int(count[0]) if count else 1):
                log.append(str(len(log) + 1) if count else body)
                number = len(log)
                for kind, form in FORMS.items():
                    items.append({
                        "channel": "%s-%s" % (kind, key),
                        "formats": {"http-stream": {"content": form(number, log[-1])}},
                    })
            to = http.client.HTTPConnection("127.0.0.2", pushpin)
            to.request("POST", "/publish/", json.dumps({"items": items}))
            status = to.getresponse().status
            to.close()
        self.answer(200 if status == 200 else 502)

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


Server(("127.0.0.1", int(sys.argv[1])), Origin).serve_forever()
