// A test script as users of the npm package ws keep one: asks a fuzzing server how many cases there are, plays each as
// a client that sends every message back, and asks for the reports.
//
// usage: node test_script.js ws://127.0.0.1:9001 [AGENT]     (NODE_PATH names the folder of the package)
'use strict';

const WebSocket = require('ws');

const server = process.argv[2];
const agent = encodeURIComponent(process.argv[3] || 'node-ws');

// Calls `heard` with each message; resolves when the connection has ended, however.
function open(path, heard) {
  return new Promise((resolve) => {
    const socket = new WebSocket(server + path, { maxPayload: 0 });
    socket.on('message', (data, binary) => heard(socket, data, binary));
    socket.on('error', () => {});
    socket.on('close', resolve);
  });
}

async function main() {
  let count = 0;
  await open('/getCaseCount', (socket, data) => { count = Number(data); });
  for (let number = 1; number <= count; ++number) {
    await open(`/runCase?case=${number}&agent=${agent}`, (socket, data, binary) => socket.send(data, { binary }));
  }
  await open(`/updateReports?agent=${agent}`, () => {});
}

main();
