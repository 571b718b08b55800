// The ladder of one instance: time goes down, Halley stands on the left, whoever it speaks with on the right.

const silence = 1000; // milliseconds; a longer one is said
const foldBeyond = 240; // rows; of a longer conversation the middle is folded

/** The events worth a row: octets only where nothing was made of them. */
const ladderEvents = (events) => {
  const decoded = events.filter((event) => event.dir && !event.ev.startsWith('wire.') && event.len > 0);
  const ofStream = grouped(decoded, (event) => `${event.conn} ${event.dir}`);
  const isDecoded = (wire) => (ofStream.get(`${wire.conn} ${wire.dir}`) || [])
    .some((event) => event.off < wire.off + wire.len && wire.off < event.off + event.len);
  return events.filter((event) => {
    if (event.ev === 'wire.out' || event.ev === 'wire.in') return !isDecoded(event);
    return event.dir || event.ev === 'conn.open' || event.ev.startsWith('app.') || event.ev === 'check'
      || event.ev === 'step.start' || event.ev === 'hook';
  });
};

/** Events of the same octets share a row: a frame and the message that it completes, a chunk and what it holds. */
const ladderRows = (events) => {
  const rows = [];
  const whole = events.filter((event) => event.len > 0 && event.dir && !event.ev.startsWith('wire.'));
  // A fault of octets that are decoded as well: their own row has the arrow.
  const alsoDecoded = (fault) => whole.some((event) => event.conn === fault.conn && event.dir === fault.dir && event.off <= fault.off && fault.off < event.off + event.len);
  for (const event of ladderEvents(events)) {
    const last = rows[rows.length - 1];
    const same = last && event.dir && last.dir === event.dir && last.conn === event.conn && event.len > 0
      && !event.ev.startsWith('wire.') && event.off >= last.off && event.off + event.len <= last.off + last.len;
    const content = last && event.ev === 'http.body' && last.events.length === 1 && last.events[0].ev === 'http.chunk'
      && last.conn === event.conn && last.dir === event.dir && last.off + last.len === event.off;
    if (content) last.len += event.len;
    if (same || content) last.events.push(event);
    else rows.push({ isNote: event.ev === 'wire.fault' && alsoDecoded(event),
       events: [event], t: event.t, dir: event.dir, conn: event.conn, off: number(event.off), len: number(event.len), accused: false });
  }
  return rows;
};

/** Marks the row of each check's evidence: the one with these octets, else the last that has some of them. */
const accuse = (rows, checks) => {
  for (const { at } of checks) {
    if (!at.conn || !(at.len > 0)) continue;
    const near = rows.filter((row) => row.conn === at.conn && row.dir === at.dir && row.len > 0 && row.off < at.off + at.len && at.off < row.off + row.len);
    const row = near.find((one) => one.off === at.off && one.len === at.len) || near[near.length - 1];
    if (row) row.accused = true;
  }
  return rows;
};

const tips = {
  none: () => svg('path', { d: 'M 0 1 L 9 6 L 0 11 z' }),
  'tcp.fin': () => svg('path', { d: 'M 5 0 V 12', class: 'stroke' }),
  'tcp.rst': () => svg('path', { d: 'M 0 1 L 10 11 M 0 11 L 10 1', class: 'stroke' }),
};

/** A line with its label, and at its end what arrives: an arrow, FIN as a bar, RST as a cross. */
const arrow = (row, label) => {
  const line = () => el('span', { class: 'line', 'aria-hidden': 'true' });
  const tip = svg('svg', { class: 'tip', viewBox: '0 0 10 12', width: 10, height: 12, 'aria-hidden': 'true' }, (tips[row.events[0].ev] || tips.none)());
  return [line(), el('span', { class: 'label' }, label), line(), tip];
};

const told = (row, peer) => `${row.dir === 'out' ? `Halley to ${shown(peer, 60)}` : `${shown(peer, 60)} to Halley`}: ${labelOf(row)}${row.accused ? ', violates what it is held to' : ''}`;

const labelOf = (row) => row.events.filter((event) => event.ev !== 'http.body' || row.events[0] === event).map(described).join(' = ');

/** What opens below an arrow: fields beside octets, one pair an event. */
const insides = (row, context) => row.events.map((event) => {
  const { off, len } = event;
  const bytes = off === undefined ? [] : context.store.at(event.conn, event.dir, off, len);
  const payload = event.ev === 'ws.frame' && event.mask ? bytesOf(event.hex) : [];
  return el('div', { class: 'inside' }, facts(event), el('div', {},
    octetsPart(`octets of ${described(event)}`, bytes, { off, len, header: headerOctets(event), where: context.where }),
    payload.length > 0 ? [el('p', { class: 'soft' }, 'payload, unmasked'), octetsPart('payload, unmasked', payload, { off: 0, len: number(event.size), where: context.where })] : null));
});

