// The report in the hands of people: filters, addresses, keys, themes, paper, phones, readers of screens.

import assert from 'node:assert/strict';
import { axeSource, instanceHash, shownAt, test } from './browser.mjs';

const bad = (run) => run.results.find((result) => result.verdict === 'fail' && result.scenario === 'ws/frame/control-fragmented');

const everyView = (run) => ['#/', '#/?open=*', '#/requirements', '#/timing', '#/run', instanceHash(bad(run))];

const cells = (page) => page.$$eval('#matrix td a.verdict', (links) => links.map((link) => decodeURIComponent(link.getAttribute('href').slice(4))));

const searched = async (page, query) => {
  await page.fill('#query', query);
  await page.waitForURL((url) => new URLSearchParams(url.hash.split('?')[1] || '').get('q') === (query || null));
};

test('the query box leaves what fits', async ({ open, report, run }) => {
  const page = await open(report, '#/?open=*');
  const ids = (fit) => run.results.filter(fit).map((result) => result.id).sort();
  const cases = [
    ['verdict:fail,warn', (one) => ['fail', 'warn'].includes(one.verdict)],
    ['target:deviating-gateway verdict:fail', (one) => one.target === 'deviating-gateway' && one.verdict === 'fail'],
    ['variant:~close', (one) => one.variants.some((variant) => variant.includes('close'))],
    ['disconnect/body -verdict:info', (one) => one.id.startsWith('disconnect') && one.verdict !== 'info'],
    ['deviating-gateway:fail', (one) => run.results.some((other) => other.instance === one.instance && other.target === 'deviating-gateway' && other.verdict === 'fail')],
    ['is:different', (one) => new Set(run.results.filter((other) => other.instance === one.instance).map((other) => `${other.verdict} ${other.variants}`)).size > 1],
    ['constructor:x', () => false],
  ];
  for (const [query, fit] of cases) {
    await searched(page, query);
    const wanted = ids(fit);
    // A folded scenario of one instance has no second row; unfolded ones have a link for the whole, too.
    assert.deepEqual([...new Set(await cells(page))].sort(), wanted, query);
    if (query !== 'constructor:x') assert.ok(wanted.length > 0 && wanted.length < run.results.length, query);
  }
});

test('buttons filter, and the address survives a reload', async ({ open, report, run }) => {
  const page = await open(report);
  await page.click('.chips button.fail');
  await page.waitForURL(/q=verdict/);
  assert.equal(await page.inputValue('#query'), 'verdict:fail');
  assert.equal(await page.locator('.chips button.fail').getAttribute('aria-pressed'), 'true');
  await page.click('.chips button:has-text("targets differ")');
  await page.waitForURL(/different/);
  await page.locator('#matrix button.fold').first().click();
  await page.waitForURL(/open=/);
  const before = await page.innerText('#matrix');
  const url = page.url();
  await page.reload();
  await page.waitForSelector('#matrix tr.instance');
  assert.equal(await page.innerText('#matrix'), before);
  assert.equal(page.url(), url);
  // An instance is left to the same view.
  await page.locator('#matrix td a').first().click();
  await page.waitForSelector('#back');
  await page.click('#back');
  await page.waitForSelector('#matrix');
  assert.equal(page.url(), url);
  await page.click('button.clear');
  await page.waitForFunction((count) => document.querySelector('#matrix caption').textContent.startsWith(`${count} results`), run.results.length);
});

