package io.mailrouter.testkit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for {@code localhost}, made anew with its authority, so that no key lies in a jar.
 *
 * <p>Immutable.
 */
final class LoopbackCertificate {

    private static final char[] NO_PASSWORD = {};
    private static final Duration LIFE = Duration.ofDays(2);

    private final SSLContext server;
    private final TrustManager[] trust;

    private LoopbackCertificate(String host, Instant from) {
        try {
            KeyPair authority = keys();
            KeyPair leaf = keys();
            Instant now = Instant.now();
            Certificate root = certificate(
                    authority, CertificateText.authority(authority.getPublic(), now.minus(LIFE), now.plus(LIFE)));
            Certificate own =
                    certificate(authority, CertificateText.host(host, leaf.getPublic(), from, from.plus(LIFE)));
            server = serverContext(leaf, own, root);
            trust = trustManagers(root);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this JVM cannot make a certificate", e);
        }
    }

    static LoopbackCertificate valid() {
        return new LoopbackCertificate("localhost", Instant.now().minus(Duration.ofDays(1)));
    }

    static LoopbackCertificate expired() {
        return new LoopbackCertificate("localhost", Instant.now().minus(Duration.ofDays(30)));
    }

    static LoopbackCertificate forAnotherHost() {
        return new LoopbackCertificate("mail.example.com", Instant.now().minus(Duration.ofDays(1)));
    }

    /** Returns what a server shows. */
    SSLContext server() {
        return server;
    }

    /** Returns what trusts its authority and no other. */
    SSLContext client() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM knows no TLS", e);
        }
    }

    /** Returns what {@link #client()} decides by. */
    TrustManager[] trustManagers() {
        return trust.clone();
    }

    private static KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static Certificate certificate(KeyPair authority, byte[] text) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(authority.getPrivate());
        signature.update(text);
        return CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(CertificateText.signed(text, signature.sign())));
    }

    private static SSLContext serverContext(KeyPair leaf, Certificate own, Certificate root)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        store.setKeyEntry("loopback", leaf.getPrivate(), NO_PASSWORD, new Certificate[] {own, root});
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, NO_PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private static TrustManager[] trustManagers(Certificate root) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        store.setCertificateEntry("loopback", root);
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        return managers.getTrustManagers();
    }
}
