// The run itself, and its targets.

const endpoints = (target) => scrolling('Endpoints', el('table', {}, el('caption', {}, `Endpoints of ${shown(target.name, 60)}`), headRow('contract', 'address'),
  el('tbody', {}, Object.entries(target.endpoints).map(([name, url]) => el('tr', {}, el('th', { scope: 'row', class: 'id' }, shown(name, 80)), el('td', { class: 'id' }, shown(url)))))));

const aboutTarget = (target) => [
  el('h2', {}, shown(target.name, 80)), el('p', {}, shown(target.version, 400)),
  Object.keys(target.endpoints).length > 0 ? el('details', {}, el('summary', {}, plural(Object.keys(target.endpoints).length, 'endpoint')), endpoints(target)) : null,
  target.log && target.log.length > 0 ? [el('h3', {}, 'What it printed last'),
    el('pre', { class: 'wrap log', tabindex: '0' }, target.log.map((line) => shown(line, 1000)).join('\n'))] : null,
];

const aboutView = (run) => {
  const { run: about, environment } = run;
  const rows = {
    started: about.started, took: milliseconds(about.duration_ms), seed: about.seed, clock: about.clock, strength: about.strength,
    filter: about.filter || 'none', complete: about.complete ? 'yes' : 'no', 'exit code': about.exit,
    tool: `${(about.tool || {}).name || ''} ${(about.tool || {}).version || ''}`,
    system: Object.values(environment || {}).map(String).join(' '), ...(about.merged.length > 0 ? { 'joined of': about.merged.join(', ') } : {}),
  };
  const findings = (run.baseline || {}).findings || [];
  return present([
    el('h2', {}, 'The run'),
    el('dl', {}, Object.entries(rows).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, shown(value))])),
    copied('command of the run', (about.command || []).map(shellWord).join(' ')),
    findings.length > 0 ? [el('h2', {}, 'About the baseline'), el('ul', {}, findings.map((one) => el('li', {}, `${shown(one.kind)}: ${shown(one.text, 600)}`)))] : null,
    run.targets.map(aboutTarget),
  ]);
};
