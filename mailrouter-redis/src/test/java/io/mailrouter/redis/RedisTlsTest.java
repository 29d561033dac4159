package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.mailrouter.health.Signal;
import io.mailrouter.provider.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("what it measures or times is spoilt by others")
class RedisTlsTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final char[] STORE_PASSWORD = "changeit".toCharArray();

    @TempDir
    static Path folder;

    @BeforeAll
    static void makeCertificate() throws IOException, InterruptedException, GeneralSecurityException {
        Path store = folder.resolve("server.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "redis",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=redis",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(STORE_PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), STORE_PASSWORD);
        pem("server.crt", "CERTIFICATE", keys.getCertificate("redis").getEncoded());
        pem("server.key", "PRIVATE KEY", keys.getKey("redis", STORE_PASSWORD).getEncoded());
    }

    private static void pem(String file, String what, byte[] content) throws IOException {
        String body = Base64.getMimeEncoder(64, "\n".getBytes()).encodeToString(content);
        Files.writeString(
                folder.resolve(file), "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
    }

    private static RedisServer serverWithTls() {
        return RedisServer.started(
                "--tls-port",
                Integer.toString(RedisServer.freePort()),
                "--tls-cert-file",
                folder.resolve("server.crt").toString(),
                "--tls-key-file",
                folder.resolve("server.key").toString(),
                "--tls-auth-clients",
                "no",
                "--requirepass",
                "canary-tls");
    }

    @Test
    void sharesOverTlsWithACertificateThatIsTrusted() {
        try (RedisServer redis = serverWithTls();
                RedisFleet node = RedisFleet.builder()
                        .uri("rediss://127.0.0.1:" + redis.option("--tls-port"))
                        .password(Secret.of("canary-tls"))
                        .trustedCertificates(folder.resolve("server.crt"))
                        .build()) {
            node.record("ses", Signal.OK, Duration.ofMillis(5), 1);

            await().atMost(LONG).until(() -> node.snapshot().provider("ses").isPresent());
        }
    }

    @Test
    @DisplayName("R14 a certificate that nobody vouches for: refused, local mode, never plain")
    void refusesAnUnknownCertificate() {
        refuses("127.0.0.1", RedisFleet.builder());
    }

    @Test
    @DisplayName("R14 a certificate for another name: refused, local mode, never plain")
    void refusesAnotherName() {
        refuses("localhost", RedisFleet.builder().trustedCertificates(folder.resolve("server.crt")));
    }

    private static void refuses(String host, RedisFleet.Builder builder) {
        try (Logs logs = Logs.from(Level.INFO);
                RedisServer redis = serverWithTls();
                RedisFleet node = builder.uri("rediss://" + host + ":" + redis.option("--tls-port"))
                        .password(Secret.of("canary-tls"))
                        .build()) {
            await().atMost(LONG)
                    .until(() -> !logs.ofFleet(Level.WARN, ":" + redis.option("--tls-port"))
                            .isEmpty());

            assertThat(logs.ofFleet(Level.WARN, ":" + redis.option("--tls-port")))
                    .singleElement()
                    .asString()
                    .contains("TLS failed");
            assertThat(node.snapshot().connected()).isFalse();
        }
    }

    @Test
    @DisplayName("R14 a server that speaks no TLS gets not one byte of the login")
    void saysNothingInClear() throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                RedisFleet node = RedisFleet.builder()
                        .uri("rediss://127.0.0.1:" + listener.getLocalPort())
                        .password(Secret.of("canary-tls"))
                        .build()) {
            listener.setSoTimeout(20_000);
            for (int connection = 0; connection < 3; connection++) {
                try (Socket client = listener.accept()) {
                    client.setSoTimeout(20_000);
                    byte[] hello = new byte[3];
                    assertThat(client.getInputStream().readNBytes(hello, 0, 3)).isEqualTo(3);
                    client.getOutputStream().write("+OK\r\n+PONG\r\n".getBytes(StandardCharsets.US_ASCII));
                    String rest = new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);

                    assertThat(hello).startsWith(0x16, 0x03);
                    assertThat(rest).doesNotContain("canary", "AUTH", "PING");
                }
            }
            assertThat(node.snapshot().connected()).isFalse();
        }
    }
}
