// The ladder of one conversation: time goes down, who asked first stands on the left.

const foldBeyond = 240; // rows; of a longer conversation the middle is folded

/** The events worth a row: octets only where nothing was made of them. */
const ladderEvents = (events) => {
  const decoded = events.filter((event) => event.dir && !event.ev.startsWith('wire.') && event.len > 0);
  const ofStream = grouped(decoded, (event) => `${event.conn} ${event.dir}`);
  const isDecoded = (wire) => (ofStream.get(`${wire.conn} ${wire.dir}`) || [])
    .some((event) => event.off < wire.off + wire.len && wire.off < event.off + event.len);
  return events.filter((event) => {
    if (event.ev === 'wire.out' || event.ev === 'wire.in') return !isDecoded(event);
    return event.dir || event.ev === 'conn.open' || event.ev.startsWith('app.') || event.ev.startsWith('view.') || event.ev === 'check'
      || event.ev === 'step.start' || event.ev === 'hook';
  });
};

/** Pieces of a body, or segments of which nothing was made, that follow each other. */
const isMore = (row, event) => (event.ev === 'http.body' || event.ev === 'wire.out' || event.ev === 'wire.in') && row.events.every((one) => one.ev === event.ev && !one.missing)
  && !event.missing && row.dir === event.dir && row.conn === event.conn && row.depth === number(event.depth) && row.off + row.len === event.off;

/** Events of the same octets share a row: a frame and the message that it completes, a chunk and what it holds. */
const ladderRows = (events) => {
  const rows = [];
  const whole = events.filter((event) => event.len > 0 && event.dir && !event.ev.startsWith('wire.'));
  // A fault of octets that are decoded as well: their own row has the arrow.
  const alsoDecoded = (fault) => whole.some((event) => event.conn === fault.conn && event.dir === fault.dir && event.off <= fault.off && fault.off < event.off + event.len);
  for (const event of ladderEvents(events)) {
    const last = rows[rows.length - 1];
    const same = last && event.dir && last.dir === event.dir && last.conn === event.conn && last.depth === number(event.depth) && event.len > 0
      && !event.ev.startsWith('wire.') && event.off >= last.off && event.off + event.len <= last.off + last.len;
    const content = last && event.ev === 'http.body' && last.events.length === 1 && last.events[0].ev === 'http.chunk'
      && last.conn === event.conn && last.dir === event.dir && last.off + last.len === event.off;
    const more = last && isMore(last, event);
    if (content || more) last.len += event.len;
    if (more) last.inPieces = true;
    if (same || content || more) last.events.push(event);
    else rows.push({ isNote: event.ev === 'wire.fault' && alsoDecoded(event),
      events: [event], t: event.t, dir: event.dir, conn: event.conn, depth: number(event.depth), off: number(event.off), len: number(event.len), accused: false, checks: [], inPieces: false });
  }
  return rows;
};

/** Marks the row of each check's evidence: the one with these octets, else the last that has some of them. */
const accuse = (rows, checks) => {
  for (const check of checks) {
    const { at } = check;
    if (!at.conn || !(at.len > 0)) continue;
    const near = rows.filter((row) => row.conn === at.conn && row.dir === at.dir && row.len > 0 && row.off < at.off + at.len && at.off < row.off + row.len);
    const drawn = near.filter((one) => !one.isNote);
    const among = drawn.length > 0 ? drawn : near;
    const row = among.find((one) => one.off === at.off && one.len === at.len) || among[among.length - 1];
    if (row) {
      row.accused = true;
      row.checks.push(check);
    }
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

const told = (row, { left, right }) => `${shown(row.dir === 'out' ? left : right, 60)} to ${shown(row.dir === 'out' ? right : left, 60)}: ${labelOf(row)}${row.accused ? ', violates what it is held to' : ''}`;

/** Content that its frame or chunk has named already: of it the label has the text alone. */
const isContent = (row, event) => row.events[0] !== event
  && (event.ev === 'http.body' || (event.ev === 'ws.message' && row.events[0].ev === 'ws.frame' && event.fragments === 1 && !event.compressed));

/** What of a row stands in its label, without what other words of it say. */
const labelOf = (row) => {
  const [first] = row.events;
  const pieces = row.events.filter((event) => event.ev === first.ev).length;
  const named = row.events.filter((event) => !isContent(row, event) && (event === first || !row.inPieces || event.ev !== first.ev));
  const told = named.some((event) => event.ev.startsWith('sse.')); // the event says what is in the body
  const content = told ? null : row.events.find((event) => isContent(row, event) && event.text && event.ev !== first.ev);
  const words = named.map((event) => {
    if (row.inPieces && event === first) return first.ev === 'http.body' ? `body ${row.len}, in ${pieces} pieces${told ? '' : quoted(first.text)}` : `${plural(row.len, 'octet')} in ${pieces} segments`;
    return described(told && event.ev === 'http.body' ? { ...event, text: '' } : event);
  });
  return `${words.join(' = ')}${content ? quoted(content.text) : ''}`;
};

const mostInsides = 20;

/** What opens below an arrow: fields beside octets, one pair an event. */
const insides = (row, context) => row.events.filter((event) => event.ev !== 'ws.message' || !isContent(row, event)).slice(0, mostInsides).map((event) => {
  const { off, len } = event;
  const bytes = off === undefined ? [] : context.store.at(event.conn, event.dir, off, len);
  const inflated = event.ev === 'ws.message' && event.compressed;
  const payload = (event.ev === 'ws.frame' && event.mask) || inflated ? bytesOf(event.hex) : [];
  const name = inflated ? 'message, inflated' : 'payload, unmasked';
  return el('div', { class: 'inside' }, facts(event), el('div', {},
    octetsPart(`octets of ${described(event)}`, bytes, { off, len, header: headerOctets(event), where: context.where }),
    payload.length > 0 ? [el('p', { class: 'soft' }, name), octetsPart(name, payload, { off: 0, len: number(event.size), where: context.where })] : null));
});

const messageCell = (row, context) => {
  const label = `${row.accused ? '✗ ' : ''}${labelOf(row)}`;
  const drawn = (row.len > 0 && !row.isNote) || row.events[0].ev.startsWith('tcp.');
  const details = el('details', {}, el('summary', { class: drawn ? `arrow ${row.dir}` : `note ${row.dir}`, 'aria-label': told(row, context) },
    drawn ? arrow(row, label) : label));
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) details.append(...insides(row, context));
  });
  return el('td', { class: `between depth-${Math.min(3, row.depth)}` }, details);
};

