// What became of each requirement, by document and section.

/** One row a requirement of the ledger; scenarios that test the same share it. */
const requirementRows = (run) => {
  const rows = new Map();
  const rowOf = (id) => {
    const one = run.requirementOf.get(id);
    if (!one) return null;
    const key = (one.ledger && one.ledger[0]) || `${one.ref} ${one.says}`;
    if (!rows.has(key)) {
      rows.set(key, { key: (one.ledger && one.ledger[0]) || '', level: one.level, ref: one.ref, says: one.says, held: new Map(), broken: new Map(), bad: [] });
    }
    return rows.get(key);
  };
  const count = (map, target) => map.set(target, (map.get(target) || 0) + 1);
  for (const scenario of run.scenarios) scenario.requirements.forEach(rowOf);
  for (const result of counted(run)) {
    if (result.verdict === 'skip' || result.verdict === 'error') continue;
    const own = scenarioOf(run, result).requirements;
    const brokenIds = result.violates.map((name) => (own.includes(`${result.scenario}#${name}`) ? `${result.scenario}#${name}` : name));
    for (const id of new Set([...own, ...brokenIds])) {
      const row = rowOf(id);
      if (!row) continue;
      if (brokenIds.includes(id)) {
        count(row.broken, result.target);
        row.bad.push(result);
      } else count(row.held, result.target);
    }
  }
  return [...rows.values()];
};

const stateOf = (row) => (row.bad.length > 0 ? 'violated' : row.held.size > 0 ? 'held' : 'untested');

const requirementCell = (row, target) => {
  const broken = row.broken.get(target.name) || 0;
  const held = row.held.get(target.name) || 0;
  if (broken + held === 0) return el('td', { class: 'soft' }, '–');
  if (broken === 0) return el('td', { class: 'pass' }, el('span', { 'aria-hidden': 'true' }, '✓ '), `held ${held}`);
  const first = row.bad.find((result) => result.target === target.name);
  const grave = row.level === 'MUST' ? 'fail' : 'warn';
  return el('td', { class: `cell ${grave}` }, el('a', { class: `verdict ${grave}`, href: address(first) },
    el('span', { 'aria-hidden': 'true' }, `${verdicts[grave].glyph} `), `violated ${broken}/${broken + held}`));
};

const requirementLine = (run, row) => el('tr', {},
  el('td', {}, shown(row.level, 10)), el('td', {}, reference(row.ref)),
  el('td', {}, shown(row.says, 600), row.key ? [' ', el('a', { class: 'id soft', href: `#/?${new URLSearchParams({ q: `req:${row.key}` })}` }, shown(row.key, 80))] : null),
  run.targets.map((target) => requirementCell(row, target)));

const requirementView = (run, parameters) => {
  const wanted = parameters.get('show') || 'all';
  const all = requirementRows(run);
  const words = { all: 'all', violated: 'violated', held: 'held', untested: 'not tested' };
  const rows = all.filter((row) => wanted === 'all' || stateOf(row) === wanted);
  const documents = [...grouped(rows, (row) => documentOf(row.ref))].sort(([a], [b]) => inOrder(a, b));
  const tallied = (some) => ['violated', 'held', 'untested'].map((state) => [state, some.filter((row) => stateOf(row) === state).length])
    .filter(([, many]) => many > 0).map(([state, many]) => `${many} ${words[state]}`).join(' · ');
  return [
    el('p', { class: 'chips', role: 'group', 'aria-label': 'Filters' }, Object.entries(words).map(([state, word]) => el('a', { class: 'chip', href: `#/requirements${state === 'all' ? '' : `?show=${state}`}`, 'aria-current': state === wanted ? 'true' : null },
      `${word} ${state === 'all' ? all.length : all.filter((row) => stateOf(row) === state).length}`))),
    scrolling('Requirements', el('table', { id: 'requirements' },
      el('caption', {}, `${plural(rows.length, 'requirement')} of ${plural(documents.length, 'document')}, by section. A number counts instances.`),
      headRow('level', 'reference', 'requirement', ...run.targets.map((target) => shown(target.name, 60))),
      documents.map(([name, ofOne]) => el('tbody', {},
        el('tr', { class: 'family' }, el('th', { scope: 'rowgroup', colspan: 3 }, shown(name, 80), ' ', el('span', { class: 'soft' }, tallied(ofOne))),
          run.targets.map((target) => {
            const tested = ofOne.filter((row) => row.held.has(target.name) || row.broken.has(target.name));
            return el('td', { class: 'soft' }, tested.length === 0 ? '' : `${tested.filter((row) => !row.broken.has(target.name)).length}/${tested.length} held`);
          })),
        ofOne.sort((a, b) => inOrder(sectionOf(a.ref), sectionOf(b.ref)) || inOrder(a.key, b.key)).map((row) => requirementLine(run, row)))))),
  ];
};
