// Chromium for the tests, and what each of them wants: a page that asked for nothing and complained of nothing.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export const packagesOf = (home) => createRequire(pathToFileURL(`${resolve(home)}/`));

export const launched = (home) => packagesOf(home)('playwright-core').chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'], // as root, and in containers
});

export const axeSource = (home) => readFileSync(packagesOf(home).resolve('axe-core/axe.min.js'), 'utf8');

const everyContext = [];

/** Opens the report `file` at `hash`; waits until it is shown. `page.complaints` holds all that must not happen. */
export const opened = async (browser, file, hash = '', { broken = false, ...options } = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  everyContext.push(context);
  const page = await context.newPage();
  page.complaints = [];
  page.setDefaultTimeout(10000);
  const own = pathToFileURL(resolve(file)).href;
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => page.complaints.push(`script: ${error}`));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== own) page.complaints.push(`request: ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    page.complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(own + hash);
  if (options.javaScriptEnabled !== false && !broken) await page.waitForSelector('html[data-ready]');
  return page;
};

/** Goes to another view of the same report. */
export const shownAt = async (page, hash) => {
  // The page draws when it hears of the change, and before we do: its listener was there first.
  await page.evaluate((to) => location.hash === to || new Promise((drawn) => {
    addEventListener('hashchange', () => drawn(true), { once: true });
    location.hash = to;
  }), hash);
  await page.waitForFunction((to) => location.hash === to && document.getElementById('main').childElementCount > 0, hash);
  await page.waitForFunction(() => !document.getElementById('conversation')?.textContent.startsWith('Reading'));
};

export const closeAll = async () => {
  await Promise.all(everyContext.splice(0).map((context) => context.close()));
};

export const instanceHash = (result) => `#/i/${encodeURIComponent(result.id)}`;

const tests = [];

export const test = (name, body) => tests.push({ name, body });

/** Plays the tests whose name has `filter`; the last line counts them. */
export const playAll = async (given, filter) => {
  let passed = 0;
  const failed = [];
  for (const { name, body } of tests.filter((one) => one.name.includes(filter))) {
    const started = performance.now();
    try {
      const pages = [];
      const note = await body({ ...given, open: async (...words) => {
        const page = await opened(given.browser, ...words);
        pages.push(page);
        return page;
      } });
      const complaints = pages.flatMap((page) => page.complaints);
      if (complaints.length > 0) throw new Error(`the page complains:\n  ${complaints.slice(0, 5).join('\n  ')}`);
      passed += 1;
      console.log(`ok      ${name}${note ? `: ${note}` : ''} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed.push(name);
      console.log(`FAILED  ${name}: ${error.stack}`);
    } finally {
      await closeAll();
    }
  }
  console.log(`${passed} passed, ${failed.length} failed`);
  return failed.length === 0 && passed > 0;
};
