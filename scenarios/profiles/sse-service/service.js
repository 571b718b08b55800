'use strict';
// usage: node service.js PORT
// A test service in the form of launchdarkly/sse-contract-tests (docs/service_spec.md) around the npm package
// eventsource 4: creates streams when it is told so, and calls back with what its client reads.
const http = require('http');
const { package: exported, version } = require('../npm.js')('eventsource-4');

const port = process.argv[2];
if (port === '--version') {
  console.log(`eventsource ${version}, node ${process.version}`);
  process.exit(0);
}

// Callbacks wait for each other: thousands of connections at once would be too many.
const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });

/** One stream: its client, and how many callbacks it has made. */
class Stream {
  constructor({ streamUrl, callbackUrl, headers = {}, method, body }) {
    this.callbackUrl = callbackUrl;
    this.sent = 0;
    this.types = new Set();
    this.source = new exported.EventSource(streamUrl, {
      fetch: (url, options) => fetch(url, { ...options, method, body, headers: { ...options.headers, ...headers } }),
    });
    this.source.onerror = ({ message }) => this.tell({ kind: 'error', error: message || 'error' });
    this.listen('message');
  }

  listen(type) {
    if (this.types.has(type)) return;
    this.types.add(type);
    this.source.addEventListener(type, ({ data, lastEventId }) => {
      if (typeof data === 'string') this.tell({ kind: 'event', event: { type, data, id: lastEventId } });
    });
  }

  tell(message) {
    const url = `${this.callbackUrl}/${++this.sent}`;
    http
      .request(url, { agent, method: 'POST', headers: { 'Content-Type': 'application/json' } })
      .on('response', (response) => response.resume())
      .on('error', (error) => console.error(`${url}: ${error.message}`))
      .end(JSON.stringify(message));
  }

  close() {
    this.source.close();
  }
}

const streams = new Map();
let created = 0;

/** Answers with a status, and header fields or JSON. */
const obey = (method, path, content) => {
  if (path === '/') {
    if (method === 'GET') return { json: { capabilities: ['event-type-listeners', 'headers', 'post', 'report'] } };
    if (method === 'DELETE') process.exit();
    if (method !== 'POST') return { status: 405 };
    if (!content.streamUrl || !content.callbackUrl) return { status: 400 };
    const location = `/streams/${++created}`;
    try {
      streams.set(location, new Stream(content));
    } catch {
      return { status: 400 }; // the address is none
    }
    return { status: 201, headers: { Location: location } };
  }
  const stream = streams.get(path);
  if (!stream) return { status: 404 };
  if (method === 'DELETE') {
    stream.close();
    streams.delete(path);
    return { status: 204 };
  }
  if (method !== 'POST' || content.command !== 'listen') return { status: 400 };
  stream.listen(content.listen.type);
  return { status: 202 };
};

http
  .createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString();
      const { status = 200, headers = {}, json } = obey(request.method, request.url, text ? JSON.parse(text) : {});
      response.writeHead(status, { ...headers, ...(json && { 'Content-Type': 'application/json' }) });
      response.end(json && JSON.stringify(json));
    });
  })
  .listen(port, '127.0.0.1');
