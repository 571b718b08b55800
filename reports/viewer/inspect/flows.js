// All connections: what was seen, and one bar each on a common time axis.

const shownAtFirst = 200;
const shownMore = 500;

const markOf = (weight, more) => {
  const { glyph, word, look } = weights[weight] || weights.info;
  return el('span', { class: `verdict ${look}` }, el('span', { 'aria-hidden': 'true', class: 'glyph' }, glyph), ` ${word}`, more ? el('span', { class: 'more' }, ` ${more}`) : '');
};

const tile = (value, label, look = '', href = null) => {
  const inside = [el('span', { class: 'value' }, value), el('span', { class: 'label' }, label)];
  return el('li', { class: look }, href ? el('a', { href }, inside) : inside);
};

const metricNames = { 'http.response': 'response', 'ws.echo': 'WebSocket echo', 'sse.gap': 'from event to event' };

const shortMetrics = { 'http.response': 'response', 'ws.echo': 'echo', 'sse.gap': 'gap' };

const tiles = (capture) => {
  const { summary, integrity } = capture;
  const found = (weight, label) => tile(count(summary[weight]), label, summary[weight] > 0 ? weights[weight].look : 'none', summary[weight] > 0 ? `#/findings?show=${weight}` : null);
  return el('ul', { class: 'tiles', 'aria-label': 'Summary' },
    found('violation', 'MUST broken'), found('should', 'SHOULD broken'),
    summary.info > 0 ? found('info', 'to look at') : null,
    tile(count(capture.capture.connections), number(capture.capture.connections) === 1 ? 'connection' : 'connections'),
    tile(milliseconds(capture.capture.duration_ms), 'of traffic'),
    tile(integrity.gap_octets > 0 ? octetsText(integrity.gap_octets) : '0', integrity.gap_octets > 0 ? 'not captured' : 'octets lost', integrity.gap_octets > 0 ? 'warn' : 'none', '#/capture'),
    list(capture.metrics).slice(0, 3).map((one) => tile(milliseconds(one.p50), `median ${shortMetrics[one.name] || shown(one.name, 20)}`, '', '#/capture')));
};

const shownGroups = 5;

/** The gravest findings, a line each. */
const headlines = (capture) => {
  const groups = list(capture.findings);
  if (groups.length === 0) return el('p', { class: 'pass' }, '✓ Nothing was found.');
  return [el('ul', { class: 'headlines' }, groups.slice(0, shownGroups).map((one) => el('li', {},
    markOf(one.severity), el('span', {}, reference(one.ref)), el('span', { class: 'got' }, el('span', { class: 'soft' }, `${shown(one.at.side, 10)}: `), el('a', { href: `#/f/${number(one.at.flow)}` }, shown(one.got, 160))),
    one.connections > 1 ? el('a', { class: 'soft', href: `#/?${new URLSearchParams({ q: `req:${one.ledger}` })}` }, `on ${count(one.connections)} connections`) : el('span', { class: 'soft' }, `connection ${number(one.at.flow)}`)))),
  groups.length > shownGroups ? el('p', {}, el('a', { href: '#/findings' }, `all ${groups.length} findings`)) : null];
};

const sortings = {
  start: { word: 'start', of: (flow) => flow.started_ms },
  findings: { word: 'findings', of: (flow) => -(flow.findings.filter((one) => one.severity === 'violation').length * 1e6 + flow.findings.filter((one) => one.severity === 'should').length * 1e3 + flow.findings.length) },
  length: { word: 'length', of: (flow) => -flow.duration_ms },
  octets: { word: 'octets', of: (flow) => -flow.total },
};

const flowRow = (flow, scale) => el('tr', { class: flow.worst ? `worst-${weights[flow.worst].look}` : null },
  el('th', { scope: 'row', class: 'number' }, el('a', { href: flowAddress(flow), class: 'flow', 'aria-label': `connection ${flow.number}` }, flow.number)),
  el('td', { class: 'what' }, el('span', { class: `proto ${protocolLook(flow.protocol)}` }, shown(flow.protocol, 40)), ' ', el('span', { class: 'id' }, shown(flow.about, 90))),
  el('td', { class: 'ends' }, `${shown(flow.client, 60)} → ${shown(flow.server, 60)}`),
  el('td', { class: 'said' }, [mainContentOf(flow), octetsText(flow.total)].filter(Boolean).join(' · ')),
  el('td', { class: 'close' }, flow.end.text, flow.not_judged.length > 0 ? [el('span', { 'aria-hidden': 'true' }, ' ⚑'), el('span', { class: 'away' }, ', not all judged')] : null),
  el('td', { class: 'bar-cell' }, flowBar(flow, scale)));

