// How long everything took.

const shownSlowest = 100;

/** The value that `part` of the ascending `values` do not exceed: the nearest rank. */
const percentile = (values, part) => (values.length > 0 ? values[Math.max(0, Math.ceil(values.length * part) - 1)] : 0);

/** Counts between powers of ten, each cut in four. */
const histogram = (values) => {
  const slot = (value) => Math.floor(4 * Math.log10(Math.max(0.1, value)));
  const from = Math.min(...values.map(slot));
  const counts = new Array(Math.max(...values.map(slot)) - from + 1).fill(0);
  for (const value of values) counts[slot(value) - from] += 1;
  const most = Math.max(...counts);
  const width = 26;
  const height = 70;
  const edge = (at) => milliseconds(10 ** ((from + at) / 4));
  return el('figure', {},
    svg('svg', { class: 'histogram', viewBox: `0 0 ${counts.length * width} ${height}`, width: counts.length * width, height, role: 'img', 'aria-label': `How many instances took how long, from ${edge(0)} to ${edge(counts.length)}` },
      counts.map((count, at) => svg('rect', { x: at * width + 1, width: width - 2, y: height - (height * count) / most, height: (height * count) / most },
        svg('title', {}, `${edge(at)} to ${edge(at + 1)}: ${count}`)))),
    el('figcaption', { class: 'soft' }, `${edge(0)} to ${edge(counts.length)}, on a logarithmic scale`));
};

const timingRow = (name, results) => {
  const values = results.map((result) => number(result.duration_ms)).sort((a, b) => a - b);
  const cells = [values.length.toLocaleString('en'), ...[0.5, 0.9, 0.99, 1].map((part) => milliseconds(percentile(values, part))), milliseconds(values.reduce((a, b) => a + b, 0))];
  return el('tr', {}, el('th', { scope: 'row' }, shown(name, 80)), cells.map((text) => el('td', { class: 'number' }, text)));
};

const timingView = (run) => {
  const played = counted(run).filter((result) => result.verdict !== 'skip').sort((a, b) => b.duration_ms - a.duration_ms);
  if (played.length === 0) return [el('p', {}, 'Nothing was played.')];
  const longest = Math.max(0.001, number(played[0].duration_ms));
  const groups = [...grouped(played, (result) => result.target), ...grouped(played, (result) => `${result.scenario.split('/')[0]}/`)];
  return [
    el('p', {}, `${plural(played.length, 'instance')} in ${milliseconds(run.run.duration_ms)}.`),
    histogram(played.map((result) => number(result.duration_ms))),
    scrolling('Percentiles', el('table', { id: 'percentiles' }, el('caption', {}, 'By target, and by family'),
      headRow('', 'instances', 'median', '90 % within', '99 % within', 'longest', 'together'),
      el('tbody', {}, groups.map(([name, results]) => timingRow(name, results))))),
    scrolling('The slowest', el('table', { id: 'slowest' },
      el('caption', {}, `The slowest ${Math.min(shownSlowest, played.length)}`),
      headRow('took', 'share of the longest', 'instance', 'target', 'verdict'),
      el('tbody', {}, played.slice(0, shownSlowest).map((result) => el('tr', {},
        el('td', { class: 'number' }, milliseconds(result.duration_ms)),
        el('td', {}, svg('svg', { width: 100, height: 8, 'aria-hidden': 'true' }, svg('rect', { width: Math.max(1, (100 * number(result.duration_ms)) / longest), height: 8, fill: 'currentColor' }))),
        el('td', { class: 'id' }, el('a', { href: address(result) }, shown(result.instance, 120))), el('td', {}, shown(result.target, 60)), el('td', {}, mark(result.verdict, ''))))))),
  ];
};
