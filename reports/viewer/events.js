// What an event of the log is called in a ladder, and what is known of it beside its octets.

const sizes = (event) => (event.size === undefined ? '' : ` ${event.size}`);
const quoted = (text) => (text === undefined ? '' : ` “${shown(text, 60)}”`);

const names = {
  'conn.open': (event) => (event.role === 'client' ? `connects to ${event.endpoint || event.remote}` : `takes a connection from ${event.remote}`),
  'http.request': (event) => `${event.method} ${event.target}`,
  'http.response': (event) => `${event.status} ${event.reason || ''}`,
  'http.chunk': (event) => `chunk of ${event.size}`,
  'http.body': (event) => `body${sizes(event)}`,
  'http.trailer': () => 'trailer section',
  'http.end': (event) => (event.complete === false ? 'end, incomplete' : 'end of message'),
  'ws.frame': (event) => `${String(event.opcode).toUpperCase()}${sizes(event)}${event.fin === false ? ', more follows' : ''}`
    + `${event.rsv ? `, RSV ${event.rsv}` : ''}${event.mask ? ', masked' : ''}`,
  'ws.message': (event) => `${event.type} message${sizes(event)}${event.compressed ? ', inflated' : ''}`,
  'ws.close': (event) => `Close${event.code === undefined ? '' : ` ${event.code}`}${event.reason ? quoted(event.reason) : ''}`,
  'sse.event': (event) => `event ${event.type || 'message'}${event.id === undefined ? '' : ` #${shown(event.id, 20)}`}${quoted(event.data)}`,
  'sse.comment': (event) => `comment${quoted(event.text)}`,
  'sse.retry': (event) => `retry ${event.milliseconds} ms`,
  'tcp.fin': () => 'FIN',
  'tcp.rst': () => 'RST',
  'tcp.error': (event) => `connection error${quoted(event.text)}`,
  'tunnel.open': (event) => `HTTP ends, ${event.protocol} begins`,
  'wire.fault': (event) => `fault: ${event.error}`,
  'wire.out': (event) => plural(event.len, 'octet'),
  'wire.in': (event) => plural(event.len, 'octet'),
};

const described = (event) => shown((names[event.ev] || (() => event.ev))(event), 160);

const notFacts = new Set(['ev', 'seq', 't', 'instance', 'conn', 'dir', 'off', 'len', 'hex', 'actor', 'fields', 'truncated']);

/** The decoded fields of an event. */
const facts = (event) => {
  const rows = [];
  const add = (name, value) => rows.push(el('dt', {}, shown(name, 60)), el('dd', {}, shown(typeof value === 'object' ? JSON.stringify(value) : value, 600)));
  for (const [name, value] of Object.entries(event)) if (!notFacts.has(name) && value !== '' && !name.endsWith('_hex')) add(name, value);
  for (const [name, value] of event.fields || []) add(name, value);
  if (event.off !== undefined) add('octets', `${event.off} to ${event.off + event.len}, ${event.dir === 'out' ? 'from Halley' : 'to Halley'}`);
  return el('dl', {}, rows);
};
