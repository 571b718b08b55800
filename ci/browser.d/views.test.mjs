// What the report shows is what run.json says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { instanceHash, shownAt, test } from './browser.mjs';

const words = { pass: 'pass', info: 'info', warn: 'warn', fail: 'FAIL', skip: 'skip', error: 'ERROR' };

const failing = (run, name) => run.results.find((result) => result.verdict === 'fail' && result.scenario === name);

test('the matrix has a cell for each result, with its verdict', async ({ open, report, run }) => {
  const page = await open(report, '#/?open=*');
  const cells = await page.$$eval('#matrix td a.verdict', (links) => links.map((link) => [link.getAttribute('href'), link.textContent]));
  const byHref = new Map(cells);
  assert.ok(run.results.length > 150, `${run.results.length} results`);
  for (const result of run.results) {
    const text = byHref.get(instanceHash(result));
    assert.ok(text, `no cell for ${result.id}`);
    assert.ok(text.includes(words[result.verdict]), `${result.id}: ${text}`);
  }
  const heads = await page.$$eval('#matrix thead th .target', (found) => found.map((one) => one.textContent));
  assert.deepEqual(heads, run.targets.map((target) => target.name));
  for (const { target, levels } of run.summary.targets) {
    const score = `MUST ${levels.MUST.held}/${levels.MUST.tested} · SHOULD ${levels.SHOULD.held}/${levels.SHOULD.tested}`;
    assert.ok((await page.textContent('#matrix thead')).includes(score), `${target}: ${score}`);
  }
  return `${run.results.length} results`;
});

test('without JavaScript the counts and the findings are read', async ({ open, report, run }) => {
  const page = await open(report, '', { javaScriptEnabled: false });
  const text = await page.innerText('main');
  for (const { target, verdicts } of run.summary.targets) {
    const row = page.locator('tr', { has: page.locator('th', { hasText: new RegExp(`^${target}$`) }) }).first();
    assert.deepEqual(await row.locator('td').allInnerTexts(), ['pass', 'info', 'warn', 'fail', 'skip', 'error'].map((verdict) => String(verdicts[verdict])));
  }
  const { passed, failed, skipped } = run.summary.closing;
  assert.ok(text.includes(`${passed} passed, ${failed} failed, ${skipped} skipped`), text.slice(0, 200));
  for (const result of run.results.filter((one) => one.verdict === 'fail')) assert.ok(text.includes(result.instance), result.instance);
  assert.ok(text.includes('run.json holds the rest'));
});

