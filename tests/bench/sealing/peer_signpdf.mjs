// @signpdf as its users call it: peer_signpdf.mjs IN OUT P12 PASSWORD
import { readFileSync, writeFileSync } from "node:fs";
import { plainAddPlaceholder } from "@signpdf/placeholder-plain";
import { P12Signer } from "@signpdf/signer-p12";
import { SignPdf } from "@signpdf/signpdf";

const [source, target, p12, passphrase] = process.argv.slice(2);
const signer = new P12Signer(readFileSync(p12), { passphrase });
const begin = performance.now();
const pdfBuffer = plainAddPlaceholder({ pdfBuffer: readFileSync(source), reason: "Seal", contactInfo: "", name: "Segl", location: "" });
writeFileSync(target, await new SignPdf().sign(pdfBuffer, signer));
console.log(JSON.stringify({ seconds: (performance.now() - begin) / 1000 }));
