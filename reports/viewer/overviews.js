// Two further views: by requirement, and by time.

const requirementView = (run) => {
  const tested = new Map();
  for (const result of counted(run)) {
    if (result.verdict === 'skip' || result.verdict === 'error') continue;
    for (const id of (run.scenarioOf.get(result.scenario) || { requirements: [] }).requirements) {
      const one = run.requirementOf.get(id);
      if (!one) continue;
      const key = (one.ledger && one.ledger[0]) || one.ref;
      if (!tested.has(key)) tested.set(key, { key, level: one.level, ref: one.ref, says: one.says, held: 0, broken: [] });
      const row = tested.get(key);
      if (result.violates.includes(id.slice(id.indexOf('#') + 1))) row.broken.push(result);
      else row.held += 1;
    }
  }
  const rows = [...tested.values()].sort((a, b) => b.broken.length - a.broken.length || a.key.localeCompare(b.key, 'en', { numeric: true }));
  return [el('table', { id: 'requirements' },
    el('caption', {}, `${plural(rows.length, 'requirement')} that something was tested of, ${rows.filter((row) => row.broken.length > 0).length} violated`),
    el('thead', {}, el('tr', {}, ['', 'level', 'reference', 'requirement', 'held', 'violated'].map((name) => el('th', { scope: 'col' }, name)))),
    el('tbody', { class: 'group' }, rows.map((row) => {
      const broken = row.broken.length > 0;
      return el('tr', {}, el('td', {}, mark(broken ? (row.level === 'MUST' ? 'fail' : 'warn') : 'pass', '')),
        el('td', {}, row.level), el('td', {}, reference(row.ref)),
        el('td', {}, shown(row.says, 600), ' ', el('span', { class: 'id soft' }, shown(row.key, 80))),
        el('td', { class: 'number' }, row.held),
        el('td', { class: 'number' }, broken ? el('a', { href: address(row.broken[0]) }, row.broken.length) : 0));
    })))];
};

const shownSlowest = 100;

const timingView = (run) => {
  const played = counted(run).filter((result) => result.verdict !== 'skip').sort((a, b) => b.duration_ms - a.duration_ms);
  const at = (part) => (played.length > 0 ? milliseconds(played[Math.min(played.length - 1, Math.floor(played.length * (1 - part)))].duration_ms) : '–');
  const longest = played.length > 0 ? played[0].duration_ms : 1;
  return [
    el('p', {}, `${plural(played.length, 'instance')}: median ${at(0.5)}, 90 % within ${at(0.9)}, 99 % within ${at(0.99)}, longest ${milliseconds(longest)}; the run took ${milliseconds(run.run.duration_ms)}.`),
    el('table', { id: 'slowest' },
      el('caption', {}, `The slowest ${Math.min(shownSlowest, played.length)}`),
      el('thead', {}, el('tr', {}, ['took', '', 'instance', 'target', 'verdict'].map((name) => el('th', { scope: 'col' }, name)))),
      el('tbody', {}, played.slice(0, shownSlowest).map((result) => el('tr', {},
        el('td', { class: 'number' }, milliseconds(result.duration_ms)),
        el('td', {}, svg('svg', { width: 100, height: 8, 'aria-hidden': 'true' }, svg('rect', { width: Math.max(1, (100 * result.duration_ms) / longest), height: 8, fill: 'currentColor' }))),
        el('td', { class: 'id' }, el('a', { href: address(result) }, shown(result.instance, 120))), el('td', {}, shown(result.target)), el('td', {}, mark(result.verdict, '')))))),
  ];
};

const runView = (run) => {
  const { run: about, environment } = run;
  const rows = {
    started: about.started, took: milliseconds(about.duration_ms), seed: about.seed, clock: about.clock, strength: about.strength,
    filter: about.filter || 'none', complete: about.complete ? 'yes' : 'no', 'exit code': about.exit, tool: `${about.tool.name} ${about.tool.version}`,
    system: Object.values(environment).join(' '),
  };
  return [
    el('dl', {}, Object.entries(rows).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, shown(value))])),
    el('pre', { class: 'wrap' }, (about.command || []).map(shellWord).join(' ')),
    run.targets.flatMap((target) => [
      el('h2', {}, shown(target.name)), el('p', {}, shown(target.version, 400)),
      el('dl', {}, Object.entries(target.endpoints).flatMap(([name, url]) => [el('dt', {}, shown(name)), el('dd', { class: 'id' }, shown(url))])),
      target.log && target.log.length > 0 ? [el('h2', {}, `What ${shown(target.name)} printed last`), el('pre', { class: 'wrap' }, target.log.map((line) => shown(line, 1000)).join('\n'))] : null,
    ]),
  ].flat(Infinity).filter(Boolean);
};