const messageCell = (row, context) => {
  const label = `${row.accused ? '✗ ' : ''}${labelOf(row)}`;
  const drawn = (row.len > 0 && !row.isNote) || row.events[0].ev.startsWith('tcp.');
  const details = el('details', {}, el('summary', { class: drawn ? `arrow ${row.dir}` : `note ${row.dir}`, 'aria-label': told(row, context.peer) },
    drawn ? arrow(row, label) : label));
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) details.append(...insides(row, context));
  });
  return el('td', { class: 'between' }, details);
};

const ownTexts = new Map(Object.entries({
  'step.start': (event) => event.text,
  'conn.open': (event) => `Halley ${described(event)}`,
  check: (event) => `✗ ${event.level} ${event.requirement} (${event.ref}): expected ${event.expected}, got ${event.got}`,
  hook: (event) => `hook ${event.name}${event.text ? `: ${event.text}` : ''}${event.status ? `, ${event.status}` : ''}`,
}));

const ownText = (event) => shown((ownTexts.get(event.ev) || (() => `the application: ${event.ev.slice(4)} ${event.text || event.data || event.code || ''}`))(event), 240);

const connection = (name) => (name ? el('span', { class: `conn n${(Number(/\d+$/.exec(name)) || 0) % 6}` }, shown(name, 20)) : null);

const rowOf = (row, context) => {
  const event = row.events[0];
  const time = el('td', { class: 'time' }, `+${milliseconds(Math.max(0, event.t - context.started))}`);
  if (!event.dir) {
    const kind = event.ev === 'check' ? 'broken' : event.ev === 'step.start' ? 'step' : '';
    const where = event.ev === 'step.start' && event.line ? `line ${event.line}` : [shown(event.actor || '', 24), ' ', connection(event.conn)];
    return el('tr', { class: kind }, time, el('td', { class: 'where' }, where), el('td', { class: `between own ${event.ev === 'check' ? 'fail' : ''}` }, el('p', {}, ownText(event))));
  }
  return el('tr', { class: row.accused ? 'broken' : '' }, time,
    el('td', { class: 'where' }, shown(event.actor || '', 24), ' ', connection(event.conn)), messageCell(row, context));
};

/** Rows `from` to `to`, with the silences between them. */
const rowsOf = (rows, from, to, context) => rows.slice(from, to).flatMap((row, at) => {
  const before = rows[from + at - 1];
  const gap = before ? row.t - before.t : 0;
  return [gap > silence ? el('tr', { class: 'gap' }, el('td', { class: 'time' }), el('td', { class: 'where' }), el('td', { class: 'between' }, el('p', {}, `${milliseconds(gap)} of silence`))) : null,
    rowOf(row, context)].filter(Boolean);
});

const foldedRows = (rows, context) => {
  if (rows.length <= foldBeyond) return rowsOf(rows, 0, rows.length, context);
  const from = foldBeyond / 2;
  const to = rows.length - foldBeyond / 2;
  const place = el('tr', { class: 'gap' }, el('td', { colspan: 3 },
    el('button', { type: 'button', click: () => place.replaceWith(...rowsOf(rows, from, to, context)) }, `show ${plural(to - from, 'row')} between`)));
  return [...rowsOf(rows, 0, from, context), place, ...rowsOf(rows, to, rows.length, context)];
};

/** Up and down go from arrow to arrow. */
const stepThrough = (event) => {
  if ((event.key !== 'ArrowDown' && event.key !== 'ArrowUp') || event.target.tagName !== 'SUMMARY') return;
  const all = [...event.currentTarget.querySelectorAll('summary')].filter((one) => one.checkVisibility());
  const next = all[all.indexOf(event.target) + (event.key === 'ArrowDown' ? 1 : -1)];
  if (next) {
    event.preventDefault();
    next.focus();
  }
};

const ladder = (events, result) => {
  const rows = accuse(ladderRows(events), result.checks);
  const context = { store: octetStore(events), started: result.started_ms, peer: result.target, where: framesOf(result) };
  const table = el('table', { class: 'ladder', keydown: stepThrough },
    el('caption', {}, 'What was said, in order. Arrows to the right come from Halley; a bar at the tip is FIN, a cross RST. Enter opens fields and octets, up and down go on.'),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col', class: 'time' }, 'since start'), el('th', { scope: 'col', class: 'where' }, 'where'),
      el('th', { scope: 'col', class: 'peers' }, el('span', {}, 'Halley'), el('span', {}, shown(result.target, 60))))),
    el('tbody', {}, foldedRows(rows, context)));
  const steps = rows.some((row) => row.events[0].ev === 'step.start');
  const box = el('input', { type: 'checkbox', id: 'with-steps', checked: true, change: () => table.classList.toggle('without-steps', !box.checked) });
  return [
    result.transcript.truncated ? el('p', { class: 'omitted' }, `Part of this conversation is omitted, it is longer than a report holds: see ${framesOf(result)}.`) : null,
    steps ? el('p', { class: 'tools' }, el('label', {}, box, ' steps of the scenario')) : null,
    scrolling('What was said', table),
  ];
};
