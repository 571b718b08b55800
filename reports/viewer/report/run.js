// The run as the views look at it.

/** The events of a result; empty where none were kept. */
const transcriptOf = async (result) => {
  if (result.block === undefined) return [];
  return (await blockOf(result.block))[result.id] || [];
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
const counted = (run) => run.counted;

const noScenario = { id: '', title: '', file: '', requirements: [], tags: [] };
const scenarioOf = (run, result) => run.scenarioOf.get(result.scenario) || noScenario;

/** Run, with what the views look up. */
const indexed = (run) => {
  run.counted = run.results.filter((result) => !result.superseded);
  run.scenarioOf = new Map(run.scenarios.map((one) => [one.id, one]));
  run.requirementOf = new Map(run.requirements.map((one) => [one.id, one]));
  run.byId = new Map(run.results.map((one) => [one.id, one]));
  for (const result of run.results) {
    const scenario = scenarioOf(run, result);
    result.level = levelOf(run, result, scenario);
    result.text = `${result.id} ${scenario.title}`.toLowerCase();
  }
  run.ofInstance = grouped(run.counted, (result) => result.instance);
  run.different = findDifferent(run);
  return run;
};

/** The gravest level that a result is about: of what it violates, else of what its scenario tests. */
const levelOf = (run, result, scenario) => {
  const levels = new Set(result.checks.map((check) => check.level));
  if (levels.size === 0) {
    for (const id of scenario.requirements) levels.add((run.requirementOf.get(id) || {}).level);
  }
  return ['MUST', 'SHOULD', 'MAY'].find((level) => levels.has(level)) || '';
};

/** Where the octets of a result are that this file does not hold. */
const framesOf = (result) => (result.pcap
  ? `frames ${result.pcap.frames.join('–')} of ${shown(result.pcap.path, 400)}`
  : `events.jsonl from seq ${result.transcript.first_seq} to ${result.transcript.last_seq}`);
