'use strict';
// usage: node server.js PORT | --version
// The end points of the node-ws profile: a root, an echo of request bodies, the same while the request still runs,
// and WebSocket echo by the package ws.
const http = require('http');
const { package: ws, version } = require('../npm.js')('ws');

if (process.argv[2] === '--version') {
  console.log(`ws ${version}, node ${process.version}`);
  process.exit(0);
}

const root = (request, response) => {
  request.resume();
  response.setHeader('Content-Type', 'text/plain');
  response.end('OK');
};

/** Answers with the request's body, when it has ended; GET and the like, which have none, with OK. */
const echo = (request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    response.setHeader('Content-Type', 'application/octet-stream');
    response.end(pieces.length > 0 ? Buffer.concat(pieces) : 'OK');
  });
};

/** Answers with the request's body while it arrives. An unfinished request is cut, never completed. */
const comet = (request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store' });
  response.flushHeaders();
  request.on('error', () => response.destroy());
  request.pipe(response);
};

/** The path of a target in origin-form or absolute-form: Node.js gives it as it came. */
const pathOf = (target) => target.replace(/^https?:\/\/[^/?]*/i, '').split('?')[0] || '/';

const routes = new Map([['/', root], ['/echo', echo], ['/comet', comet]]);
const server = http.createServer((request, response) => {
  const route = routes.get(pathOf(request.url));
  if (route) return route(request, response);
  request.resume();
  response.writeHead(404).end();
});

new ws.WebSocketServer({ server, path: '/ws', perMessageDeflate: true }).on('connection', (socket) => {
  // ws fails the connection itself; without a listener the error would end the process.
  socket.on('error', () => {});
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }, () => {}));
});

server.listen(Number(process.argv[2]), '127.0.0.1');
