// Connections as bars on a time axis: a finding is a tick, what is missing and what was silent is hatched.

/** Hatchings that all bars use; once in the page. */
const hatchings = () => svg('svg', { class: 'away', width: 0, height: 0, 'aria-hidden': 'true' }, svg('defs', {},
  ['silence', 'lost'].map((name) => svg('pattern', { id: `hatch-${name}`, width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    svg('rect', { width: 5, height: 5, class: `hatch-back ${name}` }), svg('path', { d: 'M 0 0 V 5', class: `hatch ${name}` })))));

const percent = (value) => `${Math.round(value * 1000) / 1000}%`;

/** Room for what stands at the very beginning or end. */
const edge = 0.5;

/** Where a time of the capture stands in [from, to]. */
const scaleOf = ({ from, to }) => {
  const at = (t) => edge + ((100 - 2 * edge) * (t - from)) / (to - from);
  const step = [1, 2, 5, 10].map((one) => one * 10 ** Math.floor(Math.log10((to - from) / 6))).find((one) => (to - from) / one <= 6);
  const marks = [];
  for (let t = Math.ceil(from / step) * step; t <= to + step / 1e6; t += step) marks.push(t);
  return { from, to, at, marks, step };
};

/** A time of the axis, no finer than its steps. */
const axisText = (t, step) => {
  if (step >= 1000) return t >= 60000 ? `${Math.floor(t / 60000)}:${String(Math.round((t % 60000) / 1000)).padStart(2, '0')} min` : `${Math.round(t / 1000)} s`;
  if (step >= 1) return t >= 1000 ? `${(t / 1000).toFixed(step >= 100 ? 1 : 3)} s` : `${Math.round(t)} ms`;
  return `${t.toFixed(Math.min(3, Math.max(0, Math.ceil(-Math.log10(step)))))} ms`;
};

const grid = (scale) => scale.marks.map((t) => svg('line', { x1: percent(scale.at(t)), x2: percent(scale.at(t)), y1: 0, y2: '100%', class: 'grid' }));

/** Ticks that would stand on each other are one, the gravest: so there are at most four hundred. */
const ticks = (findings, scale, height) => {
  const places = new Map();
  for (const weight of [...gravest].reverse()) {
    for (const one of findings) if (one.severity === weight && one.at.t_ms >= scale.from && one.at.t_ms <= scale.to) places.set(Math.round(4 * scale.at(one.at.t_ms)), one);
  }
  return [...places.values()].map((one) => svg('line', {
    x1: percent(scale.at(one.at.t_ms)), x2: percent(scale.at(one.at.t_ms)), y1: 0, y2: height, class: `tick ${(weights[one.severity] || weights.info).look}`,
  }, svg('title', {}, shown(`${one.ref}: ${one.got}`, 200))));
};

const barInWords = (flow) => [
  `from ${milliseconds(flow.started_ms)} for ${milliseconds(flow.duration_ms)}`,
  ...gravest.map((weight) => [weight, flow.findings.filter((one) => one.severity === weight).length]).filter(([, many]) => many > 0).map(([weight, many]) => `${many} ${weight}`),
  flow.silences.length > 0 ? plural(flow.silences.length, 'silence') : null, flow.lost > 0 ? `${plural(flow.lost, 'octet')} not captured` : null,
].filter(Boolean).join(', ');

const flowBar = (flow, scale, height = 18) => {
  const middle = height / 2;
  const span = (from, length, least, attributes) => {
    const width = ((100 - 2 * edge) * length) / (scale.to - scale.from);
    return svg('rect', { x: percent(scale.at(from)), width: percent(Math.max(least, width)), ...attributes });
  };
  const ends = scale.at(flow.started_ms + flow.duration_ms);
  const life = { y: middle - 4, height: 8 };
  const mark = flow.end.rst ? svg('text', { x: percent(ends), y: middle + 4, class: 'ended rst' }, '×')
    : flow.end.how !== 'open' ? svg('line', { x1: percent(ends), x2: percent(ends), y1: middle - 6, y2: middle + 6, class: 'ended' }) : null;
  return svg('svg', { class: `flow-bar ${protocolLook(flow.protocol)}`, height, role: 'img', 'aria-label': barInWords(flow) },
    grid(scale), span(flow.started_ms, flow.duration_ms, 0.3, { ...life, rx: 2, class: 'life' }),
    flow.silences.map(([from, length]) => span(from, length, 0, { ...life, class: 'silence' })),
    flow.losses.map(([t]) => span(t, 0, 0.8, { y: middle - 7, height: 14, class: 'lost' })),
    mark, ticks(flow.findings, scale, height));
};

/** The time axis above the bars: how many connections lived when, and where findings are. Drag to look closer. */
const axis = (capture, scale, flows, zoom) => {
  const slots = 160;
  const change = new Array(slots + 1).fill(0);
  const slot = (t) => Math.min(slots, Math.max(0, Math.floor((slots * (t - scale.from)) / (scale.to - scale.from))));
  for (const flow of flows) {
    change[slot(flow.started_ms)] += 1;
    if (slot(flow.started_ms + flow.duration_ms) < slots) change[slot(flow.started_ms + flow.duration_ms) + 1] -= 1;
  }
  let alive = 0;
  const heights = change.slice(0, slots).map((more) => (alive += more));
  const most = Math.max(1, ...heights);
  const tall = 30;
  const held = svg('rect', { y: 0, height: tall, width: 0, class: 'held' });
  const picture = svg('svg', { class: 'axis', height: tall + 18, role: 'img', 'aria-label': `Time from ${axisText(scale.from, scale.step)} to ${milliseconds(scale.to)}; at most ${plural(most, 'connection')} at a time` },
    heights.map((many, at) => (many > 0 ? svg('rect', { x: percent((100 * at) / slots), width: percent(100 / slots + 0.05), y: tall - Math.max(1.5, (tall - 6) * many / most), height: Math.max(1.5, (tall - 6) * many / most), class: 'alive' }) : null)),
    grid(scale), ticks(flows.flatMap((flow) => flow.findings), scale, tall), held,
    scale.marks.map((t) => {
      const x = scale.at(t);
      return svg('text', { x: percent(x), y: tall + 13, 'text-anchor': x < 4 ? 'start' : x > 94 ? 'end' : 'middle' }, axisText(t, scale.step));
    }));
  let begun = null;
  const place = (event) => {
    const { left, width } = picture.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  };
  picture.addEventListener('pointerdown', (event) => {
    begun = place(event);
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener('pointermove', (event) => {
    if (begun === null) return;
    const now = place(event);
    held.setAttribute('x', percent(100 * Math.min(begun, now)));
    held.setAttribute('width', percent(100 * Math.abs(now - begun)));
  });
  picture.addEventListener('pointerup', (event) => {
    const [from, to] = [begun, place(event)].sort((a, b) => a - b);
    begun = null;
    if (to - from > 0.01) zoom(scale.from + from * (scale.to - scale.from), scale.from + to * (scale.to - scale.from));
  });
  return picture;
};
