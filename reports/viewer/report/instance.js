// The page of one instance.

const place = (at) => [
  at.conn ? `connection ${shown(at.conn, 20)}, ${at.dir === 'in' ? 'from the target' : 'from Halley'}, octet ${at.off}` : null,
  at.frame ? `frame ${at.frame} of the trace` : null,
].filter(Boolean).join(', ');

/** What the requirement of a check says: the scenario's own, else that of the ledger. */
const saying = (run, result, check) => (run.requirementOf.get(`${result.scenario}#${check.requirement}`)
  || run.requirementOf.get(check.requirement) || {}).says;

const checkBox = (run, result) => (check) => el('section', { class: `check ${check.level === 'MUST' ? 'must' : 'should'}`, 'aria-label': `violation of ${shown(check.requirement, 80)}` },
  el('p', { class: 'says' }, el('strong', { class: 'level' }, shown(check.level, 10)), ' ', shown(saying(run, result, check) || check.message || check.requirement, 1000)),
  el('p', { class: 'soft' }, reference(check.ref), ' · ', el('span', { class: 'id' }, shown(check.requirement))),
  el('dl', {},
    el('dt', {}, 'expected'), el('dd', { class: 'id' }, shown(check.expected, 1000)),
    el('dt', {}, 'got'), el('dd', { class: 'id got' }, shown(check.got, 1000)),
    place(check.at) ? [el('dt', {}, 'where'), el('dd', {}, place(check.at))] : null,
    check.at.len > 0 ? [el('dt', {}, 'octets'), el('dd', { class: 'evidence' }, '…')] : null,
    check.step ? [el('dt', {}, 'step'), el('dd', {}, `${check.step}, line ${check.line} of ${shown(scenarioOf(run, result).file)}`)] : null));

const showEvidence = (boxes, result, events) => {
  const store = octetStore(events);
  result.checks.forEach(({ at }, index) => {
    const into = boxes[index].querySelector('.evidence');
    if (!into) return;
    const bytes = store.at(at.conn, at.dir, at.off, at.len);
    const frame = events.find((event) => event.ev === 'ws.frame' && event.conn === at.conn && event.dir === at.dir && event.off === at.off);
    into.replaceChildren(...present([octetsPart('octets of the violation', bytes, { ...at, header: frame ? headerOctets(frame) : 0, where: framesOf(result) })
      || `${at.len}, omitted: see ${framesOf(result)}`]));
  });
};

const requirementRow = (run, id, result) => {
  const one = run.requirementOf.get(id) || { level: '', ref: '', says: id };
  const broken = result.violates.includes(id.slice(id.indexOf('#') + 1));
  const open = result.verdict === 'skip' || result.verdict === 'error';
  return el('tr', {}, el('td', {}, broken ? mark(one.level === 'MUST' ? 'fail' : 'warn', '') : open ? el('span', { class: 'soft' }, 'not judged') : el('span', { class: 'pass' }, '✓ held')),
    el('td', {}, shown(one.level, 10)), el('td', {}, reference(one.ref)), el('td', {}, shown(one.says, 1000)));
};

const elsewhere = (run, result) => {
  const rest = (run.ofInstance.get(result.instance) || []).filter((one) => one.id !== result.id);
  const earlier = run.results.filter((one) => one.superseded && one.instance === result.instance && one.target === result.target && one.id !== result.id);
  if (rest.length + earlier.length === 0) return null;
  const row = (one) => el('tr', { class: one.verdict === result.verdict && one.observed === result.observed ? '' : 'differs' },
    el('th', { scope: 'row' }, shown(one.target, 60), one.superseded ? ` (attempt ${one.attempt})` : ''),
    el('td', {}, mark(one.verdict, one.observed, address(one)), ' ', closing(one)), el('td', { class: 'number' }, milliseconds(one.duration_ms)));
  return [el('h2', {}, 'On other targets'), scrolling('On other targets', el('table', {}, el('caption', {}, 'The same instance elsewhere; what differs is in bold'),
    headRow('target', 'verdict', 'took'), el('tbody', {}, [...rest, ...earlier].map(row))))];
};

const stepsTable = (result) => el('details', { class: 'steps' },
  el('summary', {}, plural(result.steps.length, 'step')),
  scrolling('Steps', el('table', {},
    el('caption', {}, 'Steps of the scenario, as they were played'), headRow('line', 'what', 'outcome', 'took'),
    el('tbody', {}, result.steps.map((step) => el('tr', {},
      el('td', { class: 'number' }, step.line || ''), el('td', {}, [step.actor, step.text].filter(Boolean).map((text) => shown(text, 200)).join(': ')),
      el('td', {}, shown(step.outcome)), el('td', { class: 'number' }, milliseconds(step.dur_ms))))))));

/** Lines that the target printed while the instance was played, and a moment around it: others were played, too. */
const logWindow = (run, result) => {
  const target = run.targets.find((one) => one.name === result.target);
  if (!target || !target.log_ms || target.log.length === 0) return null;
  const around = 50;
  const lines = target.log.map((line, index) => [target.log_ms[index], line])
    .filter(([t]) => t >= result.started_ms - around && t <= result.started_ms + result.duration_ms + around);
  const note = `What it printed from ${around} ms before to ${around} ms after; of its output the last ${plural(target.log.length, 'line')} are kept.`;
  return [el('h2', {}, 'Output of the target'), el('p', { class: 'soft' }, note),
    lines.length > 0 ? el('pre', { class: 'wrap', id: 'target-log', tabindex: '0' }, lines.map(([t, line]) => `+${milliseconds(Math.max(0, t - result.started_ms))}  ${shown(line, 1000)}`).join('\n'))
      : el('p', {}, 'Nothing.')];
};

