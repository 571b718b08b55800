// The page of one connection.

const aroundOf = (capture, flow) => {
  const at = capture.telling.indexOf(flow);
  if (at < 0) return null;
  const link = (one, text, rel) => (one ? el('a', { href: flowAddress(one), rel }, text) : null);
  return el('span', { class: 'neighbours' }, link(capture.telling[at - 1], '← previous with findings', 'prev'), ` ${at + 1} of ${capture.telling.length} `, link(capture.telling[at + 1], 'next with findings →', 'next'));
};

/** Its own time, from its first packet to its last. */
const ownBar = (flow) => {
  const length = Math.max(0.001, flow.duration_ms);
  const moved = { ...flow, started_ms: 0, findings: flow.findings.map((one) => ({ ...one, at: { ...one.at, t_ms: one.at.t_ms - flow.started_ms } })),
    silences: flow.silences.map(([from, long]) => [from - flow.started_ms, long]), losses: flow.losses.map(([t]) => [t - flow.started_ms]) };
  const scale = scaleOf({ from: 0, to: length });
  return el('figure', { class: 'own-bar' }, flowBar(moved, scale, 26),
    svg('svg', { class: 'axis', height: 16, 'aria-hidden': 'true' }, scale.marks.map((t) => svg('text', { x: percent(scale.at(t)), y: 12, 'text-anchor': scale.at(t) < 4 ? 'start' : scale.at(t) > 94 ? 'end' : 'middle' }, axisText(t, scale.step)))));
};

const metricTable = (metrics, caption) => (metrics.length > 0 ? scrolling('Latency', el('table', { class: 'metrics' }, el('caption', {}, caption),
  headRow('', 'count', 'shortest', 'median', '90 % within', '99 % within', 'longest'),
  el('tbody', {}, metrics.map((one) => el('tr', {}, el('th', { scope: 'row' }, metricNames[one.name] || shown(one.name, 40)), el('td', { class: 'number' }, count(one.count)),
    ['min', 'p50', 'p90', 'p99', 'max'].map((name) => el('td', { class: 'number' }, milliseconds(one[name])))))))) : null);

const addressOf = (end) => {
  const colon = String(end).lastIndexOf(':');
  return { host: String(end).slice(0, colon).replace(/[[\]]/g, ''), port: String(end).slice(colon + 1) };
};

const commands = (capture, flow) => {
  const file = shellWord(capture.capture.file);
  const [client, server] = [addressOf(flow.client), addressOf(flow.server)];
  const family = (one) => (one.host.includes(':') ? 'ipv6' : 'ip');
  const frames = flow.last_frame ? ` && frame.number >= ${flow.frame} && frame.number <= ${flow.last_frame}` : '';
  return [el('h2', {}, 'Elsewhere'), copied('command that shows this connection', `halley inspect ${file} --flow ${flow.number} --hex`),
    copied('display filter for Wireshark', `${family(client)}.addr == ${client.host} && tcp.port == ${client.port} && ${family(server)}.addr == ${server.host} && tcp.port == ${server.port}${frames}`)];
};

const omissionTable = (flow) => (flow.not_judged.length > 0 ? [el('h2', {}, 'What was not judged'), el('ul', { class: 'unjudged' }, flow.not_judged.map((one) =>
  el('li', {}, one.side === 'both' ? 'both sides' : shown(one.side, 10), ` from octet ${count(one.off)} on`, one.frame ? `, frame ${count(one.frame)}` : '', `: ${shown(one.reason, 400)}`)))] : null);

const lossTable = (flow) => {
  const gaps = list(flow.gaps);
  if (gaps.length === 0) return null;
  return scrolling('Octets that are missing', el('table', {}, el('caption', {}, 'Octets that were not captured'), headRow('from', 'octet', 'count', 'frame', ''),
    el('tbody', {}, gaps.map((one) => el('tr', {}, el('td', {}, shown(one.side, 10)), el('td', { class: 'number' }, count(one.off)), el('td', { class: 'number' }, count(one.len)), el('td', { class: 'number' }, count(one.frame)),
      el('td', {}, one.inside_payload ? 'inside a payload: read on behind them' : 'they may hide a border'))))));
};

