// What was found, by requirement.

const namedFlows = 30;

const evidence = (one, name) => {
  const bytes = bytesOf(one.hex);
  return bytes.length > 0 ? [el('dt', {}, 'octets'), el('dd', {}, octetsPart(name, bytes, { off: number(one.at.off), len: number(one.at.len), where: one.at.frame ? `frame ${count(one.at.frame)}` : 'the capture' }))] : null;
};

const findingBox = (one, places) => el('section', { class: `check ${weights[one.severity] ? one.severity : 'info'}`, 'aria-label': `finding about ${shown(one.ledger, 80)}` },
  el('p', { class: 'says' }, el('strong', { class: 'level' }, shown(one.level, 10)), ' ', shown(one.says, 1000), one.severity === 'info' ? el('span', { class: 'chip' }, 'info: not sure, or to look at') : null),
  el('p', { class: 'soft' }, reference(one.ref), ' · ', el('span', { class: 'id' }, shown(one.ledger, 100))),
  el('dl', {},
    el('dt', {}, 'expected'), el('dd', { class: 'id' }, shown(one.expected, 1000)),
    el('dt', {}, 'got'), el('dd', { class: 'id got' }, shown(one.got, 1000)),
    el('dt', {}, 'where'), el('dd', {}, `from the ${shown(one.at.side, 10)}, octet ${count(one.at.off)}`, one.at.frame ? `, frame ${count(one.at.frame)}` : '', one.at.tunnels ? `, inside ${plural(one.at.tunnels, 'tunnel')}` : '', `, ${milliseconds(one.at.t_ms)} into the capture`),
    evidence(one, 'octets of the finding'), places));

const flowLinks = (capture, one) => {
  const flows = list(one.flows);
  const link = (flow) => (capture.byNumber.has(flow) ? el('a', { class: 'chip', href: `#/f/${number(flow)}` }, String(number(flow))) : el('span', { class: 'chip' }, String(number(flow))));
  return [el('dt', {}, 'connections'), el('dd', { class: 'chips' }, flows.slice(0, namedFlows).map(link),
    one.connections > 1 ? el('a', { class: 'soft', href: `#/?${new URLSearchParams({ q: `req:${one.ledger}` })}` }, `${count(one.connections)} in the list`) : null)];
};

const findingsView = (capture, parameters) => {
  const all = list(capture.findings);
  const wanted = weights[parameters.get('show')] ? parameters.get('show') : 'all';
  const groups = all.filter((one) => wanted === 'all' || one.severity === wanted);
  const documents = [...grouped(groups, (one) => documentOf(one.ref))].sort(([a], [b]) => inOrder(a, b));
  return [
    el('p', { class: 'chips', role: 'group', 'aria-label': 'Filters' }, ['all', ...gravest].map((weight) => el('a', { class: 'chip', href: `#/findings${weight === 'all' ? '' : `?show=${weight}`}`, 'aria-current': weight === wanted ? 'true' : null },
      `${weight} ${weight === 'all' ? all.length : all.filter((one) => one.severity === weight).length}`))),
    groups.length === 0 ? el('p', { class: all.length === 0 ? 'pass' : '' }, all.length === 0 ? '✓ Nothing was found.' : 'No finding fits.') : null,
    documents.map(([name, ofOne]) => [el('h2', {}, shown(name, 80), ' ', el('span', { class: 'soft' }, plural(ofOne.length, 'rule'))),
      el('div', { class: 'calm' }, ofOne.sort((a, b) => inOrder(sectionOf(a.ref), sectionOf(b.ref)) || inOrder(a.ledger, b.ledger)).map((one) => findingBox(one, flowLinks(capture, one))))]),
  ];
};
