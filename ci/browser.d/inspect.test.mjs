// What the page about a capture shows is what inspect --format json says, and it can be used by everybody.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { axeSource, shownAt, test } from './browser.mjs';
import { writeHostile, writeManyFlows } from './captures.mjs';

/** Judges `capture`; a finding (1) is what is wanted of it. Returns what was written to its standard output. */
export const inspected = async (halley, capture, ...words) => {
  const { stdout } = await promisify(execFile)(halley, ['inspect', capture, '--fail-on', 'none', ...words], { maxBuffer: 1e9 });
  return stdout;
};

const pageOf = async (halley, capture) => {
  const page = `${capture}.html`;
  await inspected(halley, capture, '--format', 'html', '-o', page);
  return page;
};

const everyView = ['#/', '#/?q=has%3Afinding&sort=length', '#/findings', '#/capture', ...[1, 2, 3, 4, 5, 6, 7].map((flow) => `#/f/${flow}`)];

const rowsOf = (page) => page.$$eval('#flows tbody tr', (rows) => rows.map((row) => Number(row.querySelector('a.flow').textContent)));

const searched = async (page, query) => {
  await page.fill('#query', query);
  await page.waitForURL((url) => new URLSearchParams(url.hash.split('?')[1] || '').get('q') === (query || null));
};

test('inspect: each connection has a bar, with a tick where something was found', async ({ open, capture }) => {
  const page = await open(capture.page);
  const { flows, summary } = capture.json;
  assert.deepEqual((await rowsOf(page)).sort((a, b) => a - b), flows.map((flow) => flow.number));
  assert.match(await page.innerText('#flows caption'), new RegExp(`^${flows.length} connections, 2 of them`));
  for (const flow of flows) {
    const bar = page.locator('#flows tbody tr', { has: page.locator(`a[href="#/f/${flow.number}"]`) }).locator('svg.flow-bar');
    assert.equal(await bar.locator('line.tick').count(), flow.findings.length, `ticks of ${flow.number}`);
    assert.equal(await bar.locator('rect.lost').count(), flow.gaps.length, `losses of ${flow.number}`);
    const words = await bar.getAttribute('aria-label');
    assert.equal(/violation/.test(words), flow.findings.length > 0, words);
    assert.equal(/silence/.test(words), [1, 2].includes(flow.number), words);
  }
  const tiles = await page.innerText('.tiles');
  assert.match(tiles, new RegExp(`^${summary.violation}\\s+MUST broken\\s+${summary.should}\\s+SHOULD broken\\s+${flows.length}\\s+connections`));
  assert.match(tiles, /1\.03 kB\s+not captured/);
});

test('inspect: a capture of a run has a row a connection', async ({ open, halley, out }) => {
  const folder = `${out}/deviating`;
  const page = await open(await pageOf(halley, `${folder}/trace.pcapng`));
  const json = JSON.parse(await inspected(halley, folder, '--format', 'json'));
  while (await page.locator('#more').count() > 0) await page.click('#more');
  assert.equal((await rowsOf(page)).length, json.flows.length);
  const worst = await page.locator('#flows tr.worst-fail').count();
  assert.equal(worst, json.flows.filter((flow) => flow.findings.some((one) => one.severity === 'violation')).length);
  assert.ok(worst > 0);
  return `${json.flows.length} connections, ${worst} with a violation`;
});

test('inspect: words, buttons and sorting leave what fits, and the address keeps them', async ({ open, capture }) => {
  const page = await open(capture.page);
  for (const [query, wanted] of [
    ['has:violation', [1, 4]], ['-has:finding has:loss', [3, 5]], ['proto:http', [3, 4, 5, 7]], ['proto:tunnel', [4]], ['req:rfc6455/*', [1]], ['by:client', [4]], ['end:rst', [2]], ['close:1000', [1]],
    ['has:silence took>2.5', [1]], ['has:unjudged', [5, 6]], ['requests=2', [3, 4]], ['/large', [3]], ['client:*:40002', [2]], ['after:0.95 before:1.3', [1, 2, 6]], ['octets<40', [6]], ['constructor:x', []], ['( * [', []],
  ]) {
    await searched(page, query);
    assert.deepEqual((await rowsOf(page)).sort((a, b) => a - b), wanted, query);
  }
  await searched(page, '');
  await page.click('.chips button:has-text("violation")');
  await page.waitForURL(/q=has/);
  await page.click('.chips button:has-text("length")');
  await page.waitForURL(/sort=length/);
  assert.deepEqual(await rowsOf(page), [1, 4]);
  const url = page.url();
  await page.reload();
  await page.waitForSelector('#flows');
  assert.deepEqual(await rowsOf(page), [1, 4]);
  await page.click('button.clear');
  assert.deepEqual((await rowsOf(page)).slice(0, 2), [1, 2], 'the longest first');
  assert.notEqual(page.url(), url);
  const { x, y, width } = await page.locator('svg.axis').boundingBox();
  await page.mouse.move(x + width * 0.3, y + 10);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.5, y + 10);
  await page.mouse.up();
  await page.waitForURL(/after/);
  assert.match(await page.inputValue('#query'), /^after:0\.8\d* before:1\.4\d*$/);
});

