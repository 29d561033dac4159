package io.mailrouter.testkit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate authority that lives as long as a test, so that no certificate which ends some day lies anywhere.
 *
 * <p>The JDK has no public way to make a certificate, and its keytool is another process for each.
 */
final class Authority {

    private static final byte[] ECDSA_SHA256 = Der.sequence(Der.oid(0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02));
    private static final byte[] LOOPBACK = {127, 0, 0, 1};
    private static final byte[] ELSEWHERE = {(byte) 192, 0, 2, 1}; // RFC 5737: nobody's
    private static final char[] NO_PASSWORD = {};

    private final KeyPair keys;
    private final Certificate certificate;

    private Authority(KeyPair keys, Certificate certificate) {
        this.keys = keys;
        this.certificate = certificate;
    }

    static Authority create() {
        try {
            KeyPair keys = newKeys();
            byte[] basicConstraints = extension(true, Der.sequence(Der.yes()), 0x55, 0x1D, 0x13);
            return new Authority(
                    keys,
                    signed("Test Authority", keys, "Test Authority", keys.getPrivate(), Instant.now(), basicConstraints));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK makes no EC certificates", e);
        }
    }

    /** Returns what a server shows who has a certificate of this kind. */
    SSLContext server(TlsFault fault) {
        try {
            KeyPair own = newKeys();
            boolean alone = fault == TlsFault.SELF_SIGNED;
            Instant from = Instant.now().minus(fault == TlsFault.EXPIRED ? Duration.ofDays(30) : Duration.ZERO);
            byte[] host = fault == TlsFault.WRONG_HOST ? ELSEWHERE : LOOPBACK;
            byte[] names = extension(false, Der.sequence(Der.value(0x87, host)), 0x55, 0x1D, 0x11);
            String issuer = alone ? "Test Server" : "Test Authority";
            PrivateKey signer = alone ? own.getPrivate() : keys.getPrivate();
            Certificate leaf = signed("Test Server", own, issuer, signer, from, names);
            KeyStore store = emptyStore();
            store.setKeyEntry(
                    "server",
                    own.getPrivate(),
                    NO_PASSWORD,
                    alone ? new Certificate[] {leaf} : new Certificate[] {leaf, certificate});
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, NO_PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this JDK makes no EC certificates", e);
        }
    }

    /** Returns what a client needs who trusts this authority and nobody else. */
    SSLContext client() {
        try {
            KeyStore store = emptyStore();
            store.setCertificateEntry("authority", certificate);
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this JDK keeps no certificates in memory", e);
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static KeyPair newKeys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    /** A certificate as in RFC 5280 section 4.1, valid from a day before until ten days after. */
    private static Certificate signed(
            String subject, KeyPair keys, String issuer, PrivateKey signer, Instant from, byte[] extension)
            throws GeneralSecurityException {
        byte[] toBeSigned = Der.sequence(
                Der.value(0xA0, Der.integer(2)),
                Der.integer(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE)),
                ECDSA_SHA256,
                name(issuer),
                Der.sequence(Der.time(from.minus(Duration.ofDays(1))), Der.time(from.plus(Duration.ofDays(10)))),
                name(subject),
                keys.getPublic().getEncoded(),
                Der.value(0xA3, Der.sequence(extension)));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(signer);
        signature.update(toBeSigned);
        byte[] certificate = Der.sequence(toBeSigned, ECDSA_SHA256, Der.bits(signature.sign()));
        return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(certificate));
    }

    private static byte[] name(String commonName) {
        return Der.sequence(Der.set(Der.sequence(Der.oid(0x55, 0x04, 0x03), Der.utf8(commonName))));
    }

    private static byte[] extension(boolean critical, byte[] value, int... oid) {
        return critical
                ? Der.sequence(Der.oid(oid), Der.yes(), Der.octets(value))
                : Der.sequence(Der.oid(oid), Der.octets(value));
    }
}