/** Up and down go from connection to connection. */
const walkFlows = (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step || !event.target.matches('a.flow') || event.altKey || event.ctrlKey || event.metaKey) return;
  const all = [...event.currentTarget.querySelectorAll('a.flow')];
  const next = all[all.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
};

const flowTable = (capture, flows, view, zoom) => {
  const scale = scaleOf(windowOf(capture, view.query));
  const body = el('tbody');
  const more = el('p', { class: 'chips' });
  let at = 0;
  const add = (many) => {
    const first = body.children[at];
    body.append(...flows.slice(at, at + many).map((flow) => flowRow(flow, scale)));
    const from = at;
    at = Math.min(flows.length, at + many);
    const left = flows.length - at;
    more.replaceChildren(...present([
      left > 0 ? el('span', { class: 'soft' }, `${count(at)} of ${count(flows.length)} shown`) : null,
      left > 0 ? el('button', { type: 'button', id: 'more', click: () => add(shownMore) }, `show ${count(Math.min(shownMore, left))} more`) : null,
      left > shownMore ? el('button', { type: 'button', click: () => add(left) }, 'show all') : null]));
    if (from > 0 && !first) body.children[from].querySelector('a').focus();
  };
  add(shownAtFirst);
  return [scrolling('Connections', el('table', { id: 'flows', keydown: walkFlows },
    el('caption', {}, `${plural(flows.length, 'connection')}, ${plural(flows.filter((flow) => flow.worst).length, 'of them with a finding').replace(/findings$/, 'finding')}`),
    el('thead', {}, el('tr', {}, ['#', 'what', 'who', 'said', 'ended'].map((name) => el('th', { scope: 'col' }, name)),
      el('th', { scope: 'col', class: 'bar-cell' }, el('span', { class: 'away' }, 'when'), axis(capture, scale, flows, zoom)))), body)), more];
};

const legend = () => el('p', { class: 'legend soft small', 'aria-hidden': 'true' },
  [['tick fail', 'violation'], ['tick warn', 'should'], ['tick info', 'info']].map(([look, word]) => el('span', {}, svg('svg', { width: 8, height: 14 }, svg('line', { x1: 4, x2: 4, y1: 0, y2: 14, class: look })), word)),
  [['silence', 'silence'], ['lost', 'not captured']].map(([look, word]) => el('span', {}, svg('svg', { class: 'flow-bar other', width: 22, height: 14 }, svg('rect', { width: 22, height: 14, class: look })), word)),
  el('span', {}, svg('svg', { width: 6, height: 14 }, svg('line', { x1: 3, x2: 3, y1: 1, y2: 13, class: 'ended' })), 'closed'), el('span', {}, el('b', { class: 'fail' }, '×'), 'reset'), el('span', {}, '⚑ not all judged'));

const filterChips = (capture, query, change) => {
  const toggle = (key, value, label, look) => {
    const values = asked(query, key);
    const on = values.includes(value);
    return el('button', { type: 'button', class: look, 'aria-pressed': String(on), click: () => change(asking(query, key, on ? values.filter((one) => one !== value) : [...values, value])) }, label);
  };
  const has = { violation: 'fail', should: 'warn', info: 'info', loss: '', silence: '', unjudged: '' };
  const words = { loss: 'octets lost', unjudged: 'not judged' };
  const held = capture.flows.map(hasOf);
  const protocols = [...grouped(capture.flows, (flow) => flow.protocol)].sort((a, b) => b[1].length - a[1].length).slice(0, 8);
  return [
    Object.entries(has).map(([key, look]) => [key, look, held.filter((one) => one.includes(key)).length]).filter(([, , many]) => many > 0)
      .map(([key, look, many]) => toggle('has', key, [weights[key] ? el('span', { 'aria-hidden': 'true' }, `${weights[key].glyph} `) : null, `${words[key] || key} ${count(many)}`], look)),
    protocols.length > 1 ? protocols.filter(([name]) => !/[\s,]/.test(name)).map(([name, flows]) => toggle('proto', name, `${shown(name, 30)} ${count(flows.length)}`, `proto ${protocolLook(name)}`)) : null,
    query ? el('button', { type: 'button', class: 'clear', click: () => change('') }, 'everything') : null,
  ];
};

