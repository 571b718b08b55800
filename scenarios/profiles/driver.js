'use strict';
// The driver protocol on stdin and stdout: a command a line, an answer or an event a line.
const readline = require('readline');

/**
 * Plays all sessions. `start(tell)` makes the client of one: `command(line)` may be asynchronous and throws what it
 * cannot do, `drop()` ends it at once.
 */
module.exports = (start) => {
  const sessions = new Map();
  const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

  const clientOf = (session) => {
    if (!sessions.has(session)) {
      // What an ended session still reports belongs to nobody.
      const client = start((event) => sessions.get(session) === client && say({ session, ...event }));
      sessions.set(session, client);
    }
    return sessions.get(session);
  };

  const obey = async (line) => {
    if (line.do !== 'end') return clientOf(line.session).command(line);
    const client = sessions.get(line.session);
    sessions.delete(line.session);
    return client && client.drop();
  };

  readline
    .createInterface({ input: process.stdin })
    .on('line', (text) => {
      const line = JSON.parse(text);
      obey(line).then(
        () => say({ id: line.id, ok: true }),
        (error) => say({ id: line.id, ok: false, error: error.message, unsupported: error.unsupported === true }),
      );
    })
    .on('close', () => process.exit());
};
