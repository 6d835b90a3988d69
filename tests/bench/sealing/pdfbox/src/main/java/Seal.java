import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Calendar;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.CMSTypedData;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/** PDFBox with Bouncy Castle as its users call it: Seal IN OUT P12 PASSWORD. */
public final class Seal {
    public static void main(String[] arguments) throws Exception {
        var password = arguments[3].toCharArray();
        var store = KeyStore.getInstance("PKCS12");
        try (var p12 = new FileInputStream(arguments[2])) {
            store.load(p12, password);
        }
        var alias = store.aliases().nextElement();
        var key = (PrivateKey) store.getKey(alias, password);
        var chain = store.getCertificateChain(alias);

        var begin = System.nanoTime();
        try (var document = Loader.loadPDF(new File(arguments[0])); var out = new FileOutputStream(arguments[1])) {
            var signature = new PDSignature();
            signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
            signature.setSubFilter(PDSignature.SUBFILTER_ETSI_CADES_DETACHED);
            signature.setSignDate(Calendar.getInstance());
            document.addSignature(signature, content -> {
                try {
                    var generator = new CMSSignedDataGenerator();
                    var signer = new JcaContentSignerBuilder("SHA256withRSA").build(key);
                    var digests = new JcaDigestCalculatorProviderBuilder().build();
                    generator.addSignerInfoGenerator(
                            new JcaSignerInfoGeneratorBuilder(digests).build(signer, (X509Certificate) chain[0]));
                    generator.addCertificates(new JcaCertStore(Arrays.asList(chain)));
                    return generator.generate(new Streamed(content), false).getEncoded();
                } catch (Exception error) {
                    throw new IOException(error);
                }
            });
            document.saveIncremental(out);
        }
        System.out.printf("{\"seconds\": %f}%n", (System.nanoTime() - begin) / 1e9);
    }

    /** What is signed, without a copy in memory. */
    private record Streamed(InputStream content) implements CMSTypedData {
        @Override
        public ASN1ObjectIdentifier getContentType() {
            return CMSObjectIdentifiers.data;
        }

        @Override
        public Object getContent() {
            return content;
        }

        @Override
        public void write(java.io.OutputStream out) throws IOException {
            content.transferTo(out);
        }
    }
}
