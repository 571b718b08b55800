// The report's data: base64 of raw deflate. Transcripts lie in blocks, inflated only when one is looked at.

const inflated = async (id) => {
  const text = document.getElementById(id).textContent;
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return JSON.parse(await new Response(stream).text());
};

const blocks = new Map();

/** The events of a result; empty where none were kept. */
const transcriptOf = async (result) => {
  if (result.block === undefined) return [];
  if (!blocks.has(result.block)) blocks.set(result.block, inflated(`block-${result.block}`));
  return (await blocks.get(result.block))[result.id] || [];
};

const verdicts = {
  pass: { glyph: '✓', word: 'pass' },
  info: { glyph: 'i', word: 'info' },
  warn: { glyph: '!', word: 'warn' },
  fail: { glyph: '✗', word: 'FAIL' },
  skip: { glyph: '–', word: 'skip' },
  error: { glyph: '⚡', word: 'ERROR' },
};
const worstFirst = ['fail', 'error', 'warn', 'info', 'pass', 'skip'];

/** What a later attempt took the place of does not count. */
const counted = (run) => run.results.filter((result) => !result.superseded);

/** Run, with what the views look up. */
const indexed = (run) => {
  run.scenarioOf = new Map(run.scenarios.map((one) => [one.id, one]));
  run.requirementOf = new Map(run.requirements.map((one) => [one.id, one]));
  run.byId = new Map(run.results.map((one) => [one.id, one]));
  for (const result of run.results) {
    const scenario = run.scenarioOf.get(result.scenario);
    result.level = levelOf(run, result, scenario);
    result.text = `${result.id} ${scenario ? scenario.title : ''}`.toLowerCase();
  }
  return run;
};

/** The gravest level that a result is about: of what it violates, else of what its scenario tests. */
const levelOf = (run, result, scenario) => {
  const levels = new Set(result.checks.map((check) => check.level));
  if (levels.size === 0 && scenario) {
    for (const id of scenario.requirements) levels.add((run.requirementOf.get(id) || {}).level);
  }
  return ['MUST', 'SHOULD', 'MAY'].find((level) => levels.has(level)) || '';
};
