'use strict';
// usage: node driver.js [--page]
// --page: with the web's rules for what a page may read of other origins.
// Chromium without a window, under the driver protocol. Every session is a worker of one page, so that it can be
// ended at once. The browser is told what to do through its debugging pipe.
const { spawn } = require('child_process');
const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');

const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'halley-chromium-'));
const browser = spawn(
  'chromium',
  [
    '--headless=new',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
    '--no-sandbox', // it shows nothing but its own page, and the sandbox wants rights that containers lack
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // Most scenarios answer without Access-Control-Allow-Origin.
    ...(process.argv.includes('--page') ? [] : ['--disable-web-security']),
    '--no-first-run',
    '--no-proxy-server',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  ],
  { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true },
);
browser.on('error', (error) => {
  console.error(`chromium: ${error.message}`);
  process.exit(1);
});
browser.on('exit', () => process.exit(1));
process.on('exit', () => {
  try {
    process.kill(-browser.pid, 'SIGKILL'); // its children too
  } catch {
    // it has ended already
  }
  fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit());

/** The debugging protocol: messages of JSON, each ended by a zero octet. */
const waiting = new Map();
const bindings = new Map(); // name -> function
let lastId = 0;
let loaded = () => {}; // a page has
const ask = (method, params = {}, sessionId = undefined) => {
  const id = ++lastId;
  browser.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
};
const heard = ({ id, error, result, method, params }) => {
  if (waiting.has(id)) {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(error.message));
    else resolve(result);
  } else if (method === 'Runtime.bindingCalled') {
    bindings.get(params.name)(JSON.parse(params.payload));
  } else if (method === 'Page.loadEventFired') {
    loaded();
  }
};
const pieces = [];
browser.stdio[4].on('data', (data) => {
  let start = 0;
  for (let end = data.indexOf(0); end >= 0; end = data.indexOf(0, start)) {
    pieces.push(data.subarray(start, end));
    heard(JSON.parse(Buffer.concat(pieces.splice(0)).toString()));
    start = end + 1;
  }
  pieces.push(data.subarray(start));
});

/** What a worker runs: the client, between its messages. */
const worker = () => {
  const open = (to, protocols, headers, compress) => {
    const unsupported = (text) => Object.assign(new Error(text), { unsupported: true });
    if (Object.keys(headers).length > 0) throw unsupported('a page sends no fields of its own');
    if (compress === false) throw unsupported('always offers compression');
    return new WebSocket(to, protocols);
  };
  const subscribe = ({ to, ...told }) => {
    webClient.bareStream(told);
    return new EventSource(to, { withCredentials: told.credentials === true });
  };
  const tell = (event) => postMessage(event);
  const client = webClient({ open, EventSource: subscribe, fetch: (...all) => fetch(...all), tell });
  onmessage = ({ data: line }) => {
    try {
      client.command(line);
      postMessage({ id: line.id, ok: true });
    } catch (error) {
      postMessage({ id: line.id, ok: false, error: error.message, unsupported: error.unsupported === true });
    }
  };
};

/** What the page runs. */
const page = (code) => {
  const url = URL.createObjectURL(new Blob([code]));
  const workers = new Map();
  globalThis.command = (line) => {
    if (!workers.has(line.session)) {
      const worker = new Worker(url);
      worker.onmessage = ({ data }) => report(JSON.stringify({ session: line.session, ...data }));
      workers.set(line.session, worker);
    }
    workers.get(line.session).postMessage(line);
  };
  globalThis.drop = (session) => {
    if (workers.has(session)) workers.get(session).terminate();
    workers.delete(session);
  };
};

/** The page comes from loopback: a page from elsewhere may not reach loopback. */
const pageAddress = () =>
  new Promise((resolve) => {
    const server = http.createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end('<!doctype html><title>Halley</title><link rel="icon" href="data:,">');
    });
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}/`));
  });

/** Waits until the page at `address` is there. What is said to the empty one before it is lost with it. */
const arrive = async (address, evaluate) => {
  for (;;) {
    const next = new Promise((resolve) => {
      loaded = resolve;
    });
    const seen = await evaluate('document.readyState === "complete" && location.href').catch(() => ({}));
    if (seen.result && seen.result.value === address) return;
    await next;
  }
};

const prepare = async () => {
  const address = await pageAddress();
  const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true });
  const evaluate = (expression) => ask('Runtime.evaluate', { expression, awaitPromise: true }, sessionId);
  await ask('Runtime.enable', {}, sessionId);
  await ask('Page.enable', {}, sessionId);
  await ask('Page.navigate', { url: address }, sessionId);
  await arrive(address, evaluate);
  await ask('Runtime.addBinding', { name: 'report' }, sessionId);
  const code = `${fs.readFileSync(path.join(__dirname, '../web_client.js'))};(${worker})();`;
  await evaluate(`(${page})(${JSON.stringify(code)})`);
  return evaluate;
};

const ready = prepare();
let lastSession = 0;
const sessions = new Map();
bindings.set('report', ({ session, ...line }) => sessions.get(session) && sessions.get(session)(line));

require('../driver.js')((tell) => {
  const session = ++lastSession;
  const answers = new Map();
  sessions.set(session, (line) => {
    if (!('ok' in line)) return tell(line);
    const { resolve, reject } = answers.get(line.id);
    answers.delete(line.id);
    if (line.ok) resolve();
    else reject(Object.assign(new Error(line.error), { unsupported: line.unsupported }));
  });
  return {
    async command(line) {
      const evaluate = await ready;
      const answer = new Promise((resolve, reject) => answers.set(line.id, { resolve, reject }));
      await evaluate(`command(${JSON.stringify({ ...line, session })})`);
      return answer;
    },
    async drop() {
      sessions.delete(session);
      await (await ready)(`drop(${session})`);
    },
  };
});
