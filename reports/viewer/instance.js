// The page of one instance.

const standard = /RFC (\d+)/;

const reference = (ref) => {
  const found = standard.exec(ref);
  const section = /§(\d+(?:\.\d+)*)/.exec(ref);
  if (!found) return shown(ref);
  const href = `https://www.rfc-editor.org/rfc/rfc${found[1]}${section ? `#section-${section[1]}` : ''}`;
  return el('a', { href, rel: 'noreferrer' }, shown(ref));
};

const place = (at) => [
  at.conn ? `connection ${at.conn}, ${at.dir === 'in' ? 'from the target' : 'from Halley'}, octet ${at.off}` : null,
  at.frame ? `frame ${at.frame} of the trace` : null,
].filter(Boolean).join(', ');

const checkBox = (check) => el('div', { class: `check ${check.level.toLowerCase()}` },
  el('p', {}, el('strong', {}, `${check.level} `), el('span', { class: 'id' }, shown(check.requirement)), ', ', reference(check.ref)),
  check.says ? el('p', {}, shown(check.says, 1000)) : null,
  el('dl', {},
    el('dt', {}, 'expected'), el('dd', {}, shown(check.expected, 1000)),
    el('dt', {}, 'got'), el('dd', {}, el('strong', {}, shown(check.got, 1000))),
    place(check.at) ? [el('dt', {}, 'where'), el('dd', {}, place(check.at))] : null,
    check.step ? [el('dt', {}, 'step'), el('dd', {}, `${check.step}, line ${check.line}`)] : null));

const requirementRow = (run, id, result) => {
  const one = run.requirementOf.get(id) || { level: '', ref: '', says: id };
  const name = id.slice(id.indexOf('#') + 1);
  const broken = result.violates.includes(name);
  return el('tr', {}, el('td', {}, mark(broken ? (one.level === 'MUST' ? 'fail' : 'warn') : 'pass', '')),
    el('td', {}, one.level), el('td', {}, reference(one.ref)), el('td', {}, shown(one.says, 1000)));
};

const others = (run, result) => {
  const rest = counted(run).filter((one) => one.instance === result.instance && one.id !== result.id);
  if (rest.length === 0) return [];
  return [el('h2', {}, 'The same elsewhere'), el('ul', {}, rest.map((one) => el('li', {}, `${shown(one.target)}: `, mark(one.verdict, one.observed, address(one)))))];
};

const shellWord = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`);

const stepsTable = (result) => el('table', {},
  el('caption', {}, 'Steps'),
  el('thead', {}, el('tr', {}, ['line', 'what', 'outcome', 'took'].map((name) => el('th', { scope: 'col' }, name)))),
  el('tbody', {}, result.steps.map((step) => el('tr', {},
    el('td', { class: 'number' }, step.line || ''), el('td', {}, [step.actor, step.text].filter(Boolean).map((text) => shown(text, 200)).join(': ')),
    el('td', {}, shown(step.outcome)), el('td', { class: 'number' }, milliseconds(step.dur_ms))))));

const instanceView = (run, id) => {
  const result = run.byId.get(id);
  if (!result) return [el('p', {}, 'There is no such result in this report.')];
  const scenario = run.scenarioOf.get(result.scenario) || { title: '', file: '', requirements: [], tags: [] };
  const known = result.known === null ? null : run.baseline.entries[result.known];
  const conversation = el('div', {}, el('p', { class: 'soft' }, 'Reading the transcript …'));
  transcriptOf(result).then((events) => conversation.replaceChildren(...transcriptParts(events, result)));
  return [
    el('p', {}, el('a', { href: '#/' }, '← all results')),
    el('h2', { class: 'id' }, shown(result.instance, 400)),
    el('p', {}, shown(scenario.title)),
    el('ul', { class: 'facts' },
      el('li', {}, mark(result.verdict, result.observed)), result.status ? el('li', {}, `status ${result.status}`) : null,
      el('li', {}, `target ${shown(result.target)}`), el('li', {}, `took ${milliseconds(result.duration_ms)}`),
      el('li', {}, closing(result)), result.variants.length > 0 ? el('li', {}, `variant ${shown(result.variants.join(', '))}`) : null,
      scenario.file ? el('li', { class: 'soft' }, shown(scenario.file)) : null),
    known ? el('p', {}, el('strong', {}, 'Known: '), shown(known.reason, 2000)) : null,
    result.skip ? el('p', {}, `Skipped, ${shown(result.skip.reason)}: ${shown(result.skip.from, 1000)}`) : null,
    result.error ? el('p', { class: 'error' }, `${shown(result.error.cause)}: ${shown(result.error.text, 1000)}`) : null,
    result.checks.length > 0 ? [el('h2', {}, 'What it violates'), result.checks.map(checkBox)] : null,
    el('h2', {}, 'What was said'), conversation,
    result.steps.length > 0 ? [el('h2', {}, 'Steps'), stepsTable(result)] : null,
    el('h2', {}, 'What it is held to'),
    el('table', {}, el('tbody', {}, scenario.requirements.map((one) => requirementRow(run, one, result)))),
    others(run, result),
    el('h2', {}, 'Again'), el('pre', { class: 'wrap' }, (result.reproduce.argv || []).map(shellWord).join(' ')),
    result.pcap ? el('p', { class: 'soft' }, `Frames ${result.pcap.frames.join(' to ')} of ${shown(result.pcap.path)}; in Wireshark: frame.number >= ${result.pcap.frames[0]} && frame.number <= ${result.pcap.frames[1]}`) : null,
  ].flat(Infinity).filter(Boolean);
};

const transcriptParts = (events, result) => {
  const told = events.some((event) => event.dir || event.ev.startsWith('app.'));
  if (told) return [ladder(events, result)];
  const where = result.pcap ? `frames ${result.pcap.frames.join(' to ')} of ${result.pcap.path}` : 'events.jsonl';
  return [el('p', { class: 'soft' }, `The report holds no transcript of it: see ${where}.`)];
};
