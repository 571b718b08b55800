// Event logs that no run would write: a very large one, and one whose every text is meant to do harm.

import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';

const header = (clock) => ({ ev: 'header', schema: 'events/1', run: 'made', tool: { name: 'halley', version: '0' }, started: '2026-01-01T00:00:00.000Z', seed: '1', clock });

/** Writes lines to FOLDER/events.jsonl; `add` numbers them. */
const writer = (folder) => {
  mkdirSync(folder, { recursive: true });
  const file = openSync(`${folder}/events.jsonl`, 'w');
  let seq = 0;
  let pending = [];
  const flush = () => {
    if (pending.length > 0) writeSync(file, `${pending.join('\n')}\n`);
    pending = [];
  };
  const line = (text) => {
    pending.push(text);
    if (pending.length > 1000) flush();
  };
  return {
    header: (one) => line(JSON.stringify(one)),
    add: (event) => line(JSON.stringify({ t: seq, seq: seq++, ...event })),
    /** A line whose "hex" has `size` octets, written without holding it. */
    addOctets(event, size) {
      flush();
      writeSync(file, `${JSON.stringify({ t: seq, seq: seq++, ...event }).slice(0, -1)},"len":${size},"hex":"`);
      const piece = '3c696d673e'.repeat(100 * 1024);
      for (let left = 2 * size; left > 0; left -= piece.length) writeSync(file, piece.slice(0, Math.min(left, piece.length)));
      writeSync(file, '"}\n');
    },
    close() {
      flush();
      closeSync(file);
    },
  };
};

const hex = (text) => Buffer.from(text, 'latin1').toString('hex');

/** `results` results against `targets` targets; one of ten fails, with its conversation. */
export const writeLargeLog = (folder, results, targets) => {
  const log = writer(folder);
  log.header(header('real'));
  log.add({ ev: 'run.start', command: ['halley', 'run'], seed: '1', clock: 'real', strength: 'full', environment: {} });
  for (let target = 0; target < targets; target += 1) log.add({ ev: 'target.ready', target: `server-${target}`, version: '1', role: 'server', endpoints: {}, capabilities: {} });
  const instances = results / targets;
  const perScenario = 5;
  for (let at = 0; at < instances / perScenario; at += 1) {
    log.add({ ev: 'scenario', id: `ws/family-${at % 12}/scenario-${at}`, rev: 1, title: `What a server does with the ${at}th thing`, file: `scenarios/${at}.yaml`, line: 1, kind: 'conformance', sut: 'server', tags: ['a'],
      requirements: [{ name: 'close', ledger: `rfc6455/5.${at % 40}-rule-${at % 90}`, ref: `RFC 6455 §5.${at % 40}`, level: 'MUST', says: `Statement ${at % 90} of what a server must do.`, basis: 'explicit' }] });
  }
  for (let target = 0; target < targets; target += 1) {
    for (let at = 0; at < instances; at += 1) {
      const scenario = `ws/family-${Math.floor(at / perScenario) % 12}/scenario-${Math.floor(at / perScenario)}`;
      const instance = `${scenario}[n=${at % perScenario}]`;
      const of = { instance, actor: 'client', conn: 'c1' };
      const verdict = (at + target) % 10 === 0 ? 'fail' : 'pass';
      log.add({ ev: 'instance.start', instance, scenario, params: { n: at % perScenario }, target: `server-${target}`, attempt: 1, segmentation: 'whole', seed: '1' });
      log.add({ ev: 'conn.open', ...of, role: 'client', local: '127.0.0.1:1', remote: '127.0.0.1:2', endpoint: 'ws.echo' });
      log.add({ ev: 'wire.out', ...of, dir: 'out', off: 0, len: 8, hex: '8182010203045060' });
      log.add({ ev: 'ws.frame', ...of, dir: 'out', off: 0, len: 8, fin: true, opcode: 'text', mask: '01020304', form: '7', size: 2, hex: '5162' });
      log.add({ ev: 'wire.in', ...of, dir: 'in', off: 0, len: 4, hex: '81025162' });
      log.add({ ev: 'ws.frame', ...of, dir: 'in', off: 0, len: 4, fin: true, opcode: 'text', form: '7', size: 2, hex: '5162' });
      if (verdict === 'fail') {
        log.add({ ev: 'check', instance, source: 'step', requirement: 'close', ref: 'RFC 6455 §5.1', level: 'MUST', says: 'A server closes.', expected: 'close-1002', got: `frame ${at}`, line: 9, step: 1, at: { conn: 'c1', dir: 'in', off: 0, len: 4, frame: at } });
      }
      log.add({ ev: 'instance.end', instance, scenario, target: `server-${target}`, attempt: 1, verdict, variants: [verdict === 'fail' ? 'answered' : 'close-1002'], violates: verdict === 'fail' ? ['close'] : [],
        observed: verdict === 'fail' ? 'answered' : 'close-1002', duration_ms: (at * 7919) % 1000, close: { by: 'target', how: 'fin' }, frames: [at * 8, at * 8 + 7] });
    }
  }
  log.add({ ev: 'run.end', exit: 1, counts: {}, interrupted: false });
  log.close();
};

export const hostile = '</script><img src=x onerror="window.hacked=1"><!--"\'`&amp;\u001b[31m\u001b]0;x\u0007\u202e\u2066\u061c\u200f\u0000\ud7ff{{x}}${x}@DATA@</title></style><svg onload=alert(1)>';

