'use strict';
// usage: node driver.js [--version]
// A client by the module http of Node.js with an agent that keeps connections, under the driver protocol. It follows
// no redirect.
const http = require('http');

if (process.argv[2] === '--version') {
  console.log(`node ${process.version}`);
  process.exit(0);
}

const unsupported = (text) => Object.assign(new Error(text), { unsupported: true });

require('../driver.js')((tell) => {
  const agent = new http.Agent({ keepAlive: true });
  const sockets = new Set();
  const requests = new Set();
  const fail = (error) => tell({ event: 'app.error', text: String(error) });

  const listen = (request) => {
    requests.add(request);
    request.on('socket', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
    request.on('close', () => requests.delete(request));
    request.on('error', fail);
    return request;
  };

  const send = (options, { to, method = 'GET', headers = {}, body, chunked }) => {
    const fields = { ...headers };
    if (chunked) fields['Transfer-Encoding'] = 'chunked';
    else if (body !== undefined) fields['Content-Length'] = Buffer.byteLength(body);
    const request = listen(http.request(to, { method, headers: fields, agent, ...options }));
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => {
        text += piece;
      });
      // 'end' comes for what was read to its end only, else 'error'.
      response.on('error', fail);
      response.on('end', () => {
        const { statusCode: status, headers: got } = response;
        const list = Object.entries(got).map(([name, value]) => [name, [].concat(value).join(', ')]);
        tell({ event: 'app.response', status, headers: Object.fromEntries(list), body: text });
      });
    });
    // As the documentation has it: with an expectation the body waits for 'continue', and not for ever.
    if (!('Expect' in fields) || body === undefined) {
      request.end(body);
      return;
    }
    const late = setTimeout(() => request.end(body), 1000);
    request.once('continue', () => {
      clearTimeout(late);
      request.end(body);
    });
    request.once('response', () => clearTimeout(late));
    request.once('close', () => clearTimeout(late));
    request.flushHeaders();
  };

  const tunnel = (line) => {
    const { host, hostname, port } = new URL(line.to);
    const at = new URL(line.proxy);
    const path = `${hostname}:${port || 80}`;
    const options = { host: at.hostname, port: at.port, method: 'CONNECT', path, headers: { Host: host }, agent: false };
    const request = listen(http.request(options));
    request.on('connect', ({ statusCode }, socket, head) => {
      sockets.add(socket.once('close', () => sockets.delete(socket)));
      if (statusCode < 200 || statusCode > 299) {
        fail(`the proxy answered ${statusCode}`);
        socket.destroy();
      } else {
        if (head.length > 0) socket.unshift(head);
        send({ createConnection: () => socket, agent: undefined }, line);
      }
    });
    request.on('response', (response) => {
      fail(`the proxy answered ${response.statusCode}`);
      response.destroy();
    });
    request.end();
  };

  const commands = {
    'http.request': (line) => {
      if (line.tunnel) return tunnel(line);
      if (!line.proxy) return send({}, line);
      const { hostname, port } = new URL(line.proxy);
      return send({ host: hostname, port, path: line.to, setHost: true }, {
        ...line, headers: { ...line.headers, Host: new URL(line.to).host },
      });
    },
    close: () => requests.forEach((request) => request.destroy()),
  };
  return {
    command(line) {
      if (!(line.do in commands)) throw unsupported(`cannot ${line.do}`);
      commands[line.do](line);
    },
    drop() {
      for (const request of requests) request.destroy();
      for (const socket of sockets) socket.destroy();
      agent.destroy();
    },
  };
});
