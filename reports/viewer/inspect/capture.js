// The capture as the views look at it.

const weights = {
  violation: { glyph: '✗', word: 'violation', look: 'fail' },
  should: { glyph: '!', word: 'should', look: 'warn' },
  info: { glyph: 'i', word: 'info', look: 'info' },
};
const gravest = ['violation', 'should', 'info'];

const list = (value) => (Array.isArray(value) ? value : []);

/** The gravest of some findings, "" for none. */
const worstOf = (findings) => gravest.find((weight) => findings.some((one) => one.severity === weight)) || '';

const octetsText = (count) => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = number(count);
  let unit = 0;
  for (; value >= 999.5 && unit + 1 < units.length; unit += 1) value /= 1000;
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(value >= 9.995 ? 1 : 2)} ${units[unit]}`;
};

const count = (value) => number(value).toLocaleString('en');

const flowAddress = (flow) => `#/f/${flow.number}`;

/** The colour of a protocol: that of what is innermost. */
const protocolLook = (name) => {
  const last = String(name).split(' → ').pop();
  return ['ws', 'http', 'sse', 'tls', 'tunnel'].includes(last) ? last : 'other';
};

/** How a connection ended: with a Close frame, FIN or RST; "open" where the capture does not show it. */
const endOf = (flow) => {
  const ends = flow.ends || {};
  const by = ['client', 'server'].find((side) => ends[side] === 'rst');
  if (flow.close) return { how: 'close', text: `close ${flow.close.code === undefined ? 'without code' : flow.close.code} by ${shown(flow.close.by, 10)}`, rst: Boolean(by) };
  if (by) return { how: 'rst', text: `reset by ${by}`, rst: true };
  const fin = ['client', 'server'].filter((side) => ends[side] === 'fin');
  if (fin.length > 0) return { how: 'fin', text: fin.length === 2 ? 'closed' : `closed by ${fin[0]}`, rst: false };
  return { how: 'open', text: 'no end seen', rst: false };
};

/** What most of a connection was about: messages or events, else requests. */
const mainContentOf = ({ counts }) => {
  if (number(counts.ws_messages) > 0) return plural(counts.ws_messages, 'message');
  if (number(counts.sse_events) > 0) return plural(counts.sse_events, 'event');
  if (number(counts.ws_frames) > 0) return plural(counts.ws_frames, 'frame');
  return number(counts.requests) > 0 ? plural(counts.requests, 'request') : '';
};

const contentsOf = (counts) => {
  const words = [['requests', 'request'], ['ws_messages', 'message'], ['sse_events', 'event']];
  const said = words.filter(([name]) => number(counts[name]) > 0).map(([name, word]) => plural(counts[name], word));
  if (said.length < 2 && number(counts.ws_frames) > 0 && number(counts.ws_messages) === 0) said.push(plural(counts.ws_frames, 'frame'));
  return said.join(', ');
};

/** The capture, with what the views look up. */
const prepared = (capture) => {
  capture.byNumber = new Map(capture.flows.map((flow) => [flow.number, flow]));
  for (const flow of capture.flows) {
    flow.worst = worstOf(flow.findings);
    flow.end = endOf(flow);
    flow.silences = list(flow.silences);
    flow.losses = list(flow.losses);
    flow.total = number(flow.octets.client) + number(flow.octets.server);
    flow.lost = number(flow.missing.client) + number(flow.missing.server);
    flow.text = `${flow.number} ${flow.protocol} ${flow.about} ${flow.client} ${flow.server} ${flow.end.text}`.toLowerCase();
  }
  capture.telling = capture.flows.filter((flow) => flow.findings.length > 0);
  capture.length = Math.max(0.001, number(capture.capture.duration_ms), ...capture.flows.map((flow) => flow.started_ms + flow.duration_ms));
  return capture;
};

const framesOfFlow = (capture, flow) => (flow.last_frame ? `frames ${count(flow.frame)}–${count(flow.last_frame)} of ${shown(capture.capture.file, 200)}` : `frame ${count(flow.frame)} and on of ${shown(capture.capture.file, 200)}`);

/** What a reader is told between events, and how long each response took. */
const annotated = (flow, events) => {
  const asked = new Map(); // by tunnel
  const all = events.map((event) => {
    const depth = number(event.depth);
    const one = { ...event, conn: event.dir ? 'tcp' : '' };
    if (event.ev === 'view.omitted') one.text = `${plural(event.count, 'event')} omitted: see frames ${list(event.frames).map(count).join('–')}`;
    if (event.ev === 'view.lost') one.text = `${plural(number(event.count), 'octet')} of the ${shown(event.side, 10)} not captured`;
    if (event.ev === 'http.end' && event.dir === 'out') asked.set(depth, [...(asked.get(depth) || []), event.t]);
    if (event.ev === 'http.response' && (event.status >= 200 || event.status === 101) && asked.get(depth)?.length > 0) one.after = Math.max(0, event.t - asked.get(depth).shift());
    return one;
  });
  // What is seen without being told: that a message is whole, that WebSocket begins, a fault that is a finding, octets
  // that stand for missing ones.
  const isTold = (event) => (event.ev === 'http.end' && event.complete !== false) || (event.ev === 'tunnel.open' && event.protocol === 'websocket')
    || (event.ev === 'wire.fault' && flow.findings.some(({ at }) => at.off === event.off && (at.side === 'client') === (event.dir === 'out')))
    || (event.ev === 'http.body' && event.missing > 0 && event.missing >= event.size);
  // Octets that the capture swapped are read later than they came.
  const rows = all.filter((event) => !isTold(event)).sort((a, b) => a.t - b.t);
  for (const left of flow.not_judged) {
    const sides = { client: ['out'], server: ['in'] }[left.side] || ['out', 'in'];
    const behind = rows.findIndex((event) => (left.frame && event.frame ? event.frame >= left.frame && event.ev !== 'view.lost' : sides.includes(event.dir) && event.off >= left.off));
    const at = behind < 0 ? rows.length : behind;
    const t = (rows[at] || rows[rows.length - 1] || { t: flow.started_ms }).t;
    rows.splice(at, 0, { ev: 'view.unjudged', t, conn: '', text: `not judged from here on, ${left.side === 'both' ? 'both sides' : left.side}: ${shown(left.reason, 300)}` });
  }
  return rows;
};

/** The conversation of a connection: events and metrics; null where the file does not hold it. */
const conversationOf = async (flow) => {
  if (flow.block === undefined) return null;
  const held = (await blockOf(flow.block))[flow.number];
  return held ? { events: annotated(flow, list(held.events)), metrics: list(held.metrics) } : null;
};
