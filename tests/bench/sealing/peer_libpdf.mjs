// @libpdf/core as its users call it: peer_libpdf.mjs IN OUT P12 PASSWORD
import { readFile, writeFile } from "node:fs/promises";
import { P12Signer, PDF } from "@libpdf/core";

const [source, target, p12, password] = process.argv.slice(2);
const signer = await P12Signer.create(await readFile(p12), password);
const begin = performance.now();
const pdf = await PDF.load(await readFile(source));
const signed = await pdf.sign({ signer });
await writeFile(target, signed.bytes);
console.log(JSON.stringify({ seconds: (performance.now() - begin) / 1000 }));
