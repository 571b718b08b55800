'use strict';
/**
 * One session of a client application that keeps to the web's own interfaces, so that it is the same in a browser
 * and on Node.js. `open` makes a WebSocket, `EventSource` the web's object of that name, `fetch` is the web's, `tell`
 * takes the events.
 */
function webClient({ open, EventSource, fetch, tell }) {
  let socket = null;
  let stream = null;
  let abort = null;

  const unsupported = (text) => Object.assign(new Error(text), { unsupported: true });

  const encode = (octets) => {
    // Where there is Buffer, btoa takes seconds for a large message, and all sessions wait.
    if (typeof Buffer === 'function') return Buffer.from(octets.buffer).toString('base64');
    let text = '';
    for (let at = 0; at < octets.length; at += 32768) {
      text += String.fromCharCode(...octets.subarray(at, at + 32768));
    }
    return btoa(text);
  };
  const decode = (base64) => Uint8Array.from(atob(base64), (octet) => octet.charCodeAt(0));

  const connect = ({ to, protocols = [], headers = {}, compress, echo = false }) => {
    socket = open(to, protocols, headers, compress);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => tell({ event: 'app.open', protocol: socket.protocol, extensions: socket.extensions });
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') tell({ event: 'app.message', text: data });
      else tell({ event: 'app.message', base64: encode(new Uint8Array(data)) });
      if (echo) socket.send(data);
    };
    socket.onerror = (error) => tell({ event: 'app.error', text: error.message || 'error' });
    socket.onclose = ({ code, reason, wasClean }) => tell({ event: 'app.close', code, reason, clean: wasClean });
  };

  const close = ({ code, reason }) => {
    if (stream) stream.close();
    if (abort) abort.abort();
    if (!socket) return;
    try {
      if (code === undefined) socket.close();
      else socket.close(code, reason);
    } catch (error) {
      throw unsupported(`close: ${error.message}`); // the web allows 1000 and 3000-4999 only
    }
  };

  const subscribe = (line) => {
    const { to, headers = {}, types = [], 'last-id': lastId, 'closes-after': last = Infinity, credentials } = line;
    if (!EventSource) throw unsupported('no EventSource here');
    try {
      stream = EventSource({ to, headers, lastId, credentials });
    } catch (error) {
      if (error.unsupported) throw error;
      tell({ event: 'app.error', text: error.message }); // the address is none
      tell({ event: 'app.close', clean: false });
      return;
    }
    let count = 0;
    const hear = ({ type, data, lastEventId }) => {
      if (++count === last) stream.close();
      tell({ event: 'app.message', data, id: lastEventId, type });
    };
    // A message may have the name of an event of the stream's own, which has no data.
    const isMessage = (event) => typeof event.data === 'string';
    stream.onopen = (event) => {
      if (!isMessage(event)) tell({ event: 'app.open' });
    };
    stream.onerror = (event) => {
      if (isMessage(event)) return;
      const closed = stream.readyState === 2;
      tell({ event: 'app.error', text: closed ? 'the stream failed' : 'the stream ended, to be opened again' });
      if (closed) tell({ event: 'app.close', clean: false });
    };
    for (const type of new Set(['message', ...types])) {
      stream.addEventListener(type, (event) => {
        if (isMessage(event)) hear(event);
      });
    }
  };

  const request = ({ to, method = 'GET', headers = {}, body, chunked, proxy }) => {
    if (proxy) throw unsupported('no proxy of its own');
    abort = abort || new AbortController();
    // A body of unknown length is sent in chunks.
    const content = chunked ? new Blob([body]).stream() : body;
    fetch(to, { method, headers, body: content, duplex: 'half', signal: abort.signal })
      .then(async (response) => {
        const fields = Object.fromEntries(response.headers);
        tell({ event: 'app.response', status: response.status, headers: fields, body: await response.text() });
      })
      .catch((error) => tell({ event: 'app.error', text: String(error.cause || error) }));
  };

  const commands = {
    'ws.connect': connect,
    'ws.send': ({ text, base64 }) => socket.send(text === undefined ? decode(base64) : text),
    close,
    'sse.connect': subscribe,
    'http.request': request,
  };
  return {
    /** Takes a command of the driver protocol; throws when it cannot, `unsupported` when it never can. */
    command(line) {
      if (!(line.do in commands)) throw unsupported(`cannot ${line.do}`);
      commands[line.do](line);
    },
    drop() {
      if (stream) stream.close();
      if (abort) abort.abort();
      return socket;
    },
  };
}

/** Throws for what the web's own EventSource cannot be told. */
webClient.bareStream = ({ headers, lastId }) => {
  const unsupported = (text) => Object.assign(new Error(text), { unsupported: true });
  if (Object.keys(headers).length > 0) throw unsupported('an EventSource sends no fields of the application');
  if (lastId !== undefined) throw unsupported('an EventSource begins without an id');
};

if (typeof module === 'object') module.exports = webClient;
