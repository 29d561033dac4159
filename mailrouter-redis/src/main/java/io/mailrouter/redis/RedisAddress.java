package io.mailrouter.redis;

import io.mailrouter.provider.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is and as whom to come, read from a URI such as {@code rediss://user:password@host:6379/0}.
 *
 * <p>No error repeats the URI, for a password may be in it.
 *
 * @param places the server, the sentinels, or some nodes of the cluster
 * @param master what the sentinels call the master; empty without sentinels
 */
record RedisAddress(
        Kind kind,
        List<Place> places,
        boolean tls,
        int database,
        String user,
        Optional<Secret> password,
        String master) {

    private static final Pattern SCHEME = Pattern.compile("redis(s?)(|-sentinel|-cluster)");

    /** Host names with an underscore are common among containers, and java.net.URI gives no host for them. */
    private static final Pattern HOST_AND_PORT =
            Pattern.compile("(\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?");

    private static final Pattern DATABASE = Pattern.compile("/([0-9]{1,4})");
    private static final Pattern MASTER = Pattern.compile("[A-Za-z0-9._-]{1,253}");

    /** What is at the places. */
    enum Kind {
        SINGLE(6379, "no host and port such as localhost:6379"),
        SENTINEL(26_379, "no hosts and ports such as a:26379,b:26379,c:26379"),
        CLUSTER(6379, "no hosts and ports such as a:6379,b:6379,c:6379");

        private final int port;
        private final String missing;

        Kind(int port, String missing) {
            this.port = port;
            this.missing = missing;
        }
    }

    /** A host and a port. */
    record Place(String host, int port) {

        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    static RedisAddress parse(String text) {
        URI uri = uri(text);
        Matcher scheme = SCHEME.matcher(String.valueOf(uri.getScheme()));
        if (!scheme.matches()) {
            throw wrong("begins with something else than redis://, redis-sentinel:// or redis-cluster://, or with TLS"
                    + " rediss://, rediss-sentinel:// or rediss-cluster://");
        }
        Kind kind = scheme.group(2).isEmpty()
                ? Kind.SINGLE
                : scheme.group(2).equals("-sentinel") ? Kind.SENTINEL : Kind.CLUSTER;
        if (uri.getRawQuery() != null || (kind != Kind.SENTINEL && uri.getRawFragment() != null)) {
            throw wrong("has a query or fragment: options are set on the builder, and # and ? in a password are written"
                    + " %23 and %3F");
        }
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        int at = authority.lastIndexOf('@');
        String login = authority.substring(0, Math.max(at, 0));
        int colon = login.indexOf(':');
        return new RedisAddress(
                kind,
                places(kind, authority.substring(at + 1)),
                !scheme.group(1).isEmpty(),
                database(kind, uri.getRawPath()),
                decoded(colon < 0 ? login : login.substring(0, colon)),
                colon < 0 ? Optional.empty() : Optional.of(password(login.substring(colon + 1))),
                kind == Kind.SENTINEL ? master(uri.getRawFragment()) : "");
    }

    RedisAddress withPassword(Secret other) {
        return new RedisAddress(kind, places, tls, database, user, Optional.of(other), master);
    }

    /** Returns hosts and ports, fit for a log. */
    @Override
    public String toString() {
        return places.stream().map(Place::toString).collect(Collectors.joining(","))
                + (master.isEmpty() ? "" : "#" + master);
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

    private static List<Place> places(Kind kind, String text) {
        List<Place> places = new ArrayList<>();
        for (String one : text.split(",", -1)) {
            Matcher place = HOST_AND_PORT.matcher(one);
            if (!place.matches()) {
                throw wrong("has " + kind.missing);
            }
            places.add(new Place(place.group(1), port(kind, place.group(2))));
        }
        if (kind == Kind.SINGLE && places.size() > 1) {
            throw wrong("has several hosts: write redis-sentinel:// or redis-cluster://");
        }
        return List.copyOf(places);
    }

    private static int port(Kind kind, @Nullable String digits) {
        int port = digits == null ? kind.port : Integer.parseInt(digits);
        if (port < 1 || port > 65_535) {
            throw wrong("has port " + port + ": 1 to 65535 is possible");
        }
        return port;
    }

    private static int database(Kind kind, @Nullable String path) {
        if (path == null || path.isEmpty() || path.equals("/")) {
            return 0;
        }
        Matcher database = DATABASE.matcher(path);
        if (!database.matches()) {
            throw wrong("has a path that is not the number of a database, such as /0");
        }
        int number = Integer.parseInt(database.group(1));
        if (kind == Kind.CLUSTER && number > 0) {
            throw wrong("has database " + number + ": a cluster has none but 0");
        }
        return number;
    }

    private static String master(@Nullable String fragment) {
        if (fragment == null || !MASTER.matcher(fragment).matches()) {
            throw wrong("does not end with what the sentinels call the master, such as #main");
        }
        return fragment;
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
