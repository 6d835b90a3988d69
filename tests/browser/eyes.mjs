// A real Chromium, and eyes for its pages: axe-core (WCAG 2.2 AA), what the browser complains about, what sticks out, screenshots.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const { SEGL_SCREENSHOTS, SEGL_CHROMIUM } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
export const SIZES = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } };

export function launch() {
  mkdirSync(SEGL_SCREENSHOTS, { recursive: true });
  return chromium.launch({ executablePath: SEGL_CHROMIUM, args: ['--no-sandbox'] });
}

/** A context that counts what the browser complains about: policy violations, failed loads, errors. */
export async function context(browser, options) {
  const made = await browser.newContext(options);
  made.complaints = [];
  made.runsScripts = options.javaScriptEnabled !== false;
  made.on('console', (message) => {
    // A browser asks every site for its icon.
    const isOfPage = message.type() === 'error' && !message.location().url.endsWith('/favicon.ico');
    if (isOfPage) made.complaints.push(message.text());
  });
  made.on('requestfailed', (request) => {
    const problem = request.failure()?.errorText;
    // Whoever leaves a page does not wait for its images.
    if (problem !== 'net::ERR_ABORTED') made.complaints.push(`${request.url()} ${problem}`);
  });
  return made;
}

/** What axe-core finds, and whether anything sticks out of the page. Without scripts there is nobody to look. */
export async function judge(page, name) {
  if (!page.context().runsScripts) return;
  await page.evaluate(axe);
  const violations = await page.evaluate(async (tags) => {
    const { violations } = await globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' ')}`);
  }, TAGS);
  assert.deepEqual(violations, [], name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name}: sticks out by ${wide} pixels`);
}

/** Keeps what the page looks like. */
export async function shoot(page, name) {
  // Images that are loaded when one comes near.
  for (const image of await page.locator('.page img').all()) await image.scrollIntoViewIfNeeded();
  await page.screenshot({ path: `${SEGL_SCREENSHOTS}/${name}.png`, fullPage: true });
}

/** Looks at a page in both sizes. */
export async function see(page, name) {
  const size = page.viewportSize();
  for (const [label, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    await judge(page, `${name}, ${label}`);
    await shoot(page, `${name}-${label}`);
  }
  await page.setViewportSize(size);
}

/** Goes with the Tab key to what is called so. */
export async function tabTo(page, name) {
  const focused = () =>
    page.evaluate(() => {
      const { activeElement: element } = document;
      return (element?.labels?.[0] ?? element)?.textContent?.trim() ?? '';
    });
  for (let presses = 0; (await focused()) !== name; presses += 1) {
    assert.ok(presses < 80, `the keyboard reaches "${name}"`);
    await page.keyboard.press('Tab');
  }
}
