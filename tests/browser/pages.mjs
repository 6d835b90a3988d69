// Visits the pages on which people sign with a real Chromium: in two sizes, light and dark, judged by axe-core (WCAG 2.2 AA), and signs
// with the keyboard alone and without scripts. Called by tests/functions/chromium.rs, which serves the pages and tells where they are.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const { SEGL_PAGES, SEGL_SCREENSHOTS, SEGL_CHROMIUM } = process.env;
const scenes = JSON.parse(SEGL_PAGES);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SIZES = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } };

mkdirSync(SEGL_SCREENSHOTS, { recursive: true });
const browser = await chromium.launch({ executablePath: SEGL_CHROMIUM, args: ['--no-sandbox'] });

/** A context that counts what the browser complains about: policy violations, failed loads, errors. */
async function context(options) {
  const made = await browser.newContext(options);
  made.complaints = [];
  made.on('console', (message) => message.type() === 'error' && made.complaints.push(message.text()));
  made.on('requestfailed', (request) => made.complaints.push(`${request.url()} ${request.failure()?.errorText}`));
  return made;
}

/** What axe-core finds, and whether anything sticks out of the page. */
async function judge(page, name) {
  const violations = await page.evaluate(async ([source, tags]) => {
    (0, eval)(source);
    const { violations } = await globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' ')}`);
  }, [axe, TAGS]);
  assert.deepEqual(violations, [], name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name}: sticks out by ${wide} pixels`);
}

async function see(page, name, size, scheme) {
  await judge(page, `${name}, ${size}, ${scheme}`);
  // Images that are loaded when one comes near.
  for (const image of await page.locator('.page img').all()) await image.scrollIntoViewIfNeeded();
  await page.screenshot({ path: `${SEGL_SCREENSHOTS}/${name}-${size}-${scheme}.png`, fullPage: true });
}

async function code(page) {
  return (await (await page.request.get(scenes.code)).text()).trim();
}

// Every page, in every size, light and dark.
for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark']) {
    const made = await context({ viewport, colorScheme, bypassCSP: true });
    const page = await made.newPage();
    for (const [name, { url, status, text }] of Object.entries(scenes.pages)) {
      const answer = await page.goto(url);
      assert.equal(answer.status(), status, name);
      assert.ok((await page.locator('main').innerText()).includes(text), `${name}: ${await page.locator('main').innerText()}`);
      await see(page, name, size, colorScheme);
    }
    await made.close();
  }
}

// By link and code, without scripts, on a phone.
{
  const made = await context({ viewport: SIZES.phone, javaScriptEnabled: false });
  const page = await made.newPage();
  await page.goto(scenes.sign);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await page.screenshot({ path: `${SEGL_SCREENSHOTS}/code-phone.png`, fullPage: true });
  await page.getByLabel('Code, six digits').fill('000000' === (await code(page)) ? '000001' : '000000');
  await page.getByRole('button', { name: 'Continue' }).click();
  assert.ok((await page.getByRole('alert').innerText()).includes('Tries left: 4'));
  await page.getByLabel('Code, six digits').fill(await code(page));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  assert.ok((await page.getByRole('alert').innerText()).includes('Tick the box'));
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  assert.ok((await page.getByRole('status').innerText()).includes('You signed on'));
  await page.screenshot({ path: `${SEGL_SCREENSHOTS}/signed-phone.png`, fullPage: true });
  const wrong = made.complaints.filter((complaint) => !complaint.includes('422'));
  assert.deepEqual(wrong, []);
  await made.close();
}

// Declining, with the keyboard alone.
{
  const made = await context({ viewport: SIZES.desktop });
  const page = await made.newPage();
  await page.goto(scenes.decline);
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
  for (let presses = 0; (await focused()) !== 'I do not want to sign'; presses += 1) {
    assert.ok(presses < 60, 'the keyboard reaches everything');
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type('The price is too high.');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('You declined on').waitFor();
  assert.deepEqual(made.complaints, []);
  await made.close();
}

// The direct flow: the policy lets the browser follow the redirect to the sender's site, and the address opens once.
{
  const made = await context({ viewport: SIZES.desktop });
  const page = await made.newPage();
  await page.goto(scenes.direct);
  await page.reload();
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  await page.waitForURL(/\/_exit\/done\?case=7&status_query_token=/);
  assert.deepEqual(made.complaints, []);
  await made.close();
  const other = await context({});
  const stranger = await other.newPage();
  assert.equal((await stranger.goto(scenes.direct)).status(), 410);
  await other.close();
}

await browser.close();
