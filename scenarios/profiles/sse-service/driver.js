'use strict';
// usage: node driver.js SERVICE [INITIAL-DELAY-MS]
// The driver protocol on one side, on the other a test service of an SDK: the program around a client library that
// launchdarkly/sse-contract-tests asks for. It creates streams when it is told so over HTTP, and calls back with what
// the client reads. SERVICE is its URL; the delay is handed on, for clients that wait long before they come back.
// Source: launchdarkly/sse-contract-tests, docs/service_spec.md and docs/optional_features.md.
const http = require('http');

const [service, initialDelay] = process.argv.slice(2);
if (!service) {
  console.error('usage: node driver.js http://127.0.0.1:PORT [INITIAL-DELAY-MS]');
  process.exit(2);
}
const patience = 300; // milliseconds for a service that answers only when its client has an answer

const unsupported = (text) => Object.assign(new Error(text), { unsupported: true });

/** Sends a request with a JSON body, or without one. */
const ask = async (method, url, content) => {
  const headers = content === undefined ? {} : { 'Content-Type': 'application/json' };
  const response = await fetch(url, { method, headers, body: JSON.stringify(content) });
  const text = await response.text();
  if (!response.ok) {
    throw Object.assign(new Error(`${method} ${url}: ${response.status} ${text}`), { status: response.status });
  }
  return { response, text };
};

/** What the service says that its client can do beside reading streams. */
const abilities = ask('GET', service).then(({ text }) => {
  try {
    return new Set(JSON.parse(text).capabilities || []);
  } catch {
    return new Set(); // it needs to say nothing
  }
});
abilities.catch(() => {}); // each command that needs them tells

/** Callbacks are requests of their own, and may overtake each other: they are counted from 1. */
const inOrder = (take) => {
  const early = new Map();
  let next = 1;
  return (number, message) => {
    early.set(number, message);
    for (; early.has(next); next++) {
      take(early.get(next));
      early.delete(next);
    }
  };
};

const receivers = new Map(); // path of a stream -> what takes its callbacks
const callbacks = new Promise((resolve) => {
  const server = http.createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      const [, stream, number] = request.url.split('/');
      const receive = receivers.get(stream);
      response.statusCode = receive ? 202 : 404;
      response.end();
      if (receive) receive(Number(number), JSON.parse(Buffer.concat(pieces).toString()));
    });
  });
  server.keepAliveTimeout = 60000; // or a callback may meet a connection that is just being closed
  server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
});

let streams = 0;

require('../driver.js')((tell) => {
  const name = `stream-${++streams}`;
  let at = null; // the URL of the stream, once it is known
  let over = false;

  let open = false;
  const take = ({ kind, event = {}, error, comment }) => {
    if (kind === 'event') {
      // Nothing tells of a stream that opens; what comes of it shows that it has.
      if (!open) tell({ event: 'app.open' });
      open = true;
      tell({ event: 'app.message', data: event.data, id: event.id || '', type: event.type || 'message' });
    }
    if (kind === 'error') {
      open = false;
      tell({ event: 'app.error', text: String(error || comment || 'error') });
    }
    // Comments are no messages, and hello says only that the service has begun.
  };

  const end = async () => {
    over = true;
    receivers.delete(name);
    if (at) await ask('DELETE', at).catch(() => {}); // it may have ended by itself
  };

  /** What the stream is to be made of, or why the service cannot make it. */
  const order = async ({ to, headers, 'last-id': lastId, 'closes-after': last }) => {
    const able = await abilities;
    const needed = (ability) => {
      if (!able.has(ability)) throw unsupported(`the service does not know ${ability}`);
    };
    if (last !== undefined) throw unsupported('a service closes a stream from outside only');
    const result = { streamUrl: to, callbackUrl: `${await callbacks}/${name}`, tag: name };
    if (initialDelay) result.initialDelayMs = Number(initialDelay);
    if (lastId !== undefined) {
      needed('last-event-id');
      result.lastEventId = lastId;
    }
    if (headers) {
      needed('headers');
      result.headers = Object.fromEntries(Object.entries(headers).map(([field, text]) => [field.toLowerCase(), text]));
    }
    return result;
  };

  const subscribe = async (line) => {
    if (at) throw unsupported('one stream a session');
    const content = await order(line);
    const listens = (await abilities).has('event-type-listeners') ? line.types || [] : [];
    receivers.set(name, inOrder(take));
    const create = async () => {
      const { response } = await ask('POST', service, content);
      at = new URL(response.headers.get('location'), service).href;
      if (over) return end();
      for (const type of listens) await ask('POST', at, { command: 'listen', listen: { type } });
    };
    const created = create().catch((error) => {
      if (error.status !== 400) throw error; // the service failed, not its client
      tell({ event: 'app.error', text: error.message });
      tell({ event: 'app.close', clean: false });
    });
    created.catch((error) => console.error(error));
    // The server answers the stream only behind this command, and by then its types should be listened to.
    await Promise.race([created, new Promise((resolve) => setTimeout(resolve, patience))]);
  };

  return {
    async command(line) {
      if (line.do === 'sse.connect') return subscribe(line);
      if (line.do === 'close') return end();
      throw unsupported(`a test service takes no ${line.do}`);
    },
    drop() {
      // The session is over for Halley at once; the service is told, however long it takes.
      end();
    },
  };
});