const flowsView = (capture, parameters) => {
  const view = { query: parameters.get('q') || '', sort: sortings[parameters.get('sort')] ? parameters.get('sort') : 'start' };
  const place = el('div');
  const buttons = el('span', { class: 'chips', role: 'group', 'aria-label': 'Filters' });
  const order = el('span', { class: 'chips', role: 'group', 'aria-label': 'Order' });
  const status = el('span', { role: 'status', class: 'away' });
  const box = el('input', { type: 'search', id: 'query', placeholder: 'has:finding proto:ws close:1002 took>1.5 req:rfc6455/5.*', autocomplete: 'off', spellcheck: 'false', 'aria-describedby': 'query-help' });
  const remember = () => {
    const now = new URLSearchParams();
    if (view.query) now.set('q', view.query);
    if (view.sort !== 'start') now.set('sort', view.sort);
    shell.home = now.toString() ? `#/?${now}` : '#/';
    history.replaceState(null, '', shell.home);
  };
  const draw = () => {
    const fit = compiled(capture, view.query);
    const by = sortings[view.sort].of;
    const flows = capture.flows.filter(fit).sort((a, b) => by(a) - by(b) || a.number - b.number);
    buttons.replaceChildren(...present(filterChips(capture, view.query, change)));
    order.replaceChildren(el('span', { class: 'soft' }, 'by'), ...Object.entries(sortings).map(([name, { word }]) => el('button', { type: 'button', 'aria-pressed': String(view.sort === name), click: () => {
      view.sort = name;
      redraw();
    } }, word)));
    place.replaceChildren(...present(flows.length > 0 ? [flowTable(capture, flows, view, zoom), legend()] : [el('p', {}, 'No connection fits.')]));
    status.textContent = `${plural(flows.length, 'connection')} shown`;
  };
  /** Draws again; the focus stays on the button that asked for it. */
  const redraw = () => {
    const pressed = document.activeElement;
    const group = [buttons, order].find((one) => one.contains(pressed));
    const name = pressed && pressed.textContent;
    remember();
    draw();
    if (group) ([...group.children].find((one) => one.textContent === name) || box).focus();
  };
  const change = (text) => {
    box.value = text;
    view.query = text;
    redraw();
  };
  const seconds = (t) => (t / 1000).toFixed(3).replace(/\.?0+$/, '');
  const zoom = (from, to) => change(asking(asking(view.query, 'before', [seconds(to)]), 'after', [seconds(from)]));
  let waiting = 0;
  box.value = view.query;
  box.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => change(box.value), 120);
  });
  shell.home = location.hash.startsWith('#/?') ? location.hash : '#/';
  draw();
  return [
    tiles(capture), headlines(capture),
    el('form', { class: 'query', role: 'search', submit: (event) => event.preventDefault() },
      el('label', { for: 'query' }, 'show'), box, order, buttons, status),
    el('details', { class: 'help soft small' }, el('summary', {}, 'words and keys'), el('p', { id: 'query-help' }, 'A connection has to fit all words: proto:ws has:violation,should,info,finding,loss,silence,unjudged req:rfc6455/5.* by:client end:fin,rst,close,open close:1002 client:*:443 server:10.0.0.2:* flow:12 findings>2 took>1.5 octets>1000 requests>10 messages<5 after:12.5 before:14 (seconds; the time axis follows), or part of a path or address. A leading - turns one round, * stands for anything, ~ looks for a part. Drag over the time axis to look closer. Keys: / to search, up and down from connection to connection, Enter opens, Escape goes back.')),
    place,
  ];
};
