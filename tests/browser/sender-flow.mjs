// From a log-in at the organization's own provider to a sealed PDF and its evidence, on the sender's pages of the deployed stack; then one
// order that is taken back, on a phone without scripts. Called by tests/flow/sender.rs, which judges what is fetched on the way.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { SIZES, context, launch, see } from './eyes.mjs';
import { at, link, mails, person, until } from './stack.mjs';

const { SEGL_DOCUMENT, SEGL_SMALL, SEGL_FETCHED } = process.env;
const LONG = 'Åse Margrethe Ødegård-Wolfeschlegelsteinhausenbergerdorff van den Nieuwenhuijzen-Sørensen';
const browser = await launch();

const main = (page) => page.locator('main').innerText();
const press = (page, name) => page.getByRole('button', { name }).click();

/** Loads the page until it says something. */
function says(page, text) {
  return until(text, async () => {
    await page.reload();
    return (await main(page)).includes(text);
  });
}

/** Logs in at the provider, as somebody of the department that may send. */
async function logIn(page, number) {
  await page.goto(at('/sender'));
  await page.getByRole('link', { name: 'Log in with Example Municipality' }).click();
  await page.getByLabel('Number').fill(number);
  await page.getByLabel('Name').fill('Kari Nordmann');
  await page.getByLabel('Departments').fill('case-work');
  await press(page, 'Log in');
  await page.getByRole('heading', { name: 'Signing orders' }).waitFor();
}

async function fillSigner(page, number, { name, email }, turn) {
  const group = page.getByRole('group', { name: `Signer ${number}` });
  await group.getByLabel('Name').fill(name);
  await group.getByLabel('E-mail address').fill(email);
  await group.getByLabel('Signs in turn number').selectOption(turn);
}

async function sign(address) {
  const made = await context(browser, { viewport: SIZES.phone });
  const page = await made.newPage();
  await page.goto(address);
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  await page.getByText('You signed on').waitFor();
  await made.close();
}

/** What a link of the page gives. */
async function fetched(page, name, file) {
  const download = page.waitForEvent('download', { timeout: 90_000 });
  await page.getByRole('link', { name }).click();
  await (await download).saveAs(`${SEGL_FETCHED}/${file}`);
}

/** The same of a file that is too large for an answer: storage gives it, and the emulator's forgets to say that it is to be saved. */
async function fetchedFromStorage(page, name, file) {
  const address = await page.getByRole('link', { name }).getAttribute('href');
  const reply = await page.request.get(new URL(address, page.url()).href);
  assert.equal(reply.status(), 200);
  writeFileSync(`${SEGL_FETCHED}/${file}`, await reply.body());
}

