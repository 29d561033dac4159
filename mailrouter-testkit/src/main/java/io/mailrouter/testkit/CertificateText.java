package io.mailrouter.testkit;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;

/** Writes X.509 certificates (RFC 5280) in DER, as far as a loopback server needs them; the JDK only reads them. */
final class CertificateText {

    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int OID = 0x06;
    private static final int UTF8 = 0x0C;
    private static final int UTC_TIME = 0x17;
    private static final int DNS_NAME = 0x82;
    private static final byte[] TRUE = {0x01, 0x01, (byte) 0xFF};
    private static final byte[] ECDSA_WITH_SHA256 = der(SEQUENCE, oid("2a8648ce3d040302"));
    private static final byte[] COMMON_NAME = oid("550403");
    private static final byte[] ALTERNATIVE_NAMES = oid("551d11");
    private static final byte[] BASIC_CONSTRAINTS = oid("551d13");
    private static final String AUTHORITY = "loopback authority";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private CertificateText() {}

    static byte[] authority(PublicKey key, Instant from, Instant until) {
        byte[] constraints = der(SEQUENCE, BASIC_CONSTRAINTS, TRUE, der(OCTET_STRING, der(SEQUENCE, TRUE)));
        return text(AUTHORITY, key, from, until, constraints);
    }

    static byte[] host(String host, PublicKey key, Instant from, Instant until) {
        byte[] names = der(SEQUENCE, der(DNS_NAME, host.getBytes(StandardCharsets.US_ASCII)));
        return text(host, key, from, until, der(SEQUENCE, ALTERNATIVE_NAMES, der(OCTET_STRING, names)));
    }

    static byte[] signed(byte[] text, byte[] signature) {
        return der(SEQUENCE, text, ECDSA_WITH_SHA256, der(BIT_STRING, new byte[1], signature));
    }

    private static byte[] text(String subject, PublicKey key, Instant from, Instant until, byte[] extension) {
        byte[] version3 = der(0xA0, der(INTEGER, new byte[] {2}));
        byte[] serial = der(INTEGER, BigInteger.valueOf(System.nanoTime()).abs().toByteArray());
        byte[] life = der(SEQUENCE, time(from), time(until));
        return der(
                SEQUENCE,
                version3,
                serial,
                ECDSA_WITH_SHA256,
                name(AUTHORITY),
                life,
                name(subject),
                key.getEncoded(),
                der(0xA3, der(SEQUENCE, extension)));
    }

    private static byte[] name(String commonName) {
        byte[] text = der(UTF8, commonName.getBytes(StandardCharsets.UTF_8));
        return der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, text)));
    }

    private static byte[] time(Instant time) {
        return der(UTC_TIME, TIME.format(time).getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] oid(String hex) {
        return der(OID, HexFormat.of().parseHex(hex));
    }

    private static byte[] der(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(tag);
        int length = content.size();
        if (length < 0x80) {
            whole.write(length);
        } else {
            byte[] bytes = BigInteger.valueOf(length).toByteArray();
            int sign = bytes[0] == 0 ? 1 : 0;
            whole.write(0x80 | (bytes.length - sign));
            whole.write(bytes, sign, bytes.length - sign);
        }
        whole.writeBytes(content.toByteArray());
        return whole.toByteArray();
    }
}
