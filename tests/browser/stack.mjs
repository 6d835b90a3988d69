// The deployed stack, as its API clients and the people whom it writes to know it. `cargo local` tells where it is.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

const { SEGL_URL, SEGL_API_KEY, AWS_ENDPOINT_URL, SEGL_DOCUMENT } = process.env;
const PATIENCE = 90_000;

/** A path of the service as an address. */
export const at = (path) => new URL(path, SEGL_URL).href;

/** Calls the API as the first example client; answers what it says. */
export async function api(method, path, body) {
  const headers = { 'x-api-key': SEGL_API_KEY, 'content-type': 'application/json' };
  const answer = await fetch(at(path), { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}

/** Asks again until there is something. */
export async function until(what, ask) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
    const found = await ask();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${what} did not come`);
}

/** Creates an order with one document and waits for the signers' turn; answers its id. */
export async function order(title, signing, more = {}) {
  const content_base64 = readFileSync(SEGL_DOCUMENT).toString('base64');
  const { id } = await api('POST', '/v1/orders', { title, documents: [{ title: `${title}, document`, content_base64 }], ...signing, ...more });
  await state(id, 'pending');
  return id;
}

/** Waits until an order is in a state; answers the order. */
export function state(id, wanted) {
  return until(`${id} ${wanted}`, async () => {
    const found = await api('GET', `/v1/orders/${id}`);
    return found.state === wanted && found;
  });
}

/** The sealed document of an order that ends well. */
export async function sealed(id) {
  await state(id, 'accepted');
  const answer = await fetch(at(`/v1/orders/${id}/documents/0/sealed`), { headers: { 'x-api-key': SEGL_API_KEY } });
  assert.equal(answer.status, 200);
  return Buffer.from(await answer.arrayBuffer());
}

/** A person whom no earlier run has written to: the emulator keeps mails and messages. */
export function person(name, more = {}) {
  const number = String(randomInt(1_000_000)).padStart(6, '0');
  const first = name.split(' ')[0].normalize('NFKD').replace(/[^a-z]/gi, '').toLowerCase();
  return { type: 'person', name, email: `${first}-${Date.now()}-${number}@people.example.org`, ...more };
}

/** A mobile number that no earlier run has written to. */
export const mobile = () => `+4790${String(randomInt(1_000_000)).padStart(6, '0')}`;

/** The texts of all mails to an address, oldest first. */
export async function mails(address) {
  const { messages } = await (await fetch(`${AWS_ENDPOINT_URL}/_ministack/ses/messages`)).json();
  const all = Object.values(messages).flat().map((message) => JSON.stringify(message));
  return all.filter((message) => message.includes(address));
}

/** The texts of all messages to a mobile number, oldest first. */
export async function texts(number) {
  const all = await (await fetch(`${AWS_ENDPOINT_URL}/_ministack/sns/sms-messages`)).json();
  return Object.values(all).flatMap((byNumber) => byNumber?.[number] ?? []).map((message) => JSON.stringify(message));
}

/** The newest of what was written to somebody in which something is found; answers that. */
export function written(box, whom, pattern) {
  return until(`${pattern} for ${whom}`, async () => (await box(whom)).at(-1)?.match(pattern)?.[0]);
}

/** The personal link in the newest mail to somebody. */
export const link = (one) => written(mails, one.email, /http:[^"\s\\]*\/sign\/[\w-]+/);
