// Visits the pages on which people sign with a real Chromium: in two sizes, light and dark, judged by axe-core (WCAG 2.2 AA), and signs
// with the keyboard alone and without scripts. Called by tests/functions/chromium.rs, which serves the pages and tells where they are.
import assert from 'node:assert/strict';
import { SIZES, context as contextOf, judge, launch, shoot, tabTo } from './eyes.mjs';

const scenes = JSON.parse(process.env.SEGL_PAGES);
const browser = await launch();
const context = (options) => contextOf(browser, options);

async function see(page, name, size, scheme) {
  await judge(page, `${name}, ${size}, ${scheme}`);
  await shoot(page, `${name}-${size}-${scheme}`);
}

async function code(page) {
  return (await (await page.request.get(scenes.code)).text()).trim();
}

// Every page, in every size, light and dark.
for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark']) {
    const made = await context({ viewport, colorScheme });
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
  await shoot(page, 'code-phone');
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
  await shoot(page, 'signed-phone');
  const wrong = made.complaints.filter((complaint) => !complaint.includes('422'));
  assert.deepEqual(wrong, []);
  await made.close();
}

// Declining, with the keyboard alone.
{
  const made = await context({ viewport: SIZES.desktop });
  const page = await made.newPage();
  await page.goto(scenes.decline);
  await tabTo(page, 'I do not want to sign');
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