test('an instance shows the requirement, what was expected and got, and its octets', async ({ open, report, run }) => {
  const result = failing(run, 'ws/frame/control-fragmented');
  const page = await open(report, instanceHash(result));
  const [check] = result.checks;
  const box = page.locator('.check').first();
  await page.waitForSelector('.check .octets');
  const text = await box.innerText();
  const says = run.requirements.find((one) => one.id === `${result.scenario}#${check.requirement}`).says;
  for (const part of [check.level, says, check.ref, check.expected, check.got, `frame ${check.at.frame}`]) {
    assert.ok(text.replace(/\s+/g, ' ').includes(String(part).replace(/\s+/g, ' ')), `${part} in ${text}`);
  }
  const link = await box.locator('a').first().getAttribute('href');
  assert.match(link, /^https:\/\/www\.rfc-editor\.org\/rfc\/rfc6455#section-5\.5$/);
  const octets = await box.locator('.octets').innerText();
  assert.match(octets, new RegExp(`^ *${check.at.off} {2}8a 04 68 65 61 64`), octets); // a Pong of 4 octets: RFC 6455 §5.2
  assert.match(octets, /head/);
});

test('the ladder has both directions, and fields beside octets', async ({ open, report, run }) => {
  const page = await open(report, instanceHash(failing(run, 'ws/frame/control-fragmented')));
  await page.waitForSelector('table.ladder');
  const names = await page.$$eval('.ladder summary', (all) => all.map((one) => one.getAttribute('aria-label')));
  const sent = 'Halley to deviating-gateway: ';
  const came = 'deviating-gateway to Halley: ';
  assert.ok(names.includes(`${sent}GET /echo`), names.join('\n'));
  assert.ok(names.includes(`${came}101 Switching Protocols`));
  assert.ok(names.includes(`${sent}PING 4, more follows, masked`));
  assert.ok(names.includes(`${came}PONG 4, violates what it is held to`));
  assert.equal(await page.locator('.ladder tr.broken summary').count(), 1);
  assert.equal(await page.locator('summary.arrow.out').count() > 0 && await page.locator('summary.arrow.in').count() > 0, true);

  const ping = page.locator(`.ladder summary[aria-label="${sent}PING 4, more follows, masked"]`);
  await ping.click();
  const inside = page.locator('.inside').first();
  const fields = await inside.locator('dl').innerText();
  for (const part of ['opcode', 'ping', 'masking key', 'fin', 'false']) assert.ok(fields.includes(part), `${part} in ${fields}`);
  const dumps = await inside.locator('.octets').allInnerTexts();
  assert.match(dumps[0], /^ *\d+ {2}09 84 /); // FIN 0, opcode 9; mask 1, length 4
  assert.match(dumps[1], /68 65 61 64 .*head/s); // unmasked
  assert.match(await inside.locator('.octets b').first().innerText(), /^09 84( [0-9a-f]{2}){4}$/); // the header stands out

  await page.locator('.ladder summary', { hasText: 'GET /echo' }).click();
  const head = page.locator('.inside', { hasText: 'request line' });
  for (const part of ['GET /echo HTTP/1.1', 'Sec-WebSocket-Key', 'Upgrade']) assert.ok((await head.innerText()).includes(part), part);
});

test('a chunk, its content and the event in it are one arrow', async ({ open, report, run }) => {
  const page = await open(report, instanceHash(failing(run, 'sse/server/resume-after-disconnect')));
  await page.waitForSelector('table.ladder');
  const arrow = page.locator('.ladder summary', { hasText: 'event message #2' });
  assert.match((await arrow.first().innerText()).trim(), /^chunk of \d+ = event message #2 “2”$/);
  await arrow.first().click();
  const insides = page.locator('.inside');
  await insides.nth(2).waitFor(); // what an arrow holds is drawn when it has opened, behind the click
  assert.equal(await insides.count(), 3);
  assert.match(await insides.nth(2).innerText(), /last_event_id\s+2/);
});

test('silence, FIN and RST are told apart', async ({ open, report, run }) => {
  const page = await open(report, instanceHash(failing(run, 'sse/server/heartbeat')));
  await page.waitForSelector('.ladder tr.gap');
  assert.match(await page.locator('.ladder tr.gap').first().innerText(), /^\s*\d+\.\d\d s of silence/);
  const reset = run.results.find((one) => one.target === 'deviating-gateway' && one.verdict === 'warn' && one.close.how === 'rst');
  assert.ok(reset, 'close-resets is found');
  await shownAt(page, instanceHash(reset));
  const ends = await page.$$eval('.ladder summary.arrow', (all) => all.filter((one) => /: (FIN|RST)/.test(one.getAttribute('aria-label')))
    .map((one) => [one.innerText.trim(), one.querySelector('.tip path').getAttribute('d')]));
  assert.ok(ends.some(([text]) => text.includes('RST')), JSON.stringify(ends));
  const arrow = await page.locator('.ladder summary.arrow .tip path').first().getAttribute('d');
  for (const [text, shape] of ends) assert.notEqual(shape, arrow, text);
});

test('an instance names others, the command, frames and steps', async ({ open, report, run }) => {
  const result = failing(run, 'ws/frame/control-fragmented');
  const other = run.results.find((one) => one.instance === result.instance && one.id !== result.id);
  const page = await open(report, instanceHash(result));
  await page.waitForSelector('table.ladder');
  const text = await page.innerText('main');
  assert.ok(await page.locator(`a[href="${instanceHash(other)}"]`).count() === 1);
  assert.ok(text.includes(`'${result.instance}'`), 'the command quotes the id for a shell');
  assert.ok(text.includes(`Frames ${result.pcap.frames.join('–')} of`));
  assert.ok(text.includes(`frame.interface_name == "${result.instance}"`));
  await page.locator('details.steps summary').click();
  assert.equal(await page.locator('details.steps tbody tr').count(), result.steps.length);
  const passed = run.results.find((one) => one.verdict === 'pass');
  await shownAt(page, instanceHash(passed));
  assert.match(await page.innerText('.omitted'), new RegExp(`omitted: see frames ${passed.pcap.frames.join('–')} of`));
});

test('each requirement is counted for each target, by section', async ({ open, report, run }) => {
  const page = await open(report, '#/requirements');
  const counts = await page.$$eval('#requirements td.cell a', (links) => links.map((link) => link.textContent));
  const violations = run.results.flatMap((result) => result.violates).length;
  assert.equal(counts.map((text) => Number(/violated (\d+)\//.exec(text)[1])).reduce((a, b) => a + b, 0), violations);
  const documents = await page.$$eval('#requirements tr.family th', (found) => found.map((one) => one.firstChild.textContent));
  assert.ok(documents.includes('RFC 6455') && documents.includes('RFC 9112'), documents.join());
  const sections = await page.$$eval('#requirements tbody tr:not(.family) td:nth-child(2)', (found) => found.map((one) => one.textContent).filter((text) => text.startsWith('RFC 6455')));
  const numbers = sections.map((text) => /§([\d.]+)/.exec(text)[1]);
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })));
  await page.click('a.chip:has-text("violated")');
  await page.waitForURL(/show=violated/);
  const rows = await page.locator('#requirements tbody tr:not(.family)').count();
  assert.equal(await page.locator('#requirements tbody tr:not(.family):has(td.cell)').count(), rows);
  assert.ok(rows > 0);
});

test('the slowest come first, with percentiles', async ({ open, report, run }) => {
  const page = await open(report, '#/timing');
  const slowest = await page.$$eval('#slowest a', (links) => links.map((link) => link.getAttribute('href')));
  const played = run.results.filter((result) => result.verdict !== 'skip').sort((a, b) => b.duration_ms - a.duration_ms);
  assert.equal(slowest[0], instanceHash(played[0]));
  assert.equal(slowest.length, Math.min(100, played.length));
  const row = await page.locator('#percentiles tbody tr').first().innerText();
  const ofFirst = played.filter((result) => result.target === played[0].target).length;
  assert.ok(row.split('\t').includes(String(ofFirst)) || (await page.innerText('#percentiles')).includes(`\t${ofFirst}\t`), row);
  await shownAt(page, '#/run');
  assert.ok((await page.innerText('main')).includes(run.run.seed));
});

test('no markup asks for anything, and the policy forbids it', async ({ open, report }) => {
  const text = readFileSync(report, 'utf8');
  assert.match(text, /default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'/);
  const page = await open(report);
  const violated = await page.evaluate(() => new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'window.foreign = true';
    document.body.append(script);
  }));
  assert.match(violated, /^script-src/);
  assert.equal(await page.evaluate(() => window.foreign), undefined);
  page.complaints.splice(0); // that one was wanted
});
