// What an event of the log is called in a ladder, and what is known of it beside its octets.

const sizes = (event) => (event.size === undefined ? '' : ` ${event.size}`);
const quoted = (text) => (text === undefined || text === '' ? '' : ` “${shown(text, 60)}”`);

const names = new Map(Object.entries({
  'conn.open': (event) => (event.role === 'client' ? `connects to ${event.endpoint || event.remote}` : `takes a connection from ${event.remote}`),
  'http.request': (event) => `${event.method} ${event.target}`,
  'http.response': (event) => `${event.status} ${event.reason || ''}${Number.isFinite(event.after) ? ` after ${milliseconds(event.after)}` : ''}`,
  'http.chunk': (event) => (event.size === 0 ? 'last chunk' : `chunk of ${event.size}`),
  'http.body': (event) => `body${sizes(event)}${quoted(event.text)}`,
  'http.trailer': () => 'trailer section',
  'http.end': (event) => (event.complete === false ? 'message ends, incomplete' : 'end of message'),
  'ws.frame': (event) => `${String(event.opcode).toUpperCase()}${sizes(event)}${event.fin === false ? ', more follows' : ''}`
    + `${event.rsv ? `, RSV ${event.rsv}` : ''}${event.mask ? ', masked' : ''}`,
  'ws.message': (event) => `${event.type} message${sizes(event)}${event.compressed ? ', inflated' : ''}${quoted(event.text)}`,
  'ws.close': (event) => `Close${event.code === undefined ? ' without a code' : ` ${event.code}`}${quoted(event.reason)}`,
  'sse.event': (event) => `event ${event.type || 'message'}${event.id === undefined ? '' : ` #${shown(event.id, 20)}`}${quoted(event.data)}`,
  'sse.comment': (event) => `comment${quoted(event.text)}`,
  'sse.retry': (event) => `retry ${event.milliseconds} ms`,
  'tcp.fin': () => 'FIN',
  'tcp.rst': () => 'RST',
  'tcp.error': (event) => `connection error${quoted(event.text)}`,
  'tunnel.open': (event) => `HTTP ends, ${event.protocol} begins`,
  'wire.fault': (event) => `fault: ${event.error}`,
  'wire.out': (event) => plural(number(event.len), 'octet'),
  'wire.in': (event) => plural(number(event.len), 'octet'),
}));

const described = (event) => `${shown((names.get(event.ev) || (() => event.ev))(event), 160)}${event.missing > 0 ? `, ${plural(number(event.missing), 'octet')} missing` : ''}`;

const notFacts = new Set(['ev', 'seq', 't', 'instance', 'conn', 'dir', 'off', 'len', 'hex', 'actor', 'fields', 'truncated', 'start', 'mask', 'after', 'depth']);

/** The decoded fields of an event. */
const facts = (event) => {
  const rows = [];
  const add = (name, value) => rows.push(el('dt', {}, shown(name, 60)), el('dd', {}, shown(typeof value === 'object' ? JSON.stringify(value) : value, 600)));
  if (event.start) add(event.ev === 'http.request' ? 'request line' : 'status line', event.start);
  for (const [name, value] of Object.entries(event)) if (!notFacts.has(name) && value !== '' && !name.endsWith('_hex')) add(name, value);
  if (event.mask) add('masking key', event.mask);
  for (const field of Array.isArray(event.fields) ? event.fields : []) if (Array.isArray(field)) add(field[0], field[1]);
  if (event.off !== undefined) add('octets', event.len > 0 ? `${event.off} to ${event.off + event.len - 1}` : `at ${event.off}`);
  return el('dl', {}, rows);
};
