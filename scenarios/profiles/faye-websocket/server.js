'use strict';
// usage: node server.js PORT | --version
// The end point of the faye-websocket profile: WebSocket echo by the npm packages faye-websocket and permessage-deflate.
const http = require('http');
const { package: FayeWebSocket, version } = require('../npm.js')('faye-websocket');
const { package: deflate } = require('../npm.js')('permessage-deflate');

if (process.argv[2] === '--version') {
  console.log(`faye-websocket ${version}, node ${process.version}`);
  process.exit(0);
}

const server = http.createServer((request, response) => {
  request.resume();
  response.writeHead(404).end();
});
server.on('upgrade', (request, socket, head) => {
  if (request.url !== '/ws' || !FayeWebSocket.isWebSocket(request)) {
    socket.on('error', () => {});
    return socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  }
  const peer = new FayeWebSocket(request, socket, head, ['chat.halley', 'echo.halley'], { extensions: [deflate] });
  peer.on('message', (event) => peer.send(event.data));
  peer.on('error', () => {});
});
server.listen(Number(process.argv[2]), '127.0.0.1');