const flowHead = (capture, flow) => [
  el('p', { class: 'crumbs' }, el('a', { href: shell.home, id: 'back' }, '← all connections'), ' ', aroundOf(capture, flow)),
  el('h2', { class: 'instance' }, `Connection ${flow.number} `, el('span', { class: `proto ${protocolLook(flow.protocol)}` }, shown(flow.protocol, 60)), ' ', el('span', { class: 'id' }, shown(flow.about, 300))),
  el('ul', { class: 'facts' },
    el('li', { class: 'id' }, `${shown(flow.client, 60)} → ${shown(flow.server, 60)}`), el('li', {}, `began at ${milliseconds(flow.started_ms)}`), el('li', {}, `lasted ${milliseconds(flow.duration_ms)}`),
    el('li', {}, `↑ ${octetsText(flow.octets.client)}`), el('li', {}, `↓ ${octetsText(flow.octets.server)}`), contentsOf(flow.counts) ? el('li', {}, contentsOf(flow.counts)) : null,
    number(flow.counts.ws_deflated) > 0 ? el('li', {}, `${count(flow.counts.ws_deflated)} compressed`) : null, number(flow.counts.tunnels) > 0 ? el('li', {}, plural(flow.counts.tunnels, 'tunnel')) : null,
    el('li', {}, flow.end.text), flow.whole ? null : el('li', { class: 'warn' }, 'begins before the capture'), el('li', { class: 'soft' }, framesOfFlow(capture, flow))),
];

/** Goes to the row of a finding; it may lie in the part that is folded. */
const showRow = (index) => {
  if (!document.getElementById(`found-${index}`)) document.querySelectorAll('.ladder tr.gap button').forEach((one) => one.click());
  const row = document.getElementById(`found-${index}`)?.closest('tr');
  if (!row) return;
  let said = row;
  while (said && !said.querySelector('summary')) said = said.previousElementSibling;
  row.scrollIntoView({ block: 'center' });
  if (said) said.querySelector('summary').focus({ preventScroll: true });
};

const sideOut = (side) => (side === 'client' ? 'out' : 'in');

const talkParts = (capture, flow, held) => {
  const where = framesOfFlow(capture, flow);
  if (!held) return [el('p', { class: 'omitted' }, `This conversation is omitted, the file is bounded: see ${where}.`)];
  if (held.events.length === 0) return [el('p', { class: 'soft' }, 'Nobody said anything.')];
  return [metricTable(held.metrics.filter((one) => one.count > 1), 'How long things took on this connection'), ladder(held.events, {
    checks: flow.findings.map((one, index) => ({ index, one, at: { conn: 'tcp', dir: sideOut(one.at.side), off: number(one.at.off), len: Math.max(1, number(one.at.len)) } })),
    started: flow.started_ms, left: `client ${flow.client}`, right: `server ${flow.server}`, where, silence: number(capture.silence_ms) || 1000,
    below: ({ one, index }) => [el('span', { id: `found-${index}` }, `${(weights[one.severity] || weights.info).glyph} ${shown(one.ref, 60)}: ${shown(one.got, 240)}`)],
    placeName: 'frame', place: (event) => (event.frame ? `#${count(event.frame)}` : ''),
    caption: 'What was said, in order. Arrows to the right come from the client; a bar at the tip is FIN, a cross RST. Enter opens fields and octets, up and down go on.',
    omitted: held.events.some((event) => event.ev === 'view.omitted') ? `A part of this conversation is omitted, it is longer than a page holds: see ${where}.` : null,
  })];
};

const flowView = (capture, name) => {
  const flow = capture.byNumber.get(Number(name));
  if (!flow) return [el('p', {}, 'There is no such connection in this file. ', el('a', { href: '#/' }, 'All connections'))];
  const conversation = el('div', { id: 'conversation' }, el('p', { class: 'soft' }, 'Reading the conversation …'));
  conversationOf(flow).then((held) => conversation.replaceChildren(...present(talkParts(capture, flow, held).flat(Infinity))))
    .catch((error) => conversation.replaceChildren(el('p', { class: 'error' }, `This conversation cannot be shown: ${shown(error)}; see ${framesOfFlow(capture, flow)}.`)));
  return [
    flowHead(capture, flow), ownBar(flow),
    flow.findings.length > 0 ? [el('h2', {}, 'What was found'), flow.findings.map((one, index) => findingBox(one, el('dd', { class: 'tools' }, el('button', { type: 'button', class: 'copy', click: () => showRow(index) }, 'show in the conversation'))))] : null,
    omissionTable(flow), lossTable(flow), el('h2', {}, 'What was said'), conversation, commands(capture, flow),
  ];
};
