// Signers of a Dutch case system, each with a browser of their own, all at once: link, one-time code, reading, signing or declining.
// Called by tests/flow/zgw.rs, which tells who they are.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const { SEGL_VISITS, SEGL_CHROMIUM } = process.env;
const browser = await chromium.launch({ executablePath: SEGL_CHROMIUM, args: ['--no-sandbox'] });

/** The newest code that was sent to somebody, once there is one. */
async function code({ messages, recipient }) {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = [];
    const walk = (value) => {
      if (Array.isArray(value)) {
        found.push(...value.map((one) => JSON.stringify(one)).filter((one) => one.includes(recipient)));
      } else if (value && typeof value === 'object') {
        Object.values(value).forEach(walk);
      }
    };
    walk(await (await fetch(messages)).json());
    const codes = found.flatMap((one) => /Uw code is (\d{6})/.exec(one)?.[1] ?? []);
    if (codes.length) return codes.at(-1);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`no code for ${recipient}`);
}

async function visit(one) {
  const made = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'nl-NL' });
  const complaints = [];
  // Chromium asks for an icon by itself.
  const isAsked = (url) => !url.endsWith('/favicon.ico');
  made.on('console', (message) => message.type() === 'error' && isAsked(message.location().url) && complaints.push(message.text()));
  const page = await made.newPage();
  await page.goto(one.link);
  assert.equal(await page.locator('html').getAttribute('lang'), 'nl');
  await page.getByRole('button', { name: 'Stuur mij een code' }).click();
  await page.getByLabel('Code, zes cijfers').fill(await code(one));
  await page.getByRole('button', { name: 'Verder' }).click();
  const shown = await page.locator('main').innerText();
  for (const text of one.shown) assert.ok(shown.includes(text), `${text}: ${shown}`);
  if (one.reason) {
    await page.getByText('Ik wil niet ondertekenen').click();
    await page.getByLabel('Reden').fill(one.reason);
    await page.getByRole('button', { name: 'Weigeren' }).click();
    await page.getByText('U heeft geweigerd op').waitFor();
  } else {
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Ondertekenen', exact: true }).click();
    await page.getByText('U heeft ondertekend op').waitFor();
  }
  assert.deepEqual(complaints, []);
  await made.close();
}

await Promise.all(JSON.parse(SEGL_VISITS).map(visit));
await browser.close();
