// The matrix: scenarios by family, folded; a column a target. A cell says what was observed, not only how it was judged.

const worst = (results) => worstFirst.find((verdict) => results.some((result) => result.verdict === verdict));

const address = (result) => `#/i/${encodeURIComponent(result.id)}`;

const mark = (verdict, more, href) => {
  const { glyph, word } = verdicts[verdict];
  const text = [el('span', { 'aria-hidden': 'true' }, `${glyph} `), word, more ? ` · ${shown(more, 60)}` : ''];
  return href ? el('a', { class: `verdict ${verdict}`, href }, text) : el('span', { class: `verdict ${verdict}` }, text);
};

const closing = (result) => {
  const { by, how } = result.close || {};
  return how ? el('span', { class: 'chip', title: 'how the connection ended' }, `${shown(how, 20)}${by ? ` by ${shown(by, 20)}` : ''}`) : null;
};

/** A cell over several results of one target. */
const summaryCell = (results) => {
  if (results.length === 0) return el('td', {}, '');
  if (results.length === 1) return resultCell(results[0]);
  const verdict = worst(results);
  const among = results.filter((result) => result.verdict === verdict);
  const said = [...new Set(among.flatMap((result) => result.variants))];
  const more = `${among.length}/${results.length}${said.length > 0 ? ` ${said.slice(0, 2).join(', ')}` : ''}`;
  return el('td', {}, mark(verdict, more, address(among[0])));
};

const resultCell = (result) => {
  if (!result) return el('td', {}, '');
  const more = result.verdict === 'skip' ? (result.skip || {}).reason : result.observed || result.variants.join(' ');
  const status = result.status ? el('span', { class: 'chip' }, result.status) : null;
  return el('td', {}, mark(result.verdict, more, address(result)), ' ', closing(result), ' ', status);
};

const grouped = (items, key) => {
  const groups = new Map();
  for (const item of items) {
    const name = key(item);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(item);
  }
  return groups;
};

const instanceRows = (run, results, targets) =>
  [...grouped(results, (result) => result.instance)].map(([instance, ofOne]) =>
    el('tr', { class: 'instance' },
      el('th', { scope: 'row', class: 'id' }, '\u2003\u2003', shown(instance.replace(/^[^[]*/, '') || instance)),
      targets.map((target) => resultCell(ofOne.find((result) => result.target === target.name)))));

const scenarioRow = (run, id, results, targets) => {
  const { title = '' } = run.scenarioOf.get(id) || {};
  const several = new Set(results.map((result) => result.instance)).size > 1;
  const row = el('tr', {});
  let open = null;
  const unfold = (event) => {
    const button = event.currentTarget;
    if (open) open.forEach((one) => one.remove());
    else row.after(...(open = instanceRows(run, results, targets)));
    if (!row.nextElementSibling || !open[0].isConnected) open = null;
    button.setAttribute('aria-expanded', String(open !== null));
    button.textContent = open ? '▾' : '▸';
  };
  row.append(
    el('th', { scope: 'row' },
      several
        ? el('button', { class: 'fold', type: 'button', 'aria-expanded': 'false', 'aria-label': `instances of ${id}`, click: unfold }, '▸')
        : '\u2003',
      el('span', { class: 'id' }, shown(id)), el('br'), '\u2003', el('span', { class: 'soft' }, shown(title))),
    ...targets.map((target) => summaryCell(results.filter((result) => result.target === target.name))));
  return row;
};

const matrixTable = (run, results) => {
  const { targets } = run;
  const families = grouped(results, (result) => result.scenario.split('/')[0]);
  return el('table', { id: 'matrix' },
    el('caption', {}, `${plural(results.length, 'result')} of ${plural(new Set(results.map((one) => one.scenario)).size, 'scenario')}`),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'scenario'),
      targets.map((target) => el('th', { scope: 'col' }, shown(target.name), el('br'), el('span', { class: 'soft' }, score(run, target.name)))))),
    [...families].map(([family, ofFamily]) =>
      el('tbody', { class: 'group' },
        el('tr', { class: 'family' }, el('th', { scope: 'rowgroup' }, family),
          targets.map((target) => el('td', { class: 'soft' }, tally(ofFamily.filter((one) => one.target === target.name))))),
        [...grouped(ofFamily, (result) => result.scenario)].map(([id, ofOne]) => scenarioRow(run, id, ofOne, targets)))));
};

const tally = (results) =>
  worstFirst.map((verdict) => [verdict, results.filter((result) => result.verdict === verdict).length])
    .filter(([, count]) => count > 0).map(([verdict, count]) => `${count} ${verdict}`).join(' · ');

const score = (run, name) => {
  const { levels = {} } = run.summary.targets.find((one) => one.target === name) || {};
  return ['MUST', 'SHOULD'].filter((level) => levels[level])
    .map((level) => `${level} ${levels[level].held}/${levels[level].tested}`).join(' ');
};

const matrixView = (run, query) => {
  const place = el('div');
  const draw = () => place.replaceChildren(matrixTable(run, counted(run).filter(compiled(run, box.value))));
  const box = el('input', { type: 'search', id: 'query', value: query, placeholder: 'level:MUST -verdict:skip variant:~close req:rfc6455/5.*', autocomplete: 'off' });
  const quick = (text, label) => el('button', { type: 'button', click: () => { box.value = text; change(); } }, label);
  let waiting = 0;
  const change = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      history.replaceState(null, '', box.value ? `#/?q=${encodeURIComponent(box.value)}` : '#/');
      draw();
    }, 120);
  };
  box.addEventListener('input', change);
  draw();
  return [
    el('form', { class: 'query', role: 'search', submit: (event) => event.preventDefault() },
      el('label', { for: 'query' }, 'show'), box,
      quick('verdict:fail,error', 'failures'), quick('verdict:warn', 'warnings'), quick('-verdict:skip', 'all played'), quick('', 'everything'),
      run.targets.length > 1 ? quick('is:different', 'targets differ') : null),
    place,
  ];
};