test('inspect: a connection is a ladder with both sides, silence, octets and what is wrong', async ({ open, capture }) => {
  const page = await open(capture.page, '#/f/1');
  await page.waitForSelector('table.ladder');
  const names = await page.$$eval('.ladder summary', (all) => all.map((one) => one.getAttribute('aria-label')));
  const [client, server] = ['client 10.0.0.1:40001', 'server 10.0.0.2:80'];
  assert.deepEqual(names, [
    `${client} to ${server}: GET /chat`, `${server} to ${client}: 101 Switching Protocols after 12.0 ms`, `${client} to ${server}: TEXT 5, masked “hello”`, `${server} to ${client}: TEXT 5 “hello”`,
    `${server} to ${client}: TEXT 17, masked “masked by mistake”, violates what it is held to`, `${client} to ${server}: PING 12, masked`, `${server} to ${client}: PONG 12`,
    `${client} to ${server}: Close 1000`, `${server} to ${client}: Close 1000`, `${server} to ${client}: FIN`, `${client} to ${server}: FIN`]);
  assert.match(await page.locator('.ladder tr.silence').innerText(), /2\.50 s of silence/);
  assert.match(await page.locator('.ladder tr.said').innerText(), /RFC 6455 §5\.1: A server sent a masked frame/);
  const [finding] = capture.json.flows[0].findings;
  const box = await page.innerText('.check');
  for (const part of ['MUST', finding.says, finding.ref, finding.ledger, finding.expected, finding.got, `frame ${finding.at.frame}`]) assert.ok(box.includes(part), `${part} in ${box}`);
  await page.click('button:has-text("show in the conversation")');
  assert.match(await page.evaluate("document.activeElement.getAttribute('aria-label')"), /masked by mistake/);
  await page.keyboard.press('Enter');
  const inside = page.locator('.inside').first();
  await inside.locator('.octets').nth(1).waitFor(); // drawn when the arrow has opened, behind the key
  const dumps = await inside.locator('.octets').allInnerTexts();
  assert.match(dumps[0], /^ *136 {2}81 91 09 08 07 06 /); // FIN, text; masked, 17 octets; the key
  assert.match(await inside.locator('.octets b').innerText(), /^81 91 09 08 07 06$/);
  assert.match(dumps[1], /6d 61 73 6b 65 64 .*masked by mistak/s);
  assert.match(await inside.locator('dl').innerText(), /opcode\s+text/);
  const text = await page.innerText('main');
  assert.ok(text.includes('--flow 1 --hex') && text.includes('ip.addr == 10.0.0.1 && tcp.port == 40001 && ip.addr == 10.0.0.2 && tcp.port == 80'), text.slice(-500));
});

