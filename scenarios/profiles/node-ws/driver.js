'use strict';
// usage: node driver.js [--version]
// A client by the npm package ws, under the driver protocol.
const { package: ws, version } = require('../npm.js')('ws');
const webClient = require('../web_client.js');

if (process.argv[2] === '--version') {
  console.log(`ws ${version}, node ${process.version}`);
  process.exit(0);
}

const open = (to, protocols, headers, compress = true) => {
  return new ws.WebSocket(to, protocols, { headers, perMessageDeflate: compress });
};

require('../driver.js')((tell) => {
  const client = webClient({ open, fetch, tell });
  return {
    command: client.command,
    drop() {
      const socket = client.drop();
      if (socket) socket.terminate();
    },
  };
});
