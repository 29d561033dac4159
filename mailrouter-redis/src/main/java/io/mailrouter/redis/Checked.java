package io.mailrouter.redis;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.regex.Pattern;

/** Settings as they were given, or an {@link IllegalArgumentException} that names the setting and what is possible. */
final class Checked {

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private Checked() {}

    static String word(String name, String value) {
        if (!WORD.matcher(value).matches()) {
            throw new IllegalArgumentException(name + " is not 1 to 64 letters, digits, dots, hyphens or underscores");
        }
        return value;
    }

    static Duration between(String name, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(name + " is " + value + ": " + least + " to " + most + " is possible");
        }
        return value;
    }

    /** Reads a file of certificates, to find now what is wrong with it. */
    static Path certificates(String name, Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
                throw new IllegalArgumentException(name + " " + pem + " holds no certificate");
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(name + " " + pem + " cannot be read", e);
        } catch (CertificateException e) {
            throw new IllegalArgumentException(name + " " + pem + " holds no certificate in PEM", e);
        }
        return pem;
    }
}