test('inspect: tunnels are nested, losses and what is not judged are told', async ({ open, capture }) => {
  const page = await open(capture.page, '#/f/4');
  await page.waitForSelector('table.ladder');
  assert.match(await page.innerText('.check'), /inside 1 tunnel/);
  assert.deepEqual(await page.$$eval('.ladder .depth-1 summary .label', (all) => all.map((one) => one.textContent)), ['✗ GET /inside', '200 OK after 15.0 ms', 'body 5 “inner”']);
  await shownAt(page, '#/f/3');
  assert.match(await page.locator('.ladder tr.view-lost').innerText(), /1,000 octets of the server not captured/);
  assert.match(await page.innerText('main'), /inside a payload: read on behind them/);
  assert.doesNotMatch(await page.innerText('.ladder'), /u0000|bbbb/, 'no octets in place of those that are missing');
  const times = await page.$$eval('.ladder td.time', (cells) => cells.map((cell) => parseFloat(cell.textContent.slice(1))).filter(Number.isFinite));
  assert.deepEqual(times, [...times].sort((a, b) => a - b));
  await shownAt(page, '#/f/5');
  const left = capture.json.flows[4].not_judged[0].reason;
  assert.ok((await page.locator('.ladder tr.view-unjudged').innerText()).includes(left));
  assert.ok((await page.innerText('ul.unjudged')).includes(left));
  await shownAt(page, '#/f/2');
  const labels = await page.$$eval('.ladder summary .label', (all) => all.map((one) => one.textContent));
  assert.ok(labels.some((label) => /^chunk of \d+ = event message #2 “second”$/.test(label)), labels.join('\n'));
  assert.equal(labels.at(-1), 'RST');
  await shownAt(page, '#/f/7');
  assert.match(await page.innerText('.facts'), /begins before the capture/);
});

test('inspect: findings are grouped by section and lead to connections', async ({ open, capture }) => {
  const page = await open(capture.page, '#/findings');
  const boxes = await page.locator('.check').allInnerTexts();
  assert.equal(boxes.length, capture.json.findings.length);
  assert.deepEqual(await page.$$eval('h2', (heads) => heads.map((head) => head.firstChild.textContent)), ['RFC 6455', 'RFC 9112']);
  for (const one of capture.json.findings) assert.ok(boxes.some((box) => box.includes(one.says) && box.includes(one.ledger) && box.includes(`frame ${one.at.frame}`)), one.ledger);
  assert.equal(await page.locator('.check a').first().getAttribute('href'), 'https://www.rfc-editor.org/rfc/rfc6455#section-5.1');
  await page.click('.check .chips a >> nth=0');
  await page.waitForURL(/#\/f\/1$/);
  await shownAt(page, '#/capture');
  const text = await page.innerText('main');
  for (const { name, connections } of capture.json.protocols) assert.match(text, new RegExp(`${name}\\s+${connections}`));
  assert.match(text, /gaps\s+2, 1\.03 kB not captured/);
});

test('inspect: without JavaScript the summary is read', async ({ open, capture }) => {
  const page = await open(capture.page, '', { javaScriptEnabled: false });
  const text = await page.innerText('main');
  for (const part of ['2 broken with MUST', '7 connections', '2 gaps (1,033 octets', 'A server sent a masked frame', 'A server masks no frame.', 'halley inspect holds the rest']) assert.ok(text.includes(part), `${part} in ${text}`);
  assert.equal(await page.locator('tbody tr').count(), 7);
});

test('inspect: keys alone are enough', async ({ open, capture }) => {
  const page = await open(capture.page);
  const active = (what) => page.evaluate(`document.activeElement.${what}`);
  await page.keyboard.press('/');
  assert.equal(await active('id'), 'query');
  await page.keyboard.type('proto:http');
  await page.waitForURL(/q=proto/);
  for (let tabs = 0; tabs < 40 && !(await active("matches('a.flow')")); tabs += 1) await page.keyboard.press('Tab');
  assert.equal(await active('textContent'), '3');
  await page.keyboard.press('ArrowDown');
  assert.equal(await active('textContent'), '4');
  assert.notEqual(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none', 'the focus is seen');
  await page.keyboard.press('Enter');
  await page.waitForSelector('table.ladder');
  assert.match(page.url(), /#\/f\/4$/);
  for (let tabs = 0; tabs < 40 && !(await active("matches('.ladder summary')")); tabs += 1) await page.keyboard.press('Tab');
  const row = await active("getAttribute('aria-label')");
  await page.keyboard.press('ArrowDown');
  assert.notEqual(await active("getAttribute('aria-label')"), row);
  await page.keyboard.press('Escape');
  await page.waitForSelector('#flows');
  assert.equal(await active('textContent'), '4', 'the focus is where it was');
  assert.match(page.url(), /q=proto/);
});

for (const colorScheme of ['light', 'dark']) {
  test(`inspect: axe finds no serious fault, ${colorScheme}`, async ({ open, capture, home }) => {
    const page = await open(capture.page, '', { colorScheme });
    await page.evaluate(axeSource(home));
    for (const hash of everyView) {
      await shownAt(page, hash);
      for (const summary of await page.locator('.ladder summary').all()) await summary.click();
      const { violations } = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
      const grave = violations.filter((one) => ['serious', 'critical'].includes(one.impact));
      assert.deepEqual(grave.map((one) => `${hash}: ${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary}`).join('; ')}`), []);
      const wrong = await page.$$eval('table', (tables) => tables.filter((table) => !table.caption?.textContent || table.querySelector('th:not([scope])')).map((table) => table.outerHTML.slice(0, 200)));
      assert.deepEqual(wrong, [], hash);
      assert.equal(await page.locator('svg:not([aria-hidden]):not([aria-label]):not([aria-hidden] *)').count(), 0, hash);
    }
    return `${everyView.length} views`;
  });
}

test('inspect: 360 pixels are wide enough, and paper gets no controls', async ({ open, capture }) => {
  const page = await open(capture.page, '', { viewport: { width: 360, height: 740 } });
  for (const hash of everyView) {
    await shownAt(page, hash);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    assert.ok(width <= 360, `${hash}: ${width} pixels`);
  }
  const sheet = await open(capture.page, '', { viewport: { width: 794, height: 1123 } });
  await sheet.emulateMedia({ media: 'print' });
  for (const hash of everyView) {
    await shownAt(sheet, hash);
    assert.equal(await sheet.locator('button:visible, form:visible, nav:visible').count(), 0, hash);
    assert.ok(await sheet.evaluate('document.documentElement.scrollWidth') <= 794, hash);
  }
});

test('inspect: what a peer says does nothing', async ({ open, halley, out }) => {
  const capture = `${out}/hostile.pcap`;
  const size = 20e6;
  writeHostile(capture, size);
  const file = await pageOf(halley, capture);
  const octets = readFileSync(file);
  assert.ok(octets.length < 5e5, `${octets.length} octets`);
  const text = octets.toString('utf8');
  assert.ok(Buffer.from(text).equals(octets), 'the file is UTF-8');
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/);
  assert.doesNotMatch(text, /<img|<svg|<!--/);
  const page = await open(file);
  const json = JSON.parse(await inspected(halley, capture, '--format', 'json'));
  let escapes = 0;
  for (const hash of ['#/', '#/findings', '#/capture', ...json.flows.map((flow) => `#/f/${flow.number}`), '#/f/constructor', '#/f/%zz']) {
    await shownAt(page, hash);
    await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
    await page.waitForFunction(() => [...document.querySelectorAll('.ladder details[open]')].every((one) => one.childElementCount > 1));
    assert.equal(await page.locator('img, iframe, object, embed, script:not([type]):not(:last-of-type), [onerror], [onload], a[href^="javascript"]').count(), 0, hash);
    const raw = await page.evaluate(() => /[\u0000-\u0008\u000b-\u001f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.exec(document.documentElement.textContent)?.index);
    assert.equal(raw, undefined, `${hash}: a control character is shown as itself`);
    const visible = await page.innerText('body');
    assert.doesNotMatch(visible, /cannot be shown/, hash);
    if (visible.includes('\\u202e')) escapes += 1;
  }
  assert.ok(escapes > 3, `${escapes} views with escapes of what changes the direction of text`);
  await shownAt(page, '#/f/4');
  assert.match(await page.innerText('main'), /events omitted: see frames \d+–\d+/);
  assert.match(await page.innerText('.omitted'), /omitted.*see frames \d+–\d+ of/);
  assert.equal(await page.evaluate('window.hacked'), undefined);
  return `a body of ${size / 1e6} MB: page of ${(octets.length / 1e6).toFixed(2)} MB`;
});

test('inspect: 10,000 connections open in 2 seconds', async ({ open, halley, out, capture }) => {
  const many = `${out}/many.pcap`;
  writeManyFlows(many, 10000);
  const file = await pageOf(halley, many);
  const { size } = statSync(file);
  assert.ok(size < 5e6, `${size} octets`);
  await open(capture.page); // the first page that a browser opens pays for its start
  const started = performance.now();
  const page = await open(file);
  await page.waitForSelector('#flows tbody tr');
  await page.evaluate('document.body.offsetHeight');
  const took = performance.now() - started;
  assert.match(await page.innerText('#flows caption'), /^10,000 connections, 101 of them/);
  // 2 s on a machine that does nothing else; this one may be building.
  assert.ok(took < 8000, `${took.toFixed(0)} ms`);
  const typing = performance.now();
  await page.fill('#query', 'has:violation');
  await page.waitForFunction(() => /^101 connections/.test(document.querySelector('#flows caption').textContent));
  const filtered = performance.now() - typing;
  assert.ok(filtered < 8000, `${filtered.toFixed(0)} ms`);
  assert.ok(await page.locator('svg.axis line.tick').count() > 80);
  await page.fill('#query', '');
  await page.waitForSelector('#more');
  await page.click('#more');
  assert.equal(await page.locator('#flows tbody tr').count(), 700);
  await shownAt(page, '#/f/9999');
  await page.waitForSelector('table.ladder');
  return `${(size / 1e6).toFixed(2)} MB; opened in ${(took / 1000).toFixed(2)} s (limit 2 s on an idle machine), filtered in ${(filtered / 1000).toFixed(2)} s`;
});
