// Octets of a connection, put together from what was written and read.

const bytesOf = (hex) => {
  const text = typeof hex === 'string' ? hex : '';
  const bytes = [];
  for (let at = 0; at + 1 < text.length; at += 2) bytes.push(parseInt(text.slice(at, at + 2), 16) || 0);
  return bytes;
};

/** Takes wire.out and wire.in events; gives what lies at (conn, dir, off), as far as the report holds it. */
const octetStore = (events) => {
  const pieces = new Map();
  for (const event of events) {
    if (event.ev !== 'wire.out' && event.ev !== 'wire.in') continue;
    const key = `${event.conn} ${event.dir}`;
    if (!pieces.has(key)) pieces.set(key, []);
    pieces.get(key).push({ off: number(event.off), bytes: bytesOf(event.hex), len: number(event.len) });
  }
  return {
    at(conn, dir, off, len) {
      const found = [];
      for (const piece of pieces.get(`${conn} ${dir}`) || []) {
        const from = Math.max(off, piece.off);
        const to = Math.min(off + len, piece.off + piece.bytes.length);
        if (from > off + found.length) break; // a hole: what lies behind it would stand at a wrong offset
        for (let at = Math.max(from, off + found.length); at < to; at += 1) found.push(piece.bytes[at - piece.off]);
      }
      return found;
    },
  };
};

const octetLimit = 2048;

/** Octets of a WebSocket frame's header: RFC 6455 §5.2. */
const headerOctets = (event) => (event.ev === 'ws.frame' ? 2 + ({ 16: 2, 64: 8 }[event.form] || 0) + (event.mask ? 4 : 0) : 0);

/** Hex and US-ASCII side by side, 16 octets a line; the first `header` of them stand out. */
const hexDump = (bytes, off, header = 0) => {
  const parts = [];
  for (let at = 0; at < Math.min(bytes.length, octetLimit); at += 16) {
    const row = bytes.slice(at, at + 16);
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0'));
    const text = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·')).join('');
    const line = `${hex.slice(0, 8).join(' ').padEnd(23)}  ${hex.slice(8).join(' ').padEnd(23)}  ${text}\n`;
    const strong = Math.max(0, Math.min(header - at, row.length));
    const width = strong === 0 ? 0 : strong * 3 - 1 + (strong > 8 ? 1 : 0);
    parts.push(`${String(off + at).padStart(8)}  `, width > 0 ? el('b', {}, line.slice(0, width)) : null, line.slice(width));
  }
  if (bytes.length > octetLimit) parts.push(`… ${plural(bytes.length - octetLimit, 'octet')} more\n`);
  return present(parts);
};

/** The octets of an event or of a check's evidence, with what is missing of them said. */
const octetsPart = (name, bytes, { off, len, header = 0, where = '' }) => {
  if (bytes.length === 0) return null;
  const missing = len > bytes.length ? el('p', { class: 'soft' }, `${plural(len - bytes.length, 'octet')} more: omitted, see ${where}`) : null;
  return [el('pre', { class: 'octets', tabindex: '0', 'aria-label': name }, hexDump(bytes, off, header)), missing];
};
