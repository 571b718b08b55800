// The capture itself: what it holds, what is missing in it, how long things took.

const captureView = (capture) => {
  const { capture: about, integrity } = capture;
  const facts = (rows) => el('dl', {}, Object.entries(rows).filter(([, value]) => value !== undefined && value !== '').flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, shown(value, 400))]));
  const seconds = Number(about.started);
  return [
    el('h2', {}, 'The file'), facts({
      file: about.file, size: octetsText(about.size), 'written by': about.application, began: seconds > 0 ? new Date(seconds * 1000).toISOString() : '', lasted: milliseconds(about.duration_ms), packets: count(about.packets),
      connections: count(about.connections), interfaces: list(about.interfaces).slice(0, 20).join(', '), 'read in': milliseconds(capture.read_in_ms), 'read by': `${capture.tool.name} ${capture.tool.version}`,
    }),
    about.truncated ? el('p', { class: 'omitted' }, 'The last packet of the file is cut short.') : null,
    el('h2', {}, 'Protocols'), scrolling('Protocols', el('table', { id: 'protocols' }, el('caption', {}, 'What the connections speak, as far as their content tells'),
      headRow('', 'connections', 'requests', 'WebSocket frames', 'messages', 'compressed', 'events', 'tunnels'),
      el('tbody', {}, list(capture.protocols).map((one) => el('tr', {}, el('th', { scope: 'row' }, el('span', { class: `proto ${protocolLook(one.name)}` }, shown(one.name, 60))),
        [one.connections, ...['requests', 'ws_frames', 'ws_messages', 'ws_deflated', 'sse_events', 'tunnels'].map((name) => one.counts[name])].map((value) => el('td', { class: 'number' }, number(value) > 0 ? count(value) : ''))))))),
    list(capture.metrics).length > 0 ? [el('h2', {}, 'Latency'), metricTable(list(capture.metrics), 'How long things took, over all connections')] : null,
    el('h2', {}, 'Integrity'), facts({
      'segments of TCP': count(integrity.segments), octets: octetsText(integrity.octets), 'dropped by the capture': integrity.drops === undefined ? 'not known' : count(integrity.drops), retransmitted: count(integrity.retransmitted), 'out of order': count(integrity.out_of_order),
      gaps: integrity.gaps > 0 ? `${count(integrity.gaps)}, ${octetsText(integrity.gap_octets)} not captured` : '0', 'came twice and differ': plural(number(integrity.differing_overlaps), 'octet'),
      'not TCP': count(integrity.not_tcp), fragments: count(integrity.fragments), unreadable: count(integrity.unreadable),
    }),
    list(capture.not_judged).length > 0 ? [el('h2', {}, 'What was not judged'), scrolling('Not judged', el('table', {}, el('caption', {}, 'No accusation and no acquittal'), headRow('reason', 'connections', 'the first'),
      el('tbody', {}, list(capture.not_judged).map((one) => el('tr', {}, el('td', {}, shown(one.reason, 400)), el('td', { class: 'number' }, count(one.connections)), el('td', {}, el('a', { href: `#/f/${number(one.flow)}` }, String(number(one.flow)))))))))] : null,
  ];
};