/** Every text is `hostile`, every number may be something else; one body has `size` octets. */
export const writeHostileLog = (folder, size) => {
  const log = writer(folder);
  const long = `${hostile}${'A'.repeat(300000)}`;
  log.header({ ...header('real'), run: hostile, tool: { name: hostile, version: [hostile] } });
  log.add({ ev: 'run.start', command: [hostile, long], seed: hostile, clock: hostile, strength: hostile, filter: long, environment: { [hostile]: hostile, deep: JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) } });
  log.add({ ev: 'target.ready', target: hostile, version: long, role: hostile, endpoints: { [hostile]: `javascript:${hostile}`, __proto__x: { a: hostile } }, capabilities: { [hostile]: true } });
  for (let line = 0; line < 300; line += 1) log.add({ ev: 'target.log', target: hostile, line: line === 299 ? long : hostile });
  log.add({ ev: 'scenario', id: hostile, title: hostile, file: hostile, kind: hostile, tags: [hostile], requirements: [
    { name: hostile, ledger: hostile, ref: `RFC 6455 §5.1"><img src=x>${hostile}`, level: hostile, says: long, basis: hostile },
    { name: 'constructor', ledger: '__proto__', ref: 'javascript:alert(1)', level: 'MUST', says: hostile, basis: hostile }] });
  const events = ['conn.open', 'http.request', 'http.response', 'http.chunk', 'http.body', 'http.trailer', 'http.end', 'ws.frame', 'ws.message', 'ws.close', 'sse.event', 'sse.comment', 'sse.retry',
    'tcp.fin', 'tcp.rst', 'tcp.error', 'tunnel.open', 'wire.fault', 'hook', 'step.start', 'step.end', 'constructor', '__proto__', hostile];
  for (const [at, instance] of [hostile, `constructor[${hostile}]`, `__proto__${hostile}`, '..%2f%zz#?&/'].entries()) {
    log.add({ ev: 'instance.start', instance, scenario: at === 2 ? 'nowhere' : hostile, params: { [hostile]: { a: [hostile] }, constructor: 1 }, target: hostile, segmentation: hostile, network: hostile, seed: hostile });
    const of = { instance, actor: hostile, conn: at % 2 ? 'c1' : hostile };
    log.add({ ev: 'wire.in', ...of, dir: 'in', off: 0, len: 60, hex: hex(hostile.slice(0, 60)) });
    for (const ev of events) {
      const text = { method: hostile, target: hostile, version: hostile, status: hostile, reason: hostile, start: hostile, type: hostile, data: hostile, id: hostile, text: hostile, name: hostile, opcode: hostile, mask: hostile, endpoint: hostile,
        remote: hostile, protocol: hostile, error: hostile, code: hostile, extension: hostile, label: hostile, [hostile]: hostile };
      log.add({ ev, ...of, dir: 'in', off: 0, len: 60, fields: [[hostile, hostile], [long, long]], size: hostile, hex: hex(hostile), ...text });
      log.add({ ev, ...of, dir: hostile, off: hostile, len: { a: 1 }, t: 'never', fields: hostile, size: [1], hex: 7, step: { a: 1 }, line: hostile });
      log.add({ ev, ...of, dir: 'out', off: -5, len: 1e300, t: -1e300, fields: [7, [[]]], size: null, milliseconds: 'x', form: '64', mask: true });
    }
    if (at === 0) log.addOctets({ ev: 'wire.in', ...of, dir: 'in', off: 60 }, size);
    log.add({ ev: 'check', instance, source: hostile, requirement: hostile, ledger: hostile, ref: hostile, level: hostile, says: long, expected: long, got: hostile, message: hostile, step: 1, line: 2, at: { conn: of.conn, dir: 'in', off: 0, len: 60, frame: 1 } });
    log.add({ ev: 'check', instance, source: hostile, requirement: 'constructor', ref: 'RFC 6455', level: 'MUST', says: hostile, expected: hostile, got: hostile, at: { conn: of.conn, dir: 'in', off: 60, len: size } });
    log.add({ ev: 'instance.end', instance, scenario: hostile, target: hostile, verdict: 'fail', variants: [hostile, long], violates: [hostile], observed: hostile, duration_ms: 5, close: { by: { a: 1 }, how: hostile }, frames: [1, 2], skip: { reason: hostile, from: hostile }, error: { cause: hostile, text: hostile } });
  }
  log.add({ ev: 'run.end', exit: 1, counts: {}, interrupted: false });
  log.close();
};

/** One failing instance whose conversation has `rows` messages; of a log that long the report holds the ends. */
export const writeLongLog = (folder, rows) => {
  const log = writer(folder);
  log.header(header('real'));
  const instance = 'ws/long';
  log.add({ ev: 'target.ready', target: 'server', version: '1', role: 'server', endpoints: {}, capabilities: {} });
  log.add({ ev: 'instance.start', instance, scenario: 'ws/long', params: {}, target: 'server', attempt: 1 });
  log.add({ ev: 'target.log', target: 'server', line: 'too early', t: -1000 });
  log.add({ ev: 'target.log', target: 'server', line: 'a connection' });
  log.add({ ev: 'target.log', target: 'server', line: 'too late', t: 9e6 });
  for (let at = 0; at < rows; at += 1) log.add({ ev: 'ws.frame', instance, conn: 'c1', dir: at % 2 ? 'in' : 'out', off: at * 4, len: 4, fin: true, opcode: 'ping', form: '7', size: 2 });
  log.add({ ev: 'instance.end', instance, scenario: 'ws/long', target: 'server', attempt: 1, verdict: 'fail', variants: [], violates: [], observed: 'x', duration_ms: rows, close: {}, frames: [7, 9000] });
  log.add({ ev: 'run.end', exit: 1, counts: {}, interrupted: false });
  log.close();
};
