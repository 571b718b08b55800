// node screenshots.mjs HOME OUT DIR: pictures of the report, for the documentation. See ci/browser.

import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { instanceHash, launched, opened } from './browser.mjs';

const [home, out, folder] = process.argv.slice(2);
const report = `${out}/both/report.html`;
const { results } = JSON.parse(readFileSync(`${out}/both/run.json`, 'utf8'));
const failure = results.find((result) => result.verdict === 'fail' && result.scenario === 'ws/frame/control-fragmented');

const pictures = [
  { name: 'report', hash: '#/?open=ws/frame/unmasked', colorScheme: 'light', height: 680 },
  { name: 'instance', hash: instanceHash(failure), colorScheme: 'light', height: 880 },
  { name: 'instance-dark', hash: instanceHash(failure), colorScheme: 'dark', height: 880 },
  { name: 'requirements', hash: '#/requirements', colorScheme: 'light', height: 680 },
];

mkdirSync(folder, { recursive: true });
const browser = await launched(home);
try {
  for (const { name, hash, colorScheme, height } of pictures) {
    const page = await opened(browser, report, hash, { colorScheme, viewport: { width: 1280, height } });
    if (hash.startsWith('#/i/')) {
      await page.waitForSelector('table.ladder');
      await page.uncheck('#with-steps');
      await page.locator('.ladder tr.broken summary').first().click();
      await page.waitForSelector('.inside');
      await page.evaluate('document.activeElement.blur()');
      await page.mouse.move(1279, 5);
      if (colorScheme === 'light') await page.evaluate('scrollTo(0, 0)');
      else await page.locator('table.ladder').scrollIntoViewIfNeeded();
    }
    const path = `${folder}/${name}.png`;
    await page.screenshot({ path });
    console.log(`${path} ${statSync(path).size}`);
    await page.context().close();
  }
} finally {
  await browser.close();
}
