'use strict';
// usage: node server.js PORT | --version
// The end points of the node-http profile: a root, an echo of request bodies, the same while the request still runs,
// and what Node.js's own HTTP server made of a request.
const http = require('http');

if (process.argv[2] === '--version') {
  console.log(`node ${process.version}`);
  process.exit(0);
}

/** Calls `done` with the whole body. A request that is cut short never ends. */
const readBody = (request, done) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => done(Buffer.concat(pieces)));
};

const root = (request, response) => {
  request.resume();
  response.setHeader('Content-Type', 'text/plain');
  response.end('OK');
};

/** Answers with the request's body, when it has ended; GET and the like, which have none, with OK. */
const echo = (request, response) => readBody(request, (body) => {
  response.setHeader('Content-Type', 'application/octet-stream');
  response.end(body.length > 0 ? body : 'OK');
});

/** Answers with the request's body while it arrives. An unfinished request is cut, never completed. */
const comet = (request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store' });
  response.flushHeaders();
  request.on('error', () => response.destroy());
  request.pipe(response);
};

/** [name, value, name, value…] as [[name, value]…]. */
const pairs = (flat) => flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]]] : []));

const inspect = (request, response) => readBody(request, (body) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({
    method: request.method,
    target: request.url,
    version: `HTTP/${request.httpVersion}`,
    headers: pairs(request.rawHeaders),
    body: { length: body.length, hex: body.subarray(0, 1024).toString('hex') },
    trailers: pairs(request.rawTrailers),
  }));
});

/** The path of a target in origin-form or absolute-form: Node.js gives it as it came. */
const pathOf = (target) => target.replace(/^https?:\/\/[^/?]*/i, '').split('?')[0] || '/';

/** An http URI has a host (RFC 9110 §4.2.1); Node.js leaves it to the program to look. */
const hasNoHost = (target) => /^https?:\/\/([:/?]|$)/i.test(target);

const routes = new Map([['/', root], ['/echo', echo], ['/comet', comet], ['/inspect', inspect]]);
const server = http.createServer((request, response) => {
  const route = routes.get(pathOf(request.url));
  if (route && !hasNoHost(request.url)) return route(request, response);
  request.resume();
  response.writeHead(route ? 400 : 404).end();
});

server.listen(Number(process.argv[2]), '127.0.0.1');
