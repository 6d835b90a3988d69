// Whole orders through the deployed stack, signed in a real Chromium, with mails and text messages read from the emulator: one flow a
// call, named by the first argument. Called by tests/flow/chromium.rs, which judges the sealed document that a flow leaves behind.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { SIZES, context, launch, see, tabTo } from './eyes.mjs';
import { api, at, link, mails, mobile, order, person, sealed, state, texts, until, written } from './stack.mjs';

const LONG = 'Åse Margrethe Ødegård-Wolfeschlegelsteinhausenbergerdorff van den Nieuwenhuijzen-Sørensen';
// A browser that hangs must not hang the tests.
setTimeout(() => {
  console.error('took longer than five minutes');
  process.exit(1);
}, 300_000).unref();
const browser = await launch();

const main = (page) => page.locator('main').innerText();

async function shows(page, text) {
  const found = await main(page);
  assert.ok(found.includes(text), `"${text}" in: ${found}`);
}

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

async function sign(page) {
  await page.getByRole('checkbox').check();
  await press(page, 'Sign');
}

/** Waits on a signer's page until the sealed document is there, and fetches it as the signer does. */
async function fetchSealed(page) {
  await until('the sealed document', async () => {
    await page.reload();
    return (await main(page)).includes('The sealed documents are here');
  });
  const address = await page.getByRole('link', { name: /as PDF/ }).getAttribute('href');
  return (await page.request.get(at(address))).body();
}

/** A visitor on a device; `kept` are complaints of the browser that belong to the flow. */
async function visit(size, walk, { kept = [], ...options } = {}) {
  const made = await context(browser, { viewport: SIZES[size], ...options });
  const page = await made.newPage();
  await walk(page, made);
  assert.deepEqual(made.complaints.filter((complaint) => !kept.some((part) => complaint.includes(part))), []);
  await made.close();
}

/** Says who one is at the provider. */
async function logIn(page, { name, national_id }, level) {
  await page.getByLabel('Number').fill(national_id);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Level').selectOption(level);
  await press(page, 'Log in');
}

