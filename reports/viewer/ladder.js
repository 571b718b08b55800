// The ladder of one instance: time goes down, Halley stands on the left, whoever it speaks with on the right.

const silence = 1000; // milliseconds; a longer one is said

const arrow = (event) => {
  const right = event.dir === 'out';
  const tip = right ? 1000 : 0;
  const inward = right ? -1 : 1;
  const ends = {
    'tcp.fin': svg('path', { d: `M ${tip + inward * 6} 0 V 9`, 'stroke-width': 2 }),
    'tcp.rst': svg('path', { d: `M ${tip + inward * 14} 0 L ${tip + inward * 2} 9 M ${tip + inward * 14} 9 L ${tip + inward * 2} 0`, 'stroke-width': 2 }),
  };
  const head = ends[event.ev] || svg('path', { d: `M ${tip} 4.5 l ${inward * 12} -4 v 8 z` });
  return svg('svg', { viewBox: '0 0 1000 9', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('line', { x1: 0, x2: 1000, y1: 4.5, y2: 4.5 }), head);
};

/** The events worth a row: octets only where nothing was made of them. */
const ladderEvents = (events) => {
  const decoded = events.filter((event) => event.dir && !event.ev.startsWith('wire.'));
  const covered = (wire) => decoded.some((event) => event.conn === wire.conn && event.dir === wire.dir && event.len > 0
    && event.off < wire.off + wire.len && wire.off < event.off + event.len);
  return events.filter((event) => {
    if (event.ev === 'wire.out' || event.ev === 'wire.in') return !covered(event);
    return event.dir || event.ev === 'conn.open' || event.ev.startsWith('app.') || event.ev === 'check'
      || event.ev === 'step.start' || event.ev === 'hook';
  });
};

const sentence = (event, peer) => (event.dir === 'out' ? `Halley to ${peer}: ` : `${peer} to Halley: `) + described(event);

const between = (event, peer, store) => {
  const bytes = event.off === undefined ? [] : store.at(event.conn, event.dir, event.off, event.len);
  return el('td', { class: 'between' },
    el('div', { class: 'label' },
      el('details', {},
        el('summary', { 'aria-label': sentence(event, peer) }, described(event)),
        facts(event), bytes.length > 0 ? el('div', { class: 'octets' }, hexDump(bytes, event.off)) : null)),
    arrow(event));
};

const ownRow = (event, time, where) => {
  const text = {
    'step.start': () => `${event.line ? `line ${event.line}: ` : ''}${event.text}`,
    'conn.open': () => `Halley ${described(event)}`,
    check: () => `✗ ${event.level} ${event.requirement} (${event.ref}): expected ${event.expected}, got ${event.got}`,
    hook: () => `hook ${event.name}`,
  };
  const say = text[event.ev] || (() => `the application: ${event.ev.slice(4)} ${event.text || event.data || event.code || ''}`);
  return el('tr', { class: event.ev === 'check' ? 'broken' : '' },
    el('td', { class: 'time' }, time), el('td', { class: 'where' }, where), el('td', { class: `own ${event.ev === 'check' ? 'fail' : ''}` }, shown(say(), 200)));
};

const ladder = (events, result) => {
  const store = octetStore(events);
  const rows = [];
  const accused = new Set(result.checks.filter((check) => check.at.len > 0).map((check) => `${check.at.conn} ${check.at.dir} ${check.at.off}`));
  let before = null;
  for (const event of ladderEvents(events)) {
    if (before !== null && event.t - before > silence) {
      rows.push(el('tr', {}, el('td', { class: 'gap', colspan: 3 }, `⋯ ${milliseconds(event.t - before)} of silence ⋯`)));
    }
    before = event.t;
    const time = `+${milliseconds(Math.max(0, event.t - result.started_ms))}`;
    const where = [event.actor, event.conn].filter(Boolean).join(' ');
    if (!event.dir) {
      rows.push(ownRow(event, time, where));
      continue;
    }
    const broken = event.ev === 'wire.fault' || accused.has(`${event.conn} ${event.dir} ${event.off}`);
    rows.push(el('tr', { class: broken && event.dir === 'in' ? 'broken' : '' },
      el('td', { class: 'time' }, time), el('td', { class: 'where' }, shown(where, 30)), between(event, result.target, store)));
  }
  return el('table', { class: 'ladder' },
    el('caption', {}, 'What was said, in order. Arrows to the right come from Halley; a bar at the tip is FIN, a cross RST.'),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col', class: 'time' }, 'since start'), el('th', { scope: 'col', class: 'where' }, 'where'),
      el('th', { scope: 'col' }, `Halley ⟷ ${shown(result.target)}`))),
    el('tbody', {}, rows));
};
