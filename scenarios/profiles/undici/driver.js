'use strict';
// usage: node driver.js [--version]
// A client by the npm package undici, the one inside Node.js, under the driver protocol.
const { package: undici, version } = require('../npm.js')('undici');
const webClient = require('../web_client.js');

if (process.argv[2] === '--version') {
  console.log(`undici ${version}, node ${process.version}`);
  process.exit(0);
}

require('../driver.js')((tell) => {
  // Its WebSocket cannot be dropped without a closing handshake; its socket can.
  const sockets = new Set();
  const connector = undici.buildConnector({});
  const dispatcher = new undici.Agent({
    connect: (options, done) => {
      const socket = connector(options, done);
      sockets.add(socket.once('close', () => sockets.delete(socket)));
    },
  });
  const open = (to, protocols, headers, compress) => {
    if (compress === false) throw Object.assign(new Error('always offers compression'), { unsupported: true });
    return new undici.WebSocket(to, { protocols, headers, dispatcher });
  };
  const EventSource = ({ to, ...told }) => {
    webClient.bareStream(told);
    return new undici.EventSource(to, { dispatcher });
  };
  const fetch = (to, options) => undici.fetch(to, { ...options, dispatcher });
  const client = webClient({ open, EventSource, fetch, tell });
  return {
    command: client.command,
    drop() {
      client.drop();
      for (const socket of sockets) socket.destroy();
      dispatcher.destroy();
    },
  };
});
