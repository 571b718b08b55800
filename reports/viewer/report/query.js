// The language of the query box: words, each of which a result has to fit.
//   verdict:fail,warn  level:MUST  target:NAME  NAME:fail (of that target)  req:rfc6455/5.*  variant:~close
//   tag:slow  status:xpass  is:different (between targets)  anything else: part of the id or title

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

/** A predicate on results. */
const compiled = (run, query) => fittingAll(query, (key, value, word) => {
  const fit = fitting(value);
  if (tests.has(key)) {
    const values = tests.get(key)(run);
    return (result) => fit(values(result));
  }
  if (run.targets.some((target) => target.name === key)) {
    return (result) => fit((run.ofInstance.get(result.instance) || []).filter((one) => one.target === key).map((one) => one.verdict));
  }
  return (result) => result.text.includes(word.toLowerCase());
});