const ownTexts = new Map(Object.entries({
  'step.start': (event) => event.text,
  'conn.open': (event) => `Halley ${described(event)}`,
  check: (event) => `✗ ${event.level} ${event.requirement} (${event.ref}): expected ${event.expected}, got ${event.got}`,
  hook: (event) => `hook ${event.name}${event.text ? `: ${event.text}` : ''}${event.status ? `, ${event.status}` : ''}`,
}));

const ownText = (event) => shown((ownTexts.get(event.ev) || (() => `the application: ${event.ev.slice(4)} ${event.text || event.data || event.code || ''}`))(event), 240);

const rowOf = (row, context) => {
  const event = row.events[0];
  const time = el('td', { class: 'time' }, `+${milliseconds(Math.max(0, event.t - context.started))}`);
  const where = el('td', { class: 'where' }, context.place(event));
  if (event.ev.startsWith('view.')) return el('tr', { class: `gap view-${event.ev.slice(5)}` }, time, where, el('td', { class: `between depth-${row.depth}` }, el('p', {}, shown(event.text, 400))));
  if (!event.dir) {
    const kind = event.ev === 'check' ? 'broken' : event.ev === 'step.start' ? 'step' : '';
    return el('tr', { class: kind }, time, where, el('td', { class: `between own ${event.ev === 'check' ? 'fail' : ''}` }, el('p', {}, ownText(event))));
  }
  return el('tr', { class: row.accused ? 'broken' : '' }, time, where, messageCell(row, context));
};

/** What is said below an accused row. */
const belowRow = (row, said) => el('tr', { class: 'broken said' }, el('td', { class: 'time' }), el('td', { class: 'where' }), el('td', { class: `between own fail depth-${Math.min(3, row.depth)}` }, el('p', { class: row.dir }, said)));

/** Rows `from` to `to`, with the silences between them. */
const rowsOf = (rows, from, to, context) => rows.slice(from, to).flatMap((row, at) => {
  const before = rows[from + at - 1];
  const gap = before && before.events[0].ev !== 'view.omitted' ? row.t - before.t : 0;
  return [gap > context.silence ? el('tr', { class: 'gap silence' }, el('td', { class: 'time' }), el('td', { class: 'where' }), el('td', { class: 'between' }, el('p', {}, `${milliseconds(gap)} of silence`))) : null,
    rowOf(row, context), ...(context.below ? row.checks.map((check) => belowRow(row, context.below(check))) : [])].filter(Boolean);
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

/** `of`: checks, and how the ladder is drawn: started, left, right, where its octets are, silence, place(event), caption, omitted. */
const ladder = (events, of) => {
  const rows = accuse(ladderRows(events), of.checks);
  const context = { ...of, store: octetStore(events) };
  const table = el('table', { class: 'ladder', keydown: stepThrough },
    el('caption', {}, of.caption),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col', class: 'time' }, 'since start'), el('th', { scope: 'col', class: 'where' }, of.placeName || 'where'),
      el('th', { scope: 'col', class: 'peers' }, el('span', {}, shown(of.left, 60)), el('span', {}, shown(of.right, 60))))),
    el('tbody', {}, foldedRows(rows, context)));
  const steps = rows.some((row) => row.events[0].ev === 'step.start');
  const box = el('input', { type: 'checkbox', id: 'with-steps', checked: true, change: () => table.classList.toggle('without-steps', !box.checked) });
  return [
    of.omitted ? el('p', { class: 'omitted' }, of.omitted) : null,
    steps ? el('p', { class: 'tools' }, el('label', {}, box, ' steps of the scenario')) : null,
    scrolling('What was said', table),
  ];
};