/** The sender's own site, to which the direct flow comes back. */
async function site() {
  const server = createServer((_, response) => response.end('Back at the sender.'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  return { url, close: () => server.close() };
}

const flows = {
  /** From the sender's site and back, with a token by which the sender asks how things stand. */
  async direct() {
    const own = await site();
    const urls = { completion_url: `${own.url}/done?case=7`, rejection_url: `${own.url}/declined`, error_url: `${own.url}/error` };
    const id = await order('Direct', { signers: [person('Dora Direkte')] }, { direct: urls });
    const redirect = async () => (await api('POST', `/v1/orders/${id}/signers/0/redirect`)).url;
    const address = await redirect();
    await visit('desktop', async (page) => {
      await page.goto(address);
      await page.reload();
      await see(page, 'direct');
      await sign(page);
      await page.waitForURL(/\/done\?case=7&status_query_token=/);
      const token = new URL(page.url()).searchParams.get('status_query_token');
      assert.equal((await api('GET', `/v1/orders/${id}?status_query_token=${token}`)).id, id);
    });
    await visit('phone', async (page) => {
      assert.equal((await page.goto(address)).status(), 410);
      await shows(page, 'It opens once');
      await see(page, 'link-used');
      assert.equal((await page.goto(await redirect())).status(), 200);
    }, { kept: ['410'] });
    own.close();
    return { sealed: await sealed(id), told: [['Dora Direkte', 'Logged in at the sender']] };
  },

  /** The link comes by mail and the code by text message; without JavaScript, on a phone. */
  async 'link-and-code'() {
    const signer = person(LONG, { mobile: mobile(), authentication: 'sms-code' });
    const id = await order('Lease', { signers: [signer] });
    const address = await link(signer);
    await visit('phone', async (page) => {
      await page.goto(address);
      assert.ok(!(await page.content()).includes('Lease'), 'a link without its code shows nothing');
      await press(page, 'Send me a code');
      await page.getByLabel('Code, six digits').fill((await written(texts, signer.mobile, /code is \d{6}/)).slice(-6));
      await press(page, 'Continue');
      await see(page, 'order-without-scripts');
      await press(page, 'Sign');
      await shows(page, 'Tick the box');
      await sign(page);
      await shows(page, 'You signed on');
      await fetchSealed(page);
      await see(page, 'sealed-without-scripts');
    }, { javaScriptEnabled: false, kept: ['422'] });
    assert.ok(!(await texts(signer.mobile)).some((text) => text.includes('/sign/')), 'link and code go by different channels');
    return { sealed: await sealed(id), told: [[LONG, 'Personal link and one-time code by text message']] };
  },

  /** By national identity number and log-in, first too low, with the keyboard alone; then the list, and out again. */
  async 'national-identity-number'() {
    const national_id = '01017012345';
    const asked = { national_id, mobile: mobile(), authentication: 'eid', assurance: 'high' };
    const signer = person(LONG, asked);
    const id = await order('Confidential matter', { signers: [signer] });
    const address = await written(mails, signer.email, /http:[^"\s\\]*\/portal\/orders\/[\w-]+\/\d+/);
    for (const message of [...(await mails(signer.email)), ...(await texts(signer.mobile))]) {
      assert.ok(!message.includes('Confidential') && !message.includes(national_id), 'an invitation says nothing of the matter');
    }
    await until('the invitation by text message', async () => (await texts(signer.mobile)).length === 1);
    await visit('desktop', async (page) => {
      await page.goto(address);
      assert.ok(!(await page.content()).includes('Confidential'));
      await see(page, 'log-in');
      await tabTo(page, 'Log in with Test-ID');
      await page.keyboard.press('Enter');
      await logIn(page, signer, 'low');
      await page.waitForURL(address);
      await shows(page, 'level high at least');
      assert.ok(!(await page.content()).includes('Confidential'));
      await see(page, 'log-in-higher');
      await page.goto(at('/portal'));
      await shows(page, 'that asks for a more secure log-in');
      await see(page, 'list-too-low');
      await tabTo(page, 'A document from DK01234567 that asks for a more secure log-in');
      await page.keyboard.press('Enter');
      await page.waitForURL(address);
      await tabTo(page, 'Log in with Test-ID');
      await page.keyboard.press('Enter');
      await logIn(page, signer, 'high');
      await page.waitForURL(address);
      await see(page, 'order-logged-in');
      await tabTo(page, 'I have read the document and sign it.');
      await page.keyboard.press('Space');
      await tabTo(page, 'Sign');
      await page.keyboard.press('Enter');
      await page.getByText('You signed on').waitFor();
      await fetchSealed(page);
      await see(page, 'sealed-logged-in');
      await tabTo(page, 'All your documents');
      await page.keyboard.press('Enter');
      await page.waitForURL(at('/portal'));
      await shows(page, 'Nothing awaits your signature');
      await shows(page, 'Confidential matter');
      await see(page, 'list');
      await tabTo(page, 'Log out');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/session\/end/);
      await press(page, 'Yes, sign me out');
      await page.waitForURL(at('/portal/logged-out'));
      await see(page, 'logged-out');
      await page.goto(address);
      await tabTo(page, 'Log in with Test-ID');
      await page.keyboard.press('Enter');
      await page.getByText('Who are you?').waitFor();
    });
    await visit('phone', async (page) => {
      await page.goto(address);
      await page.getByRole('link', { name: 'Log in with Test-ID' }).click();
      await press(page, 'Cancel');
      await shows(page, 'You are not logged in');
      await see(page, 'not-logged-in');
      await page.goto(address);
      await page.getByRole('link', { name: 'Log in with Test-ID' }).click();
      await logIn(page, { name: 'Bo', national_id: '02027054321' }, 'high');
      await shows(page, 'This link leads nowhere');
      await page.goto(at('/portal'));
      await shows(page, 'Nothing awaits your signature');
      await see(page, 'list-of-another');
    }, { kept: ['400', '404'] });
    return { sealed: await sealed(id), told: [[LONG, 'Logged in with Test-ID (level of assurance high)']] };
  },

  /** Two groups in order, one of two in the first; the second is asked when its turn has come. */
  async 'groups-in-order'() {
    const [first, second, last] = [person('Anna Almås'), person('Bent Bech'), person('Carl Citrøn')];
    const id = await order('In turn', { groups: [{ quorum: 1, signers: [first, second] }, { signers: [last] }] });
    const [one, other] = [await link(first), await link(second)];
    assert.deepEqual(await mails(last.email), [], 'nobody is asked before the turn');
    await visit('phone', async (page) => {
      await page.goto(one);
      await see(page, 'in-turn');
      await sign(page);
      await shows(page, 'Others have still to sign');
      await see(page, 'others-sign');
      await page.goto(other);
      await shows(page, 'Enough others have signed');
      await see(page, 'not-needed');
      await page.goto(await link(last));
      await sign(page);
      await fetchSealed(page);
    });
    return { sealed: await sealed(id), told: [['Anna Almås', 'Personal link'], ['Carl Citrøn', 'Personal link']] };
  },

  /** Declining with a reason, with the keyboard alone. */
  async declined() {
    const signer = person('Dan Dyr');
    const id = await order('Offer', { signers: [signer] });
    await visit('desktop', async (page) => {
      await page.goto(await link(signer));
      await tabTo(page, 'I do not want to sign');
      await page.keyboard.press('Enter');
      await see(page, 'reason');
      await tabTo(page, 'Reason, if you want to give one. The sender will read it.');
      await page.keyboard.type('The price is too high.');
      await tabTo(page, 'Decline to sign');
      await page.keyboard.press('Enter');
      await page.getByText('You declined on').waitFor();
      await see(page, 'declined');
    });
    assert.ok(JSON.stringify(await state(id, 'rejected')).includes('The price is too high.'));
    return {};
  },

  /** Five wrong codes block the signer, whatever comes then; the sender lets the signer try again. */
  async 'wrong-code'() {
    const signer = person('Eva Ense', { mobile: mobile(), authentication: 'sms-code' });
    const id = await order('Guessed', { signers: [signer] });
    const address = await link(signer);
    await visit('phone', async (page) => {
      await page.goto(address);
      await see(page, 'code-to-send');
      await press(page, 'Send me a code');
      await see(page, 'code-to-enter');
      const code = (await written(texts, signer.mobile, /code is \d{6}/)).slice(-6);
      for (let tries = 4; tries >= 0; tries -= 1) {
        await page.getByLabel('Code, six digits').fill(code === '000000' ? '000001' : '000000');
        await press(page, 'Continue');
        if (tries > 0) await shows(page, `Tries left: ${tries}`);
        if (tries === 4) await see(page, 'code-wrong');
      }
      await shows(page, 'A wrong code was entered too often');
      await page.goto(address);
      await shows(page, 'A wrong code was entered too often');
      await see(page, 'blocked');
      await api('POST', `/v1/orders/${id}/signers/0/unblock`);
      const before = (await texts(signer.mobile)).length;
      await page.goto(address);
      await press(page, 'Send me a code');
      await until('another code', async () => (await texts(signer.mobile)).length > before);
      await page.getByLabel('Code, six digits').fill((await written(texts, signer.mobile, /code is \d{6}/)).slice(-6));
      await press(page, 'Continue');
      await sign(page);
      await shows(page, 'You signed on');
    }, { kept: ['422', '403'] });
    return { sealed: await sealed(id), told: [['Eva Ense', 'Personal link and one-time code by text message']] };
  },

  /** The time for signing ends while the page is open. */
  async expired() {
    const signer = person('Finn Færdig');
    const end = Date.now() + 40_000;
    const id = await order('Late', { signers: [signer] }, { deadline: new Date(end).toISOString() });
    await visit('desktop', async (page) => {
      await page.goto(await link(signer));
      await page.getByRole('checkbox').check();
      await until('the deadline', async () => Date.now() > end);
      await press(page, 'Sign');
      await shows(page, 'This cannot be done any more');
      await state(id, 'expired');
      await page.reload();
      await shows(page, 'The time for signing is over');
      await see(page, 'expired');
    }, { kept: ['422'] });
    return {};
  },

  /** The sender takes the order back while the page is open. */
  async cancelled() {
    const signer = person('Gro Gjengs');
    const id = await order('Taken back', { signers: [signer] });
    await visit('phone', async (page) => {
      await page.goto(await link(signer));
      await page.getByRole('checkbox').check();
      await api('POST', `/v1/orders/${id}/cancel`);
      await press(page, 'Sign');
      await shows(page, 'The sender has taken this back');
      await see(page, 'cancelled');
    }, { kept: ['422'] });
    assert.equal((await api('GET', `/v1/orders/${id}`)).state, 'cancelled');
    return {};
  },
};

const { sealed: file, told = [] } = await flows[process.argv[2]]();
if (file) writeFileSync(process.env.SEGL_SEALED, file);
console.log(JSON.stringify(told));
await browser.close();
