// The language of the query box: words, each of which a connection has to fit.
//   proto:ws  has:violation,should,info,finding,loss,silence,unjudged  req:rfc6455/5.*  by:client (broke something)
//   end:fin,rst,close,open  close:1002  client:*:443  server:10.0.0.2:*  flow:12
//   findings>2  took>1.5 (seconds)  octets>1000  requests>10  messages<5
//   after:12.5  before:14 (seconds of the capture; they bound what the time axis shows)
//   anything else: part of its number, protocol, path, ends

const hasOf = (flow) => [
  ...new Set(flow.findings.map((one) => one.severity)), flow.findings.length > 0 ? 'finding' : null, flow.lost > 0 ? 'loss' : null,
  flow.silences.length > 0 ? 'silence' : null, flow.not_judged.length > 0 ? 'unjudged' : null,
].filter(Boolean);

const flowTests = new Map(Object.entries({
  proto: (flow) => [flow.protocol, ...String(flow.protocol).split(' → ')],
  has: hasOf,
  req: (flow) => flow.findings.flatMap((one) => [one.ledger, one.ref]),
  by: (flow) => flow.findings.map((one) => one.at.side),
  end: (flow) => [flow.end.how, ...(flow.end.rst ? ['rst'] : [])],
  close: (flow) => (flow.close ? [flow.close.code === undefined ? 'none' : flow.close.code] : []),
  client: (flow) => [flow.client],
  server: (flow) => [flow.server],
  flow: (flow) => [flow.number],
}));

const flowNumbers = new Map(Object.entries({
  findings: (flow) => flow.findings.length,
  took: (flow) => flow.duration_ms / 1000,
  octets: (flow) => flow.total,
  requests: (flow) => number(flow.counts.requests),
  messages: (flow) => number(flow.counts.ws_messages),
}));

const relations = { '>': (a, b) => a > b, '<': (a, b) => a < b, '=': (a, b) => a === b };

/** The time of the capture that `query` asks for, in milliseconds. */
const windowOf = (capture, query) => {
  const at = (key, otherwise) => {
    const value = parseFloat(asked(query, key)[0]);
    return Number.isFinite(value) ? Math.min(capture.length, Math.max(0, value * 1000)) : otherwise;
  };
  const [from, to] = [at('after', 0), at('before', capture.length)];
  return to > from ? { from, to } : { from: 0, to: capture.length };
};

/** A predicate on connections. */
const compiled = (capture, query) => fittingAll(query, (key, value, word) => {
  if (key === 'after' || key === 'before') {
    const { from, to } = windowOf(capture, `${key}:${value}`);
    return (flow) => flow.started_ms <= to && flow.started_ms + flow.duration_ms >= from;
  }
  const compared = /^(\w+)([<>=])(\d+(?:\.\d+)?)$/.exec(word);
  if (compared && flowNumbers.has(compared[1])) {
    const [, name, sign, text] = compared;
    return (flow) => relations[sign](flowNumbers.get(name)(flow), Number(text));
  }
  if (!flowTests.has(key)) return (flow) => flow.text.includes(word.toLowerCase());
  const fit = fitting(value);
  return (flow) => fit(flowTests.get(key)(flow));
});
