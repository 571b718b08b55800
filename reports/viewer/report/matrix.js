// The matrix: scenarios by family, folded; a column a target. A cell says what was observed, not only how it was judged.

const worst = (results) => worstFirst.find((verdict) => results.some((result) => result.verdict === verdict));

const address = (result) => `#/i/${encodeURIComponent(result.id)}`;

const mark = (verdict, more, href) => {
  const { glyph, word } = verdicts[verdict] || { glyph: '?', word: shown(verdict, 20) };
  const text = [el('span', { 'aria-hidden': 'true', class: 'glyph' }, glyph), ` ${word}`, more ? el('span', { class: 'more' }, ` · ${shown(more, 60)}`) : ''];
  return href ? el('a', { class: `verdict ${verdict}`, href }, text) : el('span', { class: `verdict ${verdict}` }, text);
};

const closing = (result) => {
  const { by, how } = result.close || {};
  return how ? el('span', { class: 'chip', title: 'how the connection ended' }, `${shown(how, 20)}${by ? ` by ${shown(by, 20)}` : ''}`) : null;
};

/** A cell over several results of one target. */
const summaryCell = (results) => {
  if (results.length === 0) return el('td', {});
  if (results.length === 1) return resultCell(results[0]);
  const verdict = worst(results);
  const among = results.filter((result) => result.verdict === verdict);
  const said = [...new Set(among.flatMap((result) => result.variants))];
  const more = `${among.length}/${results.length}${said.length > 0 ? ` ${said.slice(0, 2).join(', ')}${said.length > 2 ? ' …' : ''}` : ''}`;
  return el('td', { class: `cell ${verdict}` }, mark(verdict, more, address(among[0])));
};

const resultCell = (result) => {
  if (!result) return el('td', {});
  const more = result.verdict === 'skip' ? (result.skip || {}).reason : result.observed || result.variants.join(' ');
  const status = result.status ? el('span', { class: 'chip' }, shown(result.status, 20)) : null;
  return el('td', { class: `cell ${result.verdict}` }, mark(result.verdict, more, address(result)), ' ', closing(result), ' ', status);
};

const instanceRows = (results, targets) =>
  [...grouped(results, (result) => result.instance)].map(([instance, ofOne]) =>
    el('tr', { class: 'instance' },
      el('th', { scope: 'row', class: 'id' }, shown(instance.replace(/^[^[]*/, '') || instance)),
      targets.map((target) => resultCell(ofOne.find((result) => result.target === target.name)))));

const scenarioRow = (run, id, results, state) => {
  const { title = '' } = run.scenarioOf.get(id) || {};
  const { targets } = run;
  const several = new Set(results.map((result) => result.instance)).size > 1;
  const row = el('tr', {});
  let below = [];
  const button = several ? el('button', { class: 'fold', type: 'button', 'aria-expanded': 'false', 'aria-label': `instances of ${shown(id, 120)}` }, '▸') : null;
  const fold = (open) => {
    below.forEach((one) => one.remove());
    below = open ? instanceRows(results, targets) : [];
    row.after(...below);
    button.setAttribute('aria-expanded', String(open));
    button.textContent = open ? '▾' : '▸';
  };
  if (button) {
    button.addEventListener('click', () => {
      const open = below.length === 0;
      fold(open);
      state.unfold(id, open);
    });
    row.foldNow = fold;
  }
  row.append(
    el('th', { scope: 'row' }, el('div', { class: 'name' }, button || el('span', { class: 'fold' }),
      el('span', {}, el('span', { class: 'id' }, shown(id)), el('span', { class: 'title' }, shown(title))))),
    ...targets.map((target) => summaryCell(results.filter((result) => result.target === target.name))));
  return row;
};

/** The share of each verdict, for eyes; the tally beside it says the same in words. */
const bar = (results) => {
  const width = 140;
  let x = 0;
  const parts = worstFirst.map((verdict) => {
    const part = (width * results.filter((result) => result.verdict === verdict).length) / Math.max(1, results.length);
    x += part;
    return part > 0 ? svg('rect', { x: x - part, width: part, height: 6, class: verdict }) : null;
  });
  return svg('svg', { class: 'bar', width, height: 6, 'aria-hidden': 'true' }, parts);
};

const headCell = (run, target) => el('th', { scope: 'col' }, el('span', { class: 'target' }, shown(target.name, 60)),
  el('span', { class: 'score' }, score(run, target.name)), bar(counted(run).filter((result) => result.target === target.name)));

const matrixTable = (run, results, state) => {
  const { targets } = run;
  const table = el('table', { id: 'matrix', keydown: walk },
    el('caption', {}, `${plural(results.length, 'result')} of ${plural(new Set(results.map((one) => one.scenario)).size, 'scenario')}`),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'scenario'), targets.map((target) => headCell(run, target)))),
    [...grouped(results, (result) => result.scenario.split('/')[0])].map(([family, ofFamily]) =>
      el('tbody', {},
        el('tr', { class: 'family' }, el('th', { scope: 'rowgroup' }, shown(family, 60)),
          targets.map((target) => el('td', { class: 'soft' }, tally(ofFamily.filter((one) => one.target === target.name))))),
        [...grouped(ofFamily, (result) => result.scenario)].map(([id, ofOne]) => {
          const row = scenarioRow(run, id, ofOne, state);
          row.id = `s-${id}`;
          return row;
        }))));
  for (const row of table.querySelectorAll('tr')) if (row.foldNow && state.isUnfolded(row.id.slice(2))) row.foldNow(true);
  return table;
};

