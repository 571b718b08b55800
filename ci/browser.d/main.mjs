// node main.mjs HALLEY HOME OUT [FILTER]: the tests of the pages for browsers. See ci/browser.

import { readFileSync } from 'node:fs';
import { launched, playAll } from './browser.mjs';
import './views.test.mjs';
import './use.test.mjs';
import './limits.test.mjs';
import { inspected } from './inspect.test.mjs';
import { writeTalks } from './captures.mjs';

const [halley, home, out, filter = ''] = process.argv.slice(2);
const browser = await launched(home);
let good = false;
try {
  const run = JSON.parse(readFileSync(`${out}/both/run.json`, 'utf8'));
  const talks = `${out}/talks.pcap`;
  writeTalks(talks);
  await inspected(halley, talks, '--format', 'html', '-o', `${out}/talks.html`);
  const capture = { page: `${out}/talks.html`, json: JSON.parse(await inspected(halley, talks, '--format', 'json')) };
  good = await playAll({ browser, home, halley, out, capture, report: `${out}/both/report.html`, run }, filter);
} finally {
  await browser.close();
}
process.exit(good ? 0 : 1);
