// Captures that are written packet by packet: everything that a page about a capture can show, and what nobody would capture.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** Writes a pcap (microseconds, raw IPv4). `add(t, from, to, segment)`: ports at 10.0.0.1 (clients, above 1023) or 10.0.0.2. */
const writer = () => {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262144, 16);
  head.writeUInt32LE(101, 20);
  const packets = [];
  return {
    add(t, { from, to, seq, ack, flags, data = Buffer.alloc(0) }) {
      const packet = Buffer.alloc(16 + 40);
      const micros = Math.round(t * 1000);
      packet.writeUInt32LE(1767225600 + Math.floor(micros / 1e6), 0);
      packet.writeUInt32LE(micros % 1e6, 4);
      packet.writeUInt32LE(40 + data.length, 8);
      packet.writeUInt32LE(40 + data.length, 12);
      packet[16] = 0x45;
      packet.writeUInt16BE(40 + data.length, 18);
      packet[24] = 64;
      packet[25] = 6;
      const host = (port) => (port > 1023 ? 1 : 2);
      packet.writeUInt32BE(0x0a000000 + host(from), 28);
      packet.writeUInt32BE(0x0a000000 + host(to), 32);
      packet.writeUInt16BE(from, 36);
      packet.writeUInt16BE(to, 38);
      packet.writeUInt32BE(seq >>> 0, 40);
      packet.writeUInt32BE(ack >>> 0, 44);
      packet[48] = 0x50;
      packet[49] = flags;
      packet.writeUInt16BE(65535, 50);
      packets.push([micros, packets.length, Buffer.concat([packet, data])]);
    },
    /** Packets in the order of their times. */
    close: (file) => writeFileSync(file, Buffer.concat([head, ...packets.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , packet]) => packet)])),
  };
};

const flag = { fin: 1, syn: 2, rst: 4, ack: 16 };