// From upload to sealed PDF.
{
  const made = await context(browser, { viewport: SIZES.desktop });
  const page = await made.newPage();
  await logIn(page, '101');
  const title = `Lease ${Date.now()}, with a_name_that_is_very_long_and_has_no_blank_in_it_at_which_a_line_could_be_broken_anywhere`;
  const [first, wrong] = [person(LONG), person('Bo Berg')];
  await page.getByRole('link', { name: 'New order' }).click();
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('PDF files').setInputFiles(SEGL_DOCUMENT);
  await page.getByLabel('Message to the signers').fill('Please sign by Friday.');
  await page.getByLabel('Last day to sign').fill('2035-06-30');
  await fillSigner(page, 1, first, '1');
  await fillSigner(page, 2, wrong, '2');
  await page.getByText('Send the sealed document').click();
  await see(page, 'sender-new-filled');
  const progress = [];
  await page.exposeFunction('noteProgress', (value) => progress.push(value));
  await page.evaluate(() => {
    const bar = document.querySelector('progress');
    new MutationObserver(() => globalThis.noteProgress(bar.value)).observe(bar, { attributes: true });
  });
  await press(page, 'Send for signature');
  await page.waitForURL(/\/sender\/orders\/[0-9a-f-]+$/);
  assert.ok(progress.length > 0 && progress.every((value, index) => value >= (progress[index - 1] ?? 0)), `progress: ${progress}`);
  assert.equal(progress.at(-1), 100);
  const order = page.url();
  await says(page, 'Waiting for the signature of: Åse');
  await see(page, 'sender-order');

  // What only readers hear may be set off by a blank.
  await press(page, /^Send a reminder ?: Åse/);
  await until('the reminder', async () => (await mails(first.email)).length === 2);
  await page.getByLabel('Last day to sign').last().fill('2036-06-30');
  await press(page, 'Give more time');
  await page.getByText('More time was given, until 30 June 2036').first().waitFor();
  const right = person('Bo Berg');
  await page.getByText('Correct this signer: Bo Berg').click();
  const form = page.locator('details', { hasText: 'Correct this signer: Bo Berg' });
  await form.getByLabel('E-mail address').fill(right.email);
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Bo Berg was corrected by Kari Nordmann').waitFor();
  const told = await main(page);
  for (const act of [/The order was created by Kari/, /A reminder to Åse.* was requested by Kari/, /until 30 June 2036, 23:59 \(.+\) by Kari/]) {
    assert.match(told, act);
  }

  await sign(await link(first));
  await sign(await link(right));
  assert.equal((await mails(wrong.email)).length, 0, 'the address that was wrong got nothing');
  await says(page, 'Complete');
  await see(page, 'sender-complete');
  await fetchedFromStorage(page, 'Download the sealed PDF', 'sealed.pdf');
  await fetched(page, 'Download the evidence (PDF)', 'evidence.pdf');
  await page.goto(order);
  await fetched(page, 'Download the evidence with all files (ZIP)', 'evidence.zip');
  await page.goto(order);
  await fetched(page, 'Download the workflow token', 'token.jwt');

  await page.goto(at('/sender'));
  const search = async (fields) => {
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value);
    await Promise.all([page.waitForEvent('load'), press(page, 'Show')]);
    return page.getByRole('link', { name: title }).count();
  };
  assert.equal(await search({ 'Title or name': title.slice(0, 15) }), 1);
  assert.equal(await search({ 'Title or name': 'bo berg' }), 1);
  await see(page, 'sender-list');
  await page.getByLabel('State').selectOption('Cancelled');
  assert.equal(await search({}), 0);
  await page.getByLabel('State').selectOption('Complete');
  assert.equal(await search({}), 1);
  assert.equal(await search({ 'Created from': '2999-01-01' }), 0);

  await press(page, 'Log out');
  await see(page, 'sender-logged-out');
  await page.getByRole('link', { name: 'Log out of Example Municipality as well' }).click();
  await page.getByRole('button', { name: /yes/i }).click();
  await page.waitForURL(at('/sender/logged-out'));
  await page.getByRole('link', { name: 'Log in again' }).click();
  await page.getByRole('link', { name: 'Log in with Example Municipality' }).click();
  await page.getByLabel('Number').waitFor();
  assert.deepEqual(made.complaints, []);
  await made.close();
}

// Without scripts, and taken back.
{
  const made = await context(browser, { viewport: SIZES.phone, javaScriptEnabled: false });
  const page = await made.newPage();
  await logIn(page, '102');
  const signer = person('Dag Dahl');
  await page.getByRole('link', { name: 'New order' }).click();
  await page.getByLabel('Title').fill('Taken back');
  await page.getByLabel('PDF files').setInputFiles({ name: 'small.pdf', mimeType: 'application/pdf', buffer: readFileSync(SEGL_SMALL) });
  await fillSigner(page, 1, signer, '1');
  await press(page, 'Send for signature');
  await says(page, 'Waiting for the signature of: Dag Dahl');
  const address = await link(signer);
  await page.getByText('Cancel the order').first().click();
  await page.getByLabel('Reason').fill('A mistake.');
  await page.getByRole('button', { name: 'Cancel the order' }).click();
  await page.getByText('The order was cancelled by Kari Nordmann').waitFor();
  await page.goto(address);
  assert.ok((await main(page)).includes('The sender has taken this back'));
  assert.deepEqual(made.complaints, []);
  await made.close();
}

await browser.close();