/** Arrow keys go from cell to cell. */
const walk = (event) => {
  const cell = event.target.closest('td, th');
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (!steps || !cell || event.altKey || event.ctrlKey || event.metaKey) return;
  const [down, right] = steps;
  const rows = [...event.currentTarget.querySelectorAll('tbody tr')];
  let at = rows.indexOf(cell.parentElement);
  let column = cell.cellIndex;
  for (;;) {
    at += down;
    column += right;
    if (!rows[at] || column < 0 || column >= rows[at].cells.length) return;
    const next = rows[at].cells[column].querySelector('a, button');
    if (!next) continue;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
    return;
  }
};

const tally = (results) =>
  worstFirst.map((verdict) => [verdict, results.filter((result) => result.verdict === verdict).length])
    .filter(([, count]) => count > 0).map(([verdict, count]) => `${count} ${verdict}`).join(' · ');

const score = (run, name) => {
  const { levels = {} } = run.summary.targets.find((one) => one.target === name) || {};
  return ['MUST', 'SHOULD'].filter((level) => levels[level])
    .map((level) => `${level} ${levels[level].held}/${levels[level].tested}`).join(' · ');
};

/** Buttons that put words into the query and take them out again. */
const chips = (run, query, change) => {
  const toggle = (key, value, label, className) => {
    const values = asked(query(), key);
    const on = values.includes(value);
    return el('button', { type: 'button', class: className, 'aria-pressed': String(on),
      click: () => change(asking(query(), key, on ? values.filter((one) => one !== value) : [...values, value])) }, label);
  };
  const counts = worstFirst.map((verdict) => [verdict, counted(run).filter((result) => result.verdict === verdict).length]);
  return [
    counts.filter(([, count]) => count > 0).map(([verdict, count]) =>
      toggle('verdict', verdict, [el('span', { 'aria-hidden': 'true' }, `${verdicts[verdict].glyph} `), `${verdict} ${count.toLocaleString('en')}`], verdict)),
    run.targets.length > 1 ? toggle('is', 'different', `targets differ ${run.different.size}`) : null,
    query() ? el('button', { type: 'button', class: 'clear', click: () => change('') }, 'everything') : null,
  ];
};

const matrixView = (run, parameters) => {
  const unfolded = new Set((parameters.get('open') || '').split(' ').filter(Boolean));
  const place = el('div');
  const buttons = el('span', { class: 'chips', role: 'group', 'aria-label': 'Filters' });
  const remember = () => {
    const now = new URLSearchParams();
    if (box.value) now.set('q', box.value);
    if (unfolded.size > 0) now.set('open', [...unfolded].join(' '));
    const text = now.toString();
    shell.home = text ? `#/?${text}` : '#/';
    history.replaceState(null, '', shell.home);
  };
  const state = {
    isUnfolded: (id) => unfolded.has('*') || unfolded.has(id),
    unfold: (id, open) => {
      if (open) unfolded.add(id);
      else unfolded.delete(id);
      remember();
    },
  };
  const draw = () => {
    const fit = compiled(run, box.value);
    const results = counted(run).filter(fit);
    buttons.replaceChildren(...present(chips(run, () => box.value, change)));
    place.replaceChildren(results.length > 0 ? scrolling('Results', matrixTable(run, results, state)) : el('p', {}, 'No result fits.'));
    status.textContent = `${plural(results.length, 'result')} shown`;
  };
  const change = (text) => {
    box.value = text;
    const pressed = document.activeElement;
    const name = pressed && buttons.contains(pressed) ? pressed.textContent : null;
    remember();
    draw();
    if (name !== null) ([...buttons.children].find((one) => one.textContent === name) || box).focus();
  };
  const box = el('input', { type: 'search', id: 'query', placeholder: 'level:MUST -verdict:skip variant:~close req:rfc6455/5.*', autocomplete: 'off', spellcheck: 'false', 'aria-describedby': 'query-help' });
  const status = el('span', { role: 'status', class: 'away' });
  let waiting = 0;
  box.value = parameters.get('q') || '';
  box.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => change(box.value), 120);
  });
  const all = (open) => {
    unfolded.clear();
    if (open) unfolded.add('*');
    remember();
    draw();
  };
  shell.home = location.hash.startsWith('#/?') ? location.hash : '#/';
  draw();
  return [
    el('form', { class: 'query', role: 'search', submit: (event) => event.preventDefault() },
      el('label', { for: 'query' }, 'show'), box,
      el('span', { class: 'chips' },
        el('button', { type: 'button', id: 'unfold', click: () => all(true) }, 'unfold all'),
        el('button', { type: 'button', id: 'fold', click: () => all(false) }, 'fold all')),
      buttons, status),
    el('details', { class: 'help soft small' }, el('summary', {}, 'words and keys'), el('p', { id: 'query-help' }, 'A result has to fit all words: verdict:fail,warn level:MUST target:NAME req:rfc6455/5.* variant:~close tag:slow status:flaky is:different, NAME:fail (of that target), or part of an id or title. A leading - turns one round, * stands for anything, ~ looks for a part. Keys: / to search, arrows from cell to cell, Enter opens, Escape goes back.')),
    place,
  ];
};
