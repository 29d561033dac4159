package io.mailrouter.redis;

import io.mailrouter.provider.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where Redis is and as whom to come, read from a URI such as {@code rediss://user:password@host:6379/0}.
 *
 * <p>No error repeats the URI, for a password may be in it.
 */
record RedisAddress(String host, int port, boolean tls, int database, String user, Optional<Secret> password) {

    private static final int DEFAULT_PORT = 6379;

    /** Host names with an underscore are common among containers, and java.net.URI gives no host for them. */
    private static final Pattern HOST_AND_PORT =
            Pattern.compile("(\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?");

    private static final Pattern DATABASE = Pattern.compile("/([0-9]{1,4})");

    static RedisAddress parse(String text) {
        URI uri = uri(text);
        if (!"redis".equals(uri.getScheme()) && !"rediss".equals(uri.getScheme())) {
            throw wrong("begins with something else than redis:// or rediss:// (TLS)");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw wrong("has a query or fragment: options are set on the builder, and # and ? in a password are written"
                    + " %23 and %3F");
        }
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        int at = authority.lastIndexOf('@');
        Matcher place = HOST_AND_PORT.matcher(authority.substring(at + 1));
        if (!place.matches()) {
            throw wrong("has no host and port such as localhost:6379");
        }
        String login = authority.substring(0, Math.max(at, 0));
        int colon = login.indexOf(':');
        return new RedisAddress(
                place.group(1),
                port(place.group(2)),
                "rediss".equals(uri.getScheme()),
                database(uri.getRawPath()),
                decoded(colon < 0 ? login : login.substring(0, colon)),
                colon < 0 ? Optional.empty() : Optional.of(password(login.substring(colon + 1))));
    }

    RedisAddress withPassword(Secret other) {
        return new RedisAddress(host, port, tls, database, user, Optional.of(other));
    }

    /** Returns host and port, fit for a log. */
    @Override
    public String toString() {
        return host + ":" + port;
    }

    private static URI uri(String text) {
        try {
            return new URI(text.strip());
        } catch (URISyntaxException e) {
            // The exception holds the text, so it is not passed on.
            throw wrong("is malformed: redis://localhost:6379 would be right, and special characters in a password are"
                    + " percent-encoded");
        }
    }

    private static int port(String digits) {
        int port = digits == null ? DEFAULT_PORT : Integer.parseInt(digits);
        if (port < 1 || port > 65_535) {
            throw wrong("has port " + port + ": 1 to 65535 is possible");
        }
        return port;
    }

    private static int database(String path) {
        if (path == null || path.isEmpty() || path.equals("/")) {
            return 0;
        }
        Matcher database = DATABASE.matcher(path);
        if (!database.matches()) {
            throw wrong("has a path that is not the number of a database, such as /0");
        }
        return Integer.parseInt(database.group(1));
    }

    private static Secret password(String encoded) {
        try {
            return Secret.of(decoded(encoded));
        } catch (IllegalArgumentException e) {
            throw wrong("holds a password that is empty or has a control character inside");
        }
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("uri " + what);
    }
}
