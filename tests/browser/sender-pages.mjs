// Visits the sender's pages, each in every size; creates an order with the keyboard alone and without scripts; takes one back. Called by
// tests/functions/chromium_sender.rs, which serves the pages, brings a session along and tells where the pages are.
import assert from 'node:assert/strict';
import { SIZES, context as contextOf, judge, launch, shoot, tabTo } from './eyes.mjs';

const scenes = JSON.parse(process.env.SEGL_PAGES);
const browser = await launch();
const context = (options) => contextOf(browser, options);
const { base, cookies, upload } = scenes;
const inside = { storageState: { cookies: cookies.map(({ name, value }) => cookie(name, value)), origins: [] } };
const file = { name: 'Åse Ødegård, lease.pdf', mimeType: 'application/pdf', buffer: Buffer.from(upload, 'base64') };

function cookie(name, value) {
  return { name, value, domain: new URL(base).hostname, path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Lax' };
}

/** Visits every page in both sizes, light and dark. `pages` is name to address, status and a text that is there. */
async function visit(pages, options) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark']) {
      const made = await context({ viewport, colorScheme, ...options });
      const page = await made.newPage();
      for (const [name, { url, status, text }] of Object.entries(pages)) {
        const answer = await page.goto(url);
        assert.equal(answer.status(), status, name);
        const main = await page.locator('main').innerText();
        assert.ok(main.includes(text), `${name}: ${main}`);
        await judge(page, `${name}, ${size}, ${colorScheme}`);
        await shoot(page, `${name}-${size}-${colorScheme}`);
      }
      await made.close();
    }
  }
}

await visit(scenes.outside);
await visit(scenes.inside, inside);
// Dutch has the longest words.
await visit({ 'sender-new-dutch': { ...scenes.inside['sender-new'], text: 'Ondertekenaar 1' } }, { ...inside, locale: 'nl-NL' });

// A new order, without scripts and with the keyboard alone. Only the choice of a file takes the browser's own dialog.
{
  const made = await context({ viewport: SIZES.phone, javaScriptEnabled: false, ...inside });
  const page = await made.newPage();
  await page.goto(`${base}/sender`);
  await page.getByRole('link', { name: 'New order' }).press('Enter');
  await page.getByLabel('PDF files').setInputFiles(file);
  await page.getByLabel('Title').focus();
  await page.keyboard.type('Lease of an office');
  for (const text of ['', 'Please sign by Friday', '']) {
    await page.keyboard.press('Tab');
    if (text) await page.keyboard.type(text);
  }
  await page.getByRole('group', { name: 'Signer 1' }).getByLabel('Name').focus();
  for (const text of ['Åse Ødegård', 'no address', '']) {
    await page.keyboard.type(text);
    await page.keyboard.press('Tab');
  }
  await page.getByRole('button', { name: 'Send for signature' }).press('Enter');
  const alert = page.getByRole('alert');
  assert.ok((await alert.innerText()).includes('Signer 1, E-mail address: must be an e-mail address'), await alert.innerText());
  assert.equal(await page.getByLabel('Title').inputValue(), 'Lease of an office');
  await shoot(page, 'sender-wrong-phone');
  await page.getByRole('group', { name: 'Signer 1' }).getByLabel('E-mail address').fill('ase@example.org');
  await page.getByLabel('PDF files').setInputFiles(file);
  await page.getByRole('button', { name: 'Send for signature' }).press('Enter');
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Lease of an office');
  assert.ok((await page.locator('main').innerText()).includes('The order was created by Kari Nordmann'));
  await shoot(page, 'sender-created-phone');
  assert.deepEqual(made.complaints.filter((complaint) => !complaint.includes('422')), []);
  await made.close();
}

// Search, more time and taking back, with the keyboard alone.
{
  const made = await context({ viewport: SIZES.desktop, ...inside });
  const page = await made.newPage();
  await page.goto(`${base}/sender`);
  await tabTo(page, 'Title or name');
  await page.keyboard.type('garage');
  await page.keyboard.press('Enter');
  await page.waitForURL(/text=garage/);
  assert.equal(await page.locator('main li').count(), 1);
  await page.goto(scenes.to_cancel);
  await tabTo(page, 'Last day to sign');
  await page.keyboard.type('06302030');
  await tabTo(page, 'Give more time');
  await page.keyboard.press('Enter');
  await page.getByText('More time was given').waitFor();
  await tabTo(page, 'Correct this signer: Åse Ødegård');
  await page.keyboard.press('Enter');
  await tabTo(page, 'E-mail address');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('right@example.org');
  await tabTo(page, 'Save');
  await page.keyboard.press('Enter');
  await page.getByText('was corrected by Kari Nordmann').waitFor();
  await tabTo(page, 'Cancel the order');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Reason (optional)');
  await page.keyboard.type('A mistake.');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('The order was cancelled by Kari Nordmann').waitFor();
  await tabTo(page, 'Log out');
  await page.keyboard.press('Enter');
  await page.getByText('You are logged out').waitFor();
  assert.equal(new URL(page.url()).pathname, '/sender/logged-out/test');
  assert.deepEqual(made.complaints, []);
  await made.close();
}

await browser.close();
