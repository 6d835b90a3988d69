// Verifies a workflow token from a key set alone, with `jose`. Prints the claims as JSON.
// node verify_token.mjs TOKEN.jwt JWKS.json
import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, jwtVerify } from 'jose';

const [token, keys] = await Promise.all(process.argv.slice(2, 4).map((path) => readFile(path, 'utf8')));
const { payload } = await jwtVerify(token.trim(), createLocalJWKSet(JSON.parse(keys)), {
  algorithms: ['ES256'],
  typ: 'workflow-token+jwt',
});
console.log(JSON.stringify(payload));