const again = (result) => [
  el('h2', {}, 'Again'), copied('command that plays this instance again', (result.reproduce.argv || []).map(shellWord).join(' ')),
  result.pcap ? [
    el('p', { class: 'soft' }, `Frames ${result.pcap.frames.join('–')} of ${shown(result.pcap.path, 400)}. In Wireshark:`),
    copied('display filter for Wireshark', `frame.interface_name == "${result.instance.replace(/[\\"]/g, '\\$&')}"`),
  ] : null,
];

/** The results before and behind this one that are worth a look. */
const neighbours = (run, result) => {
  const bad = counted(run).filter((one) => ['fail', 'error', 'warn'].includes(one.verdict));
  const at = bad.indexOf(result);
  if (at < 0) return null;
  const link = (one, text, rel) => (one ? el('a', { href: address(one), rel }, text) : null);
  return el('span', { class: 'neighbours' }, link(bad[at - 1], '← previous finding', 'prev'), ` ${at + 1} of ${bad.length} `, link(bad[at + 1], 'next finding →', 'next'));
};

const headOf = (run, result) => {
  const scenario = scenarioOf(run, result);
  const known = result.known === null || !run.baseline ? null : run.baseline.entries[result.known];
  const parameters = Object.entries(result.params || {}).map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return [
    el('p', { class: 'crumbs' }, el('a', { href: shell.home, id: 'back' }, '← all results'), ' ', neighbours(run, result)),
    el('h2', { class: 'id instance' }, shown(result.instance, 400), ' ', copyButton('id of the instance', () => result.instance)),
    el('p', {}, shown(scenario.title)),
    el('ul', { class: 'facts' },
      el('li', { class: 'strong' }, mark(result.verdict, result.observed)), result.status ? el('li', {}, `status ${shown(result.status)}`) : null,
      el('li', {}, 'target ', el('strong', {}, shown(result.target))), el('li', {}, `took ${milliseconds(result.duration_ms)}`),
      closing(result) ? el('li', {}, 'connection: ', closing(result)) : null,
      result.variants.length > 0 ? el('li', {}, `variant ${shown(result.variants.join(', '))}`) : null,
      result.attempt > 1 || result.superseded ? el('li', {}, `attempt ${result.attempt}${result.superseded ? ', a later one counts' : ''}`) : null,
      parameters.length > 0 ? el('li', { class: 'soft' }, shown(parameters.join(', '))) : null,
      result.segmentation ? el('li', { class: 'soft' }, `segmentation ${shown(result.segmentation)}`) : null,
      scenario.file ? el('li', { class: 'soft' }, `${shown(scenario.file)}`) : null),
    known ? el('p', {}, el('strong', {}, 'Known: '), shown(known.reason, 2000)) : null,
    result.skip ? el('p', {}, `Skipped, ${shown(result.skip.reason)}: ${shown(result.skip.from, 1000)}`) : null,
    result.error ? el('p', { class: 'error' }, `${shown(result.error.cause)}: ${shown(result.error.text, 1000)}`) : null,
  ];
};

const instanceView = (run, id) => {
  const result = run.byId.get(id);
  if (!result) return [el('p', {}, 'There is no such result in this report. ', el('a', { href: '#/' }, 'All results'))];
  const scenario = scenarioOf(run, result);
  const boxes = result.checks.map(checkBox(run, result));
  const conversation = el('div', { id: 'conversation' }, el('p', { class: 'soft' }, 'Reading the transcript …'));
  transcriptOf(result).then((events) => {
    conversation.replaceChildren(...present(transcriptParts(events, result)));
    showEvidence(boxes, result, events);
  }).catch((error) => conversation.replaceChildren(el('p', { class: 'error' }, `This transcript cannot be shown: ${shown(error)}; see ${framesOf(result)}.`)));
  return present([
    headOf(run, result),
    boxes.length > 0 ? [el('h2', {}, 'What it violates'), boxes] : null,
    elsewhere(run, result),
    result.verdict === 'skip' ? null : [el('h2', {}, 'What was said'), conversation],
    result.steps.length > 0 ? stepsTable(result) : null,
    scenario.requirements.length > 0 ? [el('h2', {}, 'What it is held to'),
      scrolling('Requirements', el('table', {}, el('caption', {}, 'Requirements of the scenario'), headRow('', 'level', 'reference', 'requirement'),
        el('tbody', {}, scenario.requirements.map((one) => requirementRow(run, one, result)))))] : null,
    again(result), logWindow(run, result),
  ]);
};

const connection = (name) => (name ? el('span', { class: `conn n${(Number(/\d+$/.exec(name)) || 0) % 6}` }, shown(name, 20)) : null);

/** Whose an event is. */
const placeOf = (event) => (event.ev === 'step.start' && event.line ? `line ${event.line}` : [shown(event.actor || '', 24), ' ', connection(event.conn)]);

const transcriptParts = (events, result) => {
  const said = events.some((event) => event.dir || event.ev.startsWith('app.'));
  if (said) {
    return ladder(events, { checks: result.checks, started: result.started_ms, left: 'Halley', right: result.target, where: framesOf(result), silence: 1000, place: placeOf,
      caption: 'What was said, in order. Arrows to the right come from Halley; a bar at the tip is FIN, a cross RST. Enter opens fields and octets, up and down go on.',
      omitted: result.transcript.truncated ? `Part of this conversation is omitted, it is longer than a report holds: see ${framesOf(result)}.` : null });
  }
  const why = result.verdict === 'pass' ? 'Transcripts of what passed are omitted' : 'The transcript is omitted';
  return [el('p', { class: 'omitted' }, `${why}: see ${framesOf(result)}.`)];
};
