// Octets of a connection, put together from what was written and read.

const bytesOf = (hex) => (hex.match(/../g) || []).map((pair) => parseInt(pair, 16));

/** Takes wire.out and wire.in events; gives what lies at (conn, dir, off). */
const octetStore = (events) => {
  const pieces = new Map();
  for (const event of events) {
    if (event.ev !== 'wire.out' && event.ev !== 'wire.in') continue;
    const key = `${event.conn} ${event.dir}`;
    if (!pieces.has(key)) pieces.set(key, []);
    pieces.get(key).push({ off: event.off, bytes: bytesOf(event.hex || ''), len: event.len });
  }
  return {
    at(conn, dir, off, len) {
      const found = [];
      for (const piece of pieces.get(`${conn} ${dir}`) || []) {
        const from = Math.max(off, piece.off);
        const to = Math.min(off + len, piece.off + piece.bytes.length);
        if (from < to) found.push(...piece.bytes.slice(from - piece.off, to - piece.off));
      }
      return found;
    },
  };
};

const octetLimit = 2048;

/** Hex and US-ASCII side by side, 16 octets a line. */
const hexDump = (bytes, off) => {
  const lines = [];
  for (let at = 0; at < Math.min(bytes.length, octetLimit); at += 16) {
    const row = bytes.slice(at, at + 16);
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0'));
    const text = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${String(off + at).padStart(8)}  ${hex.slice(0, 8).join(' ').padEnd(23)}  ${hex.slice(8).join(' ').padEnd(23)}  ${text}`);
  }
  if (bytes.length > octetLimit) lines.push(`… ${bytes.length - octetLimit} octets more`);
  return lines.join('\n');
};
