"""Stands beside nchan: POST /publish/KEY?count=N publishes N numbered events, without it the body as one event.

usage: publisher.py PORT PORT-OF-NCHAN
"""
import collections
import http.client
import http.server
import sys
import threading
import urllib.parse

numbers = collections.defaultdict(int)
one_at_a_time = threading.Lock()
nchan = int(sys.argv[2])


class Publisher(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        url = urllib.parse.urlsplit(self.path)
        key = url.path.removeprefix("/publish/")
        count = urllib.parse.parse_qs(url.query).get("count")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = 200
        with one_at_a_time:
            to = http.client.HTTPConnection("127.0.0.1", nchan)
            for _ in range(int(count[0]) if count else 1):
                numbers[key] += 1
                to.request("POST", "/pub/" + key, str(numbers[key]).encode() if count else body)
                answer = to.getresponse()
                answer.read()
                if answer.status >= 400:
                    status = 502
            to.close()
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Publisher).serve_forever()
