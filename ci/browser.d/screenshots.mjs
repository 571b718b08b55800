// node screenshots.mjs HOME OUT DIR: pictures of the pages for browsers, for the documentation. See ci/browser.

import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { instanceHash, launched, opened } from './browser.mjs';

const [home, out, folder] = process.argv.slice(2);
const report = `${out}/both/report.html`;
const { results } = JSON.parse(readFileSync(`${out}/both/run.json`, 'utf8'));
const failure = results.find((result) => result.verdict === 'fail' && result.scenario === 'ws/frame/control-fragmented');
/** Opens the accused arrow; in the light the top of the page is seen, in the dark the ladder. */
const unfold = async (page, colorScheme) => {
  await page.waitForSelector('table.ladder');
  if (await page.locator('#with-steps').count() > 0) await page.uncheck('#with-steps');
  await page.locator('.ladder tr.broken summary').first().click();
  await page.waitForSelector('.inside');
  await page.evaluate('document.activeElement.blur()');
  await page.mouse.move(1279, 5);
  if (colorScheme === 'light') await page.evaluate('scrollTo(0, 0)');
  else await page.locator('table.ladder').evaluate((table) => scrollTo(0, scrollY + table.getBoundingClientRect().top - 200));
};

const pictures = [
  { name: 'report', file: report, hash: '#/?open=ws/frame/unmasked', colorScheme: 'light', height: 680 },
  { name: 'instance', file: report, hash: instanceHash(failure), colorScheme: 'light', height: 880 },
  { name: 'instance-dark', file: report, hash: instanceHash(failure), colorScheme: 'dark', height: 880 },
  { name: 'requirements', file: report, hash: '#/requirements', colorScheme: 'light', height: 680 },
  { name: 'compare', file: `${out}/compare.html`, hash: '#/requirements?show=violated', colorScheme: 'light', height: 640 },
  { name: 'inspect', file: `${out}/traffic.html`, hash: '#/', colorScheme: 'light', height: 820 },
  { name: 'connection', file: `${out}/traffic.html`, hash: '#/f/9', colorScheme: 'dark', height: 760 },
];

mkdirSync(folder, { recursive: true });
const browser = await launched(home);
try {
  for (const { name, file, hash, colorScheme, height } of pictures) {
    const page = await opened(browser, file, hash, { colorScheme, viewport: { width: 1280, height } });
    if (/^#\/[if]\//.test(hash)) await unfold(page, colorScheme);
    const path = `${folder}/${name}.png`;
    await page.screenshot({ path });
    console.log(`${path} ${statSync(path).size}`);
    await page.context().close();
  }
} finally {
  await browser.close();
}