test('keys alone are enough', async ({ open, report, run }) => {
  const page = await open(report);
  const active = (what) => page.evaluate(what);
  const outlined = async () => assert.notEqual(await active('getComputedStyle(document.activeElement).outlineStyle'), 'none', 'the focus is seen');
  await page.keyboard.press('/');
  assert.equal(await active('document.activeElement.id'), 'query');
  await outlined();
  await page.keyboard.type('verdict:fail');
  await page.waitForURL(/q=verdict/);
  for (let tabs = 0; tabs < 30 && !(await active("document.activeElement.matches('#matrix a')")); tabs += 1) await page.keyboard.press('Tab');
  const first = await active("document.activeElement.getAttribute('href')");
  assert.ok(first.startsWith('#/i/'), first);
  await outlined();
  await page.keyboard.press('ArrowDown');
  const second = await active("document.activeElement.getAttribute('href')");
  assert.notEqual(second, first);
  await page.keyboard.press('ArrowUp');
  assert.equal(await active("document.activeElement.getAttribute('href')"), first);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForSelector('table.ladder');
  assert.equal(await active('location.hash'), second);
  for (let tabs = 0; tabs < 40 && !(await active("document.activeElement.matches('.ladder summary')")); tabs += 1) await page.keyboard.press('Tab');
  await outlined();
  const row = await active("document.activeElement.getAttribute('aria-label')");
  await page.keyboard.press('ArrowDown');
  assert.notEqual(await active("document.activeElement.getAttribute('aria-label')"), row);
  await page.keyboard.press('Enter');
  assert.equal(await active('document.activeElement.parentElement.open'), true);
  await page.waitForSelector('.inside');
  await page.keyboard.press('Escape');
  await page.waitForSelector('#matrix');
  assert.equal(await active("document.activeElement.getAttribute('href')"), second, 'the focus is where it was');
  assert.ok(run.results.some((result) => `#/i/${encodeURIComponent(result.id)}` === second));
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds no serious fault, ${colorScheme}`, async ({ open, report, run, home }) => {
    const page = await open(report, '', { colorScheme });
    const back = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.equal(back, colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(21, 23, 27)');
    await page.evaluate(axeSource(home));
    let rules = 0;
    for (const hash of everyView(run)) {
      await shownAt(page, hash);
      for (const summary of await page.locator('.ladder summary.arrow').all()) await summary.click();
      const { violations, passes } = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
      const grave = violations.filter((one) => ['serious', 'critical'].includes(one.impact));
      assert.deepEqual(grave.map((one) => `${hash}: ${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary}`).join('; ')}`), []);
      rules = Math.max(rules, passes.length);
    }
    assert.ok(rules > 20, `${rules} rules held`);
    return `${everyView(run).length} views, up to ${rules} rules`;
  });
}

test('tables have captions, and their heads a scope', async ({ open, report, run }) => {
  const page = await open(report);
  for (const hash of everyView(run)) {
    await shownAt(page, hash);
    const wrong = await page.$$eval('table', (tables) => tables.filter((table) => !table.caption?.textContent || table.querySelector('th:not([scope])')).map((table) => table.outerHTML.slice(0, 200)));
    assert.deepEqual(wrong, [], hash);
    const levels = await page.$$eval('h1, h2, h3', (heads) => heads.map((head) => Number(head.tagName[1])));
    assert.equal(levels[0], 1);
    levels.forEach((level, at) => assert.ok(at === 0 || level <= levels[at - 1] + 1, `${hash}: h${level} behind h${levels[at - 1]}`));
    assert.equal(await page.locator('svg:not([aria-hidden]):not([aria-label])').count(), 0, hash);
  }
});

test('a screen of 360 pixels is wide enough', async ({ open, report, run }) => {
  const page = await open(report, '', { viewport: { width: 360, height: 740 } });
  for (const hash of everyView(run)) {
    await shownAt(page, hash);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    assert.ok(width <= 360, `${hash}: ${width} pixels`);
  }
});

test('paper gets the tables and no controls', async ({ open, report, run }) => {
  const page = await open(report, instanceHash(bad(run)), { viewport: { width: 794, height: 1123 } });
  await page.waitForSelector('table.ladder');
  await page.emulateMedia({ media: 'print' });
  for (const hash of ['#/', instanceHash(bad(run))]) {
    await shownAt(page, hash);
    assert.equal(await page.locator('nav').isVisible(), false);
    assert.equal(await page.locator('button:visible, form:visible').count(), 0, hash);
    assert.equal(await page.evaluate("getComputedStyle(document.querySelector('thead th')).position"), 'static');
    assert.ok(await page.evaluate('document.documentElement.scrollWidth') <= 794, hash);
    assert.equal(await page.locator('table:visible').count() > 0, true);
  }
});

test('the head of the matrix stays in sight', async ({ open, report }) => {
  const page = await open(report, '#/?open=*');
  await page.evaluate('scrollTo(0, document.body.scrollHeight / 2)');
  const top = await page.evaluate("document.querySelector('#matrix thead th').getBoundingClientRect().top");
  assert.ok(top >= -1 && top < 5, `${top}`);
});

test('commands are copied', async ({ open, report, run }) => {
  const result = bad(run);
  const page = await open(report, instanceHash(result), { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.waitForSelector('table.ladder');
  await page.click('button[aria-label="copy display filter for Wireshark"]');
  await page.waitForSelector('button:has-text("copied")');
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), `frame.interface_name == "${result.instance}"`);
});

test('an address that leads nowhere says so', async ({ open, report }) => {
  const page = await open(report, '#/i/nothing%E0%A4%A');
  assert.match(await page.innerText('main'), /There is no such result/);
});