/** One connection; each deed comes `after` milliseconds behind the last one. */
const connection = (to, t, client, server = 80) => {
  const seq = { client: 1000, server: 5000 };
  let now = t;
  const segment = (by, flags, data, sent = true) => {
    const other = by === 'client' ? 'server' : 'client';
    const [from, at] = by === 'client' ? [client, server] : [server, client];
    if (sent) to.add(now, { from, to: at, seq: seq[by], ack: seq[other], flags, data });
    seq[by] += (data ? data.length : 0) + (flags & (flag.syn | flag.fin) ? 1 : 0);
  };
  const made = {
    open() {
      segment('client', flag.syn);
      segment('server', flag.syn | flag.ack);
      return made;
    },
    wait(length) {
      now += length;
      return made;
    },
    say(by, data, after = 1) {
      now += after;
      segment(by, flag.ack, Buffer.isBuffer(data) ? data : Buffer.from(data, 'latin1'));
      return made;
    },
    /** Sent, and not captured. */
    lose(by, data, after = 1) {
      now += after;
      segment(by, flag.ack, Buffer.from(data, 'latin1'), false);
      return made;
    },
    end(by, after = 1) {
      now += after;
      segment(by, flag.fin | flag.ack);
      return made;
    },
    reset(by, after = 1) {
      now += after;
      segment(by, flag.rst | flag.ack);
      return made;
    },
  };
  return made;
};

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
const asksWebSocket = (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
const getsWebSocket = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;

/** A frame of less than 126 octets. */
const frame = (opcode, text, mask = null, first = 0x80) => {
  const payload = Buffer.from(text, 'latin1');
  if (!mask) return Buffer.concat([Buffer.from([first | opcode, payload.length]), payload]);
  return Buffer.concat([Buffer.from([first | opcode, 0x80 | payload.length, ...mask]), Buffer.from(payload.map((octet, at) => octet ^ mask[at % 4]))]);
};

const answer = (body) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const ask = (path, more = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;

/**
 * Seven connections: 1 WebSocket with a masked frame of the server, a silence and a Close; 2 an event stream that is reset; 3 octets lost
 * inside a body; 4 a tunnel with a fault inside; 5 octets lost that hide a border; 6 no HTTP; 7 one that begins before the capture.
 */
export const writeTalks = (file) => {
  const to = writer();
  connection(to, 0, 40001).open().say('client', asksWebSocket('/chat')).say('server', getsWebSocket, 12)
    .say('client', frame(1, 'hello', [1, 2, 3, 4])).say('server', frame(1, 'hello'), 7).wait(2500)
    .say('server', frame(1, 'masked by mistake', [9, 8, 7, 6])).say('client', frame(9, 'still there?', [5, 6, 7, 8]), 300).say('server', frame(10, 'still there?'), 4)
    .say('client', frame(8, '\x03\xe8', [2, 3, 4, 5])).say('server', frame(8, '\x03\xe8')).end('server').end('client').say('server', '', 1);
  connection(to, 100, 40002).open().say('client', ask('/events', 'Accept: text/event-stream\r\n'))
    .say('server', `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('id: 1\ndata: first\n\n')}`, 9)
    .say('server', chunk('id: 2\ndata: second\n\n'), 200).say('server', chunk('id: 3\ndata: third\n\n'), 1700).reset('client', 50);
  connection(to, 300, 40003).open().say('client', ask('/large')).say('server', `HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n${'a'.repeat(1000)}`, 30)
    .lose('server', 'b'.repeat(1000)).say('server', 'c'.repeat(1000)).say('client', ask('/next'), 5).say('server', answer('done'), 8).end('client').end('server');
  connection(to, 700, 40004).open().say('client', 'CONNECT b:80 HTTP/1.1\r\nHost: b:80\r\n\r\n').say('server', 'HTTP/1.1 200 OK\r\n\r\n', 20)
    .say('client', 'GET /inside HTTP/1.1\r\nHost: b\r\nHost: c\r\n\r\n').say('server', answer('inner'), 15).end('client').end('server');
  connection(to, 900, 40005).open().say('client', ask('/cut')).say('server', answer('one'), 5).lose('client', ask('/unseen')).say('client', ask('/behind'))
    .say('server', answer('two'), 5).say('server', answer('three')).end('client').end('server');
  connection(to, 1200, 40006, 443).open().say('client', '\x00\x01\x02\x03 no protocol that is known').say('server', '\xff\xfe\xfd').end('client').end('server');
  connection(to, 1500, 40007).say('client', ask('/late')).say('server', answer('late'), 6).end('server').end('client');
  to.close(file);
};

/** `count` short connections; one of a hundred breaks a rule, one of seven speaks WebSocket. */
export const writeManyFlows = (file, count) => {
  const to = writer();
  for (let at = 0; at < count; at += 1) {
    const one = connection(to, at * 3, 1024 + (at % 60000)).open();
    if (at % 7 === 0) {
      one.say('client', asksWebSocket(`/chat/${at % 40}`)).say('server', getsWebSocket, 4).say('client', frame(1, `message ${at}`, [at % 200, 2, 3, 4])).say('server', frame(1, `message ${at}`, at % 100 === 0 ? [1, 1, 1, 1] : null), 3)
        .say('client', frame(8, '\x03\xe8', [7, at % 200, 3, 4]), 900).say('server', frame(8, '\x03\xe8'));
    } else {
      one.say('client', at % 100 === 1 ? 'GET /no-host HTTP/1.1\r\n\r\n' : ask(`/path/${at}`)).say('server', answer(`answer ${at}`), 2 + (at % 50));
    }
    one.end('client').end('server');
  }
  to.close(file);
};

export const hostileText = '</script><img src=x onerror="window.hacked=1"><!--"\'`&amp;\u001b[31m\u001b]0;x\u0007\u202e\u2066\u061c\u200f{{x}}${x}@DATA@</title></style><svg onload=alert(1)>';

/** Everything that a peer can say is meant to do harm, and large. */
export const writeHostile = (file, size) => {
  const utf8 = Buffer.from(hostileText).toString('latin1');
  const safeInHead = utf8.replace(/[\r\n]/g, '');
  const to = writer();
  const long = 'A'.repeat(size);
  connection(to, 0, 40001).open().say('client', `GET /${safeInHead.replaceAll(' ', '%20')} HTTP/1.1\r\nHost: ${safeInHead}\r\n${safeInHead}: ${safeInHead}\r\n\r\n`)
    .say('server', `HTTP/1.1 200 ${safeInHead}\r\nContent-Type: ${safeInHead}\r\nContent-Length: ${utf8.length}\r\n\r\n${utf8}`).end('client').end('server');
  const ws = connection(to, 10, 40002).open().say('client', asksWebSocket(`/${safeInHead.replaceAll(' ', '%20')}`)).say('server', getsWebSocket);
  for (const text of [utf8.slice(0, 120), '\xff\xc1\xed\xa0\x80', '\x00\x1b[2J']) ws.say('server', frame(1, text)).say('client', frame(1, text, [1, 2, 3, 4]));
  ws.say('server', frame(8, `\x03\xed${utf8.slice(0, 100)}`)).say('client', frame(11, utf8.slice(0, 100), [0, 0, 0, 0])).reset('server');
  connection(to, 20, 40003).open().say('client', ask('/events'))
    .say('server', `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(`event: ${safeInHead}\nid: ${safeInHead}\ndata: ${safeInHead}\n\n:${safeInHead}\n\n`)}`).say('server', `zz;${safeInHead}\r\n`).reset('server');
  const large = connection(to, 30, 40004).open().say('client', `GET /${'x'.repeat(20000)} HTTP/1.1\r\nHost: a\r\n${`a: ${'y'.repeat(200)}\r\n`.repeat(150)}\r\n`).say('server', `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
  for (let at = 0; at < size; at += 40000) large.say('server', long.slice(at, at + 40000), 0);
  large.end('server');
  connection(to, 40, 40005).open().say('client', `CONNECT ${safeInHead} HTTP/1.1\r\n\r\n`).say('server', 'HTTP/1.1 200 OK\r\n\r\n').say('client', `CONNECT ${safeInHead} HTTP/1.1\r\n\r\n`).say('server', utf8).say('client', utf8);
  connection(to, 50, 40006).open().say('client', utf8).say('server', utf8);
  to.close(file);
};

/** A copy of the pcapng `file` without every packet whose number `leaveOut` names, as a capture that missed some. */
export const writeWithout = (file, copy, leaveOut) => {
  const whole = readFileSync(file);
  const kept = [];
  let packets = 0;
  for (let at = 0; at + 12 <= whole.length;) {
    const length = whole.readUInt32LE(at + 4);
    const isPacket = whole.readUInt32LE(at) === 6;
    if (isPacket) packets += 1;
    if (!isPacket || !leaveOut(packets, length)) kept.push(whole.subarray(at, at + length));
    at += length;
  }
  writeFileSync(copy, Buffer.concat(kept));
};
