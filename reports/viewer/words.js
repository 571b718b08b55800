// Words of a query box: KEY:VALUE or a part of a text; a leading - turns one round. A value may be a glob; ~ in front of
// it looks for a part.

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

const wordsOf = (query) => query.trim().split(/\s+/).filter(Boolean);

/** A predicate that asks of each word: `testOf(key, value, word)` gives what a thing has to be. */
const fittingAll = (query, testOf) => {
  const words = wordsOf(query).map((word) => {
    const not = word.startsWith('-') && word.length > 1;
    const bare = not ? word.slice(1) : word;
    const colon = bare.indexOf(':');
    const test = testOf(colon < 0 ? '' : bare.slice(0, colon), bare.slice(colon + 1), bare);
    return (thing) => test(thing) !== not;
  });
  return (thing) => words.every((word) => word(thing));
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
