// The report of `bench peers` in a real browser: on a desk and on a phone, by day and by night.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { sampleResults } from './fixtures/results.mjs';
import { startBrowser } from './lib/browser.mjs';
import { repository, tempDir, writeFiles } from './lib/files.mjs';

const { writeReport } = await import(pathToFileURL(path.join(repository, 'bench/report/report.mjs')));

const screens = [
  { name: 'a desk', width: 1280, height: 900 },
  { name: 'a phone', width: 390, height: 844 },
];

// What runs in the page returns what is wrong with it.

/** Elements that reach past the sides of the page, but for what scrolls inside a box of its own. */
function overflowing() {
  const width = document.documentElement.clientWidth;
  const scrolls = (element) => element.closest('.scroll, pre');
  const wide = [...document.body.querySelectorAll('*')]
    .filter((element) => {
      const { left, right, width: own } = element.getBoundingClientRect();
      return (
        own > 0
        && (left < -0.5 || right > width + 0.5)
        && (!scrolls(element) || element === scrolls(element))
        && !element.closest('thead')
      );
    })
    .map(
      (element) => `${element.tagName}.${element.className} ends at ${element.getBoundingClientRect().right}`,
    );
  if (document.documentElement.scrollWidth > width)
    wide.push(`the page is ${document.documentElement.scrollWidth} wide`);
  return wide;
}

/** Of each plot that is shown: marks outside its box, texts outside of it, over each other, or too small. */
function plotFaults() {
  const faults = [];
  const within = (inner, outer, slack) =>
    inner.left >= outer.left - slack
    && inner.right <= outer.right + slack
    && inner.top >= outer.top - slack
    && inner.bottom <= outer.bottom + slack;
  const shown = [...document.querySelectorAll('svg.plot')].filter(
    (svg) => svg.getBoundingClientRect().width > 0,
  );
  for (const svg of shown) {
    const name = svg.getAttribute('aria-label');
    const fault = (text) => faults.push(`${name?.slice(0, 60)}: ${text}`);
    if (!name) fault('no text alternative');
    const marks = [...svg.querySelectorAll('.mark')];
    if (marks.length === 0) fault('no marks');
    const box = svg.querySelector('.box').getBoundingClientRect();
    for (const mark of marks) {
      const bounds = mark.getBoundingClientRect();
      if (!within(bounds, box, 8))
        fault(`a mark at ${bounds.left}, ${bounds.top} is outside ${box.left}, ${box.top}`);
    }
    const texts = [...svg.querySelectorAll('text')];
    const frame = svg.getBoundingClientRect();
    texts.forEach((text, i) => {
      const bounds = text.getBoundingClientRect();
      if (!within(bounds, frame, 1)) fault(`'${text.textContent}' is cut off`);
      const size = parseFloat(getComputedStyle(text).fontSize) * (frame.width / svg.viewBox.baseVal.width);
      if (size < 9.5) fault(`'${text.textContent}' is ${size.toFixed(1)} px high`);
      for (const other of texts.slice(i + 1)) {
        const next = other.getBoundingClientRect();
        const over =
          Math.min(bounds.right, next.right) - Math.max(bounds.left, next.left) > 1
          && Math.min(bounds.bottom, next.bottom) - Math.max(bounds.top, next.top) > 4;
        if (over) fault(`'${text.textContent}' and '${other.textContent}' are over each other`);
      }
    });
  }
  return { shown: shown.length, faults };
}

test('the report of the benchmarks', { timeout: 120_000 }, async (t) => {
  const folder = tempDir(t);
  writeFiles(folder, { 'report.html': writeReport(sampleResults()) });
  const address = pathToFileURL(path.join(folder, 'report.html')).href;
  const browser = await startBrowser(t);

  for (const { name, width, height } of screens) {
    for (const colorScheme of ['light', 'dark']) {
      await t.test(`on ${name}, ${colorScheme}`, async () => {
        const page = await browser.newPage({ viewport: { width, height }, colorScheme });
        const complaints = [];
        const requests = [];
        page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
        page.on('pageerror', (error) => complaints.push(error.message));
        page.on('request', (request) => requests.push(request.url()));
        await page.goto(address);

        assert.deepEqual(await page.evaluate(overflowing), []);
        const { shown, faults } = await page.evaluate(plotFaults);
        assert.deepEqual(faults, []);
        assert.ok(shown >= 11, `${shown} plots are shown`);

        // What is folded away must fit as well.
        await page.evaluate(() =>
          document.querySelectorAll('details').forEach((one) => {
            one.open = true;
          }),
        );
        assert.deepEqual(await page.evaluate(overflowing), []);

        assert.deepEqual(complaints, []);
        assert.deepEqual(
          requests.filter((url) => url !== address && !url.startsWith('data:')),
          [],
        );
        if (process.env.BRINK_SCREENSHOTS) {
          await page.reload();
          await page.screenshot({
            path: path.join(process.env.BRINK_SCREENSHOTS, `report-${width}-${colorScheme}.png`),
            fullPage: true,
          });
        }
        await page.close();
      });
    }
  }

  await t.test('says of each target what it is', async () => {
    const page = await browser.newPage();
    await page.goto(address);
    const rows = await page.$$eval('.targets tbody tr', (all) => all.map((row) => row.innerText));
    const verdictOf = (title) =>
      rows.find((text) => text.includes(title))?.match(/goal reached|must met|missed|not measured/)[0];
    assert.equal(verdictOf('W1: respond'), 'must met');
    assert.equal(verdictOf('W2: redirect'), 'not measured');
    assert.equal(verdictOf('W4: proxy'), 'missed');
    assert.equal(verdictOf('Plain proxy'), 'must met');
    assert.equal(verdictOf('Latency at 1 connection'), 'must met');
    assert.equal(verdictOf('Two cores'), 'must met');
    const text = await page.innerText('main');
    assert.match(text, /status 500 <script>alert\("no"\)<\/script> & more/, 'text stays text');
    await page.close();
  });
});
