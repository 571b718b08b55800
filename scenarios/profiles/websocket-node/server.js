'use strict';
// usage: node server.js PORT | --version
// The end point of the websocket-node profile: WebSocket echo by the npm package websocket.
const http = require('http');
const { package: websocket, version } = require('../npm.js')('websocket');

const MESSAGE_LIMIT = 64 * 1024 * 1024; // octets

if (process.argv[2] === '--version') {
  console.log(`websocket ${version}, node ${process.version}`);
  process.exit(0);
}

const server = http.createServer((request, response) => {
  request.resume();
  response.writeHead(404).end();
});
new websocket.server({
  httpServer: server,
  keepalive: false, // the contract wants a server that sends nothing of its own
  maxReceivedFrameSize: MESSAGE_LIMIT,
  maxReceivedMessageSize: MESSAGE_LIMIT,
}).on('request', (request) => {
  if (request.resource !== '/ws') return request.reject(404);
  const known = request.requestedProtocols.find((name) => ['chat.halley', 'echo.halley'].includes(name));
  const peer = request.accept(known);
  peer.on('message', (message) => {
    if (message.type === 'utf8') peer.sendUTF(message.utf8Data);
    else peer.sendBytes(message.binaryData);
  });
  peer.on('error', () => {});
});
server.listen(Number(process.argv[2]), '127.0.0.1');
