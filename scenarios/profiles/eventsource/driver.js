'use strict';
// usage: node driver.js 2|3|4 [--version]
// A client by the npm package eventsource, of the major version that is named, under the driver protocol.
const [major, wish] = process.argv.slice(2);
const { package: exported, version } = require('../npm.js')(`eventsource-${major}`);
const webClient = require('../web_client.js');

if (wish === '--version') {
  console.log(`eventsource ${version}, node ${process.version}`);
  process.exit(0);
}

// Version 2 throws where nobody can catch it, for a Location that is relative and for an id that is not of ASCII. An
// application would end there, and with it all the others that are played at the same time.
process.on('uncaughtException', (error) => console.error(error));

const unsupported = (text) => Object.assign(new Error(text), { unsupported: true });

/** Version 2 takes fields, and among them an id to begin behind; later ones take a fetch that sends fields. */
const open = ({ to, headers, lastId }) => {
  if (major === '2') {
    return new exported(to, { headers: { ...headers, ...(lastId !== undefined && { 'Last-Event-ID': lastId }) } });
  }
  if (lastId !== undefined) throw unsupported('an EventSource begins without an id');
  return new exported.EventSource(to, {
    fetch: (url, options) => fetch(url, { ...options, headers: { ...options.headers, ...headers } }),
  });
};

require('../driver.js')((tell) => webClient({ EventSource: open, fetch, tell }));
