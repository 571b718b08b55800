// The language of the query box: words, each of which a result has to fit; a leading - turns one round.
//   verdict:fail,warn  level:MUST  target:NAME  NAME:fail (of that target)  req:rfc6455/5.*  variant:~close
//   tag:slow  status:xpass  is:different (between targets)  anything else: part of the id or title
// A value may be a glob; ~ in front of it looks for a part.

const globbed = (pattern) =>
  new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 'i');

/** A predicate on lists of texts. */
const fitting = (pattern) => {
  if (pattern.startsWith('~')) {
    const part = pattern.slice(1).toLowerCase();
    return (values) => values.some((value) => String(value).toLowerCase().includes(part));
  }
  const globs = pattern.split(',').map(globbed);
  return (values) => values.some((value) => globs.some((glob) => glob.test(value)));
};

const requirementsOf = (run, result) => {
  const ids = result.checks.length > 0 ? [] : scenarioOf(run, result).requirements;
  const names = ids.flatMap((id) => {
    const one = run.requirementOf.get(id) || {};
    return [id, one.ref || '', ...(one.ledger || [])];
  });
  const own = result.checks.flatMap((check) => {
    const one = run.requirementOf.get(`${result.scenario}#${check.requirement}`) || {};
    return [check.requirement, check.ref, ...(one.ledger || [])];
  });
  return [...names, ...own].filter(Boolean);
};

const tests = new Map(Object.entries({
  verdict: () => (result) => [result.verdict],
  level: () => (result) => [result.level],
  target: () => (result) => [result.target],
  req: (run) => (result) => requirementsOf(run, result),
  variant: () => (result) => result.variants,
  status: () => (result) => [result.status || ''],
  tag: (run) => (result) => scenarioOf(run, result).tags,
  is: (run) => (result) => (run.different.has(result.instance) ? ['different'] : []),
}));

/** Instances that not all targets answer alike. */
const findDifferent = (run) => new Set([...run.ofInstance].filter(([, ofOne]) =>
  new Set(ofOne.map((result) => `${result.verdict} ${result.variants.join(' ')}`)).size > 1).map(([instance]) => instance));

const wordsOf = (query) => query.trim().split(/\s+/).filter(Boolean);

/** A predicate on results. */
const compiled = (run, query) => {
  const words = wordsOf(query).map((word) => {
    const not = word.startsWith('-') && word.length > 1;
    const bare = not ? word.slice(1) : word;
    const colon = bare.indexOf(':');
    const key = colon < 0 ? '' : bare.slice(0, colon);
    const fit = fitting(bare.slice(colon + 1));
    let test = (result) => result.text.includes(bare.toLowerCase());
    if (tests.has(key)) {
      const values = tests.get(key)(run);
      test = (result) => fit(values(result));
    } else if (run.targets.some((target) => target.name === key)) {
      test = (result) => fit((run.ofInstance.get(result.instance) || []).filter((one) => one.target === key).map((one) => one.verdict));
    }
    return (result) => test(result) !== not;
  });
  return (result) => words.every((word) => word(result));
};

/** The values that `query` asks of `key`, where it asks simply. */
const asked = (query, key) => {
  const word = wordsOf(query).find((one) => one.startsWith(`${key}:`));
  return word ? word.slice(key.length + 1).split(',') : [];
};

/** `query` asking for these values of `key`; for none, it does not ask. */
const asking = (query, key, values) => {
  const rest = wordsOf(query).filter((one) => !one.startsWith(`${key}:`) && !one.startsWith(`-${key}:`));
  return [...(values.length > 0 ? [`${key}:${values.join(',')}`] : []), ...rest].join(' ');
};
