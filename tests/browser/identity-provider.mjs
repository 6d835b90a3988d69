// A provider of identities for tests and for trying the service out: `oidc-provider`, a real and certified one, behind one page on which
// visitors say who they are and how surely that was found out. The stack of `cargo local` is configured for it; it listens where
// SEGL_IDENTITY_PROVIDER says, serves the pages at SEGL_URL, and ends when its standard input does.
//
//   set -a; . .local/env; node tests/browser/identity-provider.mjs
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Provider, { interactionPolicy } from 'oidc-provider';

const { SEGL_IDENTITY_PROVIDER, SEGL_URL } = process.env;
const issuer = new URL(SEGL_IDENTITY_PROVIDER);
/** Values of the claim `acr`, lowest first. */
const LEVELS = ['low', 'substantial', 'high'];

/** Who has logged in, by number. */
const people = new Map();

function client(id, part) {
  return {
    client_id: id,
    // Known to everybody: nothing but this machine reaches the provider.
    client_secret: 'known-to-everybody',
    redirect_uris: [`${SEGL_URL}/${part}/logged-in`],
    post_logout_redirect_uris: [`${SEGL_URL}/${part}/logged-out`],
  };
}

/** Whoever is logged in less surely than the service asks for logs in again: the step-up. */
function policy() {
  const { Check, base } = interactionPolicy;
  const made = base();
  const sureEnough = ({ params, session, result }) =>
    !params.acr_values || Boolean(result?.login) || params.acr_values.split(' ').includes(session.acr);
  const check = new Check('acr_values', 'a surer log-in is asked for', ({ oidc }) =>
    sureEnough(oidc) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT);
  made.get('login').checks.add(check);
  return made;
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const provider = new Provider(issuer.href.replace(/\/$/, ''), {
  clients: [client('segl-portal', 'portal'), client('segl-sender', 'sender')],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  acrValues: LEVELS,
  claims: { openid: ['sub', 'acr', 'auth_time', 'pid', 'name', 'departments'] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false } },
  interactions: { policy: policy(), url: (_, { uid }) => `/interaction/${uid}` },
  pkce: { required: () => true },
  findAccount: (_, number) => ({
    accountId: number,
    claims: () => ({ sub: `subject-${number}`, pid: number, ...people.get(number) }),
  }),
  // The clients are the service's own: nobody is asked whether it may know who logs in.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid');
    await grant.save();
    return grant;
  },
});
provider.on('server_error', (_, error) => console.error(error));

function page({ params }) {
  const lowest = params.acr_values?.split(' ')[0] ?? LEVELS[0];
  const options = LEVELS.map((level) => `<option${level === lowest ? ' selected' : ''}>${level}</option>`);
  return `<!DOCTYPE html><html lang="en"><title>Who are you?</title><meta name="viewport" content="width=device-width">
<h1>Who are you?</h1><form method="post">
<p><label>Number <input name="number" required></label></p><p><label>Name <input name="name"></label></p>
<p><label>Departments <input name="departments"></label></p>
<p><label>Level <select name="level">${options.join('')}</select></label></p>
<p><button>Log in</button> <button name="cancel" value="yes" formnovalidate>Cancel</button></p></form></html>`;
}

async function form(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

async function interact(request, response) {
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page(await provider.interactionDetails(request, response)));
    return;
  }
  const fields = await form(request);
  if (fields.has('cancel')) {
    await provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'cancelled' });
    return;
  }
  const departments = fields.get('departments').split(' ').filter(Boolean);
  people.set(fields.get('number'), { name: fields.get('name'), departments });
  await provider.interactionFinished(request, response, { login: { accountId: fields.get('number'), acr: fields.get('level') } });
}

const answer = provider.callback();
createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response);
  return interact(request, response).catch((error) => response.writeHead(400).end(String(error)));
}).listen(Number(issuer.port), issuer.hostname, () => console.log('ready'));
process.stdin.on('end', () => process.exit(0)).resume();
