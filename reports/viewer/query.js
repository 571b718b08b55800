// The language of the query box: words, each of which a result has to fit; a leading - turns one round.
//   verdict:fail,warn  level:MUST  target:NAME  NAME:fail (of that target)  req:rfc6455/5.*  variant:~close
//   tag:slow  status:xpass  is:different (between targets)  anything else: part of the id or title
// A value may be a glob; ~ in front of it looks for a part.

const globbed = (pattern) =>
  new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 'i');

const fits = (pattern, values) => {
  if (pattern.startsWith('~')) return values.some((value) => value.toLowerCase().includes(pattern.slice(1).toLowerCase()));
  return pattern.split(',').some((one) => values.some((value) => globbed(one).test(value)));
};

const requirementsOf = (run, result) => {
  const scenario = run.scenarioOf.get(result.scenario);
  const ids = result.checks.length > 0 ? [] : (scenario ? scenario.requirements : []);
  const names = ids.flatMap((id) => [id, ...((run.requirementOf.get(id) || { ledger: [] }).ledger || [])]);
  return [...names, ...result.checks.flatMap((check) => [check.requirement, check.ledger, check.ref].filter(Boolean))];
};

const tests = {
  verdict: (run, result, value) => fits(value, [result.verdict]),
  level: (run, result, value) => fits(value, [result.level]),
  target: (run, result, value) => fits(value, [result.target]),
  req: (run, result, value) => fits(value, requirementsOf(run, result)),
  variant: (run, result, value) => fits(value, result.variants),
  status: (run, result, value) => fits(value, [result.status || '']),
  tag: (run, result, value) => fits(value, (run.scenarioOf.get(result.scenario) || { tags: [] }).tags),
  is: (run, result, value) => value === 'different' && run.different.has(result.instance),
};

/** Instances that not all targets answer alike. */
const findDifferent = (run) => {
  const seen = new Map();
  for (const result of counted(run)) {
    const what = `${result.verdict} ${result.variants.join(' ')}`;
    if (!seen.has(result.instance)) seen.set(result.instance, new Set());
    seen.get(result.instance).add(what);
  }
  return new Set([...seen].filter(([, what]) => what.size > 1).map(([instance]) => instance));
};

/** A predicate on results. */
const compiled = (run, query) => {
  const words = query.trim().split(/\s+/).filter(Boolean).map((word) => {
    const not = word.startsWith('-') && word.length > 1;
    const bare = not ? word.slice(1) : word;
    const colon = bare.indexOf(':');
    const key = colon < 0 ? '' : bare.slice(0, colon);
    const value = bare.slice(colon + 1);
    let test;
    if (key in tests) test = (result) => tests[key](run, result, value);
    else if (run.targets.some((target) => target.name === key)) {
      test = (result) => run.verdictAt(result.instance, key).some((verdict) => fits(value, [verdict]));
    } else test = (result) => result.text.includes(bare.toLowerCase());
    return (result) => test(result) !== not;
  });
  return (result) => words.every((word) => word(result));
};
