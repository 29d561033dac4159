package io.mailrouter.examples.lambda;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.provider.Secret;
import io.mailrouter.route.Routing;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What the function's environment says, read once. Whatever is wrong with it is said at once: the variable, what it must
 * be, an example, and never a value that may be a secret.
 *
 * @param sendGridKey the key of SendGrid, which is left out without one
 * @param redisUri where knowledge is shared, for {@link RedisEmailWorker} alone
 */
record Settings(
        Routing routing,
        Duration deadline,
        Ambiguity ambiguity,
        int concurrency,
        int maxAttempts,
        Optional<String> deadLetterQueue,
        String metrics,
        Optional<String> configurationSet,
        Optional<Secret> sendGridKey,
        URI sendGridUrl,
        Optional<Secret> redisUri) {

    private static final String REDIS = "MAILROUTER_REDIS_URI";
    private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9._/#:-]{1,255}");
    private static final Map<String, Routing> ROUTINGS = Map.of(
            "order", Routing.inOrder(),
            "latency", Routing.latencyAware(),
            "round-robin", Routing.roundRobin());

    /** Reads the environment of a function that shares nothing. */
    static Settings from(Map<String, String> environment) {
        return read(new Reader(environment), Optional.empty());
    }

    /** Reads the environment of a function that shares through Redis. */
    static Settings withRedis(Map<String, String> environment) {
        Reader read = new Reader(environment);
        return read(read, read.secret(REDIS));
    }

    private static Settings read(Reader read, Optional<Secret> redisUri) {
        Settings settings = new Settings(
                read.as("MAILROUTER_ROUTING", "latency", "order, latency or round-robin", Settings::routing),
                read.as("MAILROUTER_DEADLINE", "PT30S", "a time from PT1S to PT10M, e.g. PT30S", Settings::deadline),
                read.as("MAILROUTER_AMBIGUITY", "stop", "stop or resend-other", Settings::ambiguity),
                read.as("MAILROUTER_CONCURRENCY", "10", "a whole number from 1 to 1000, e.g. 10", Settings::upTo1000),
                read.as("MAILROUTER_MAX_ATTEMPTS", "8", "a whole number from 1 to 1000, e.g. 8", Settings::upTo1000),
                read.text("MAILROUTER_DEAD_LETTER_QUEUE_URL"),
                read.as(
                        "MAILROUTER_METRICS",
                        "mailrouter",
                        "1 to 255 letters, digits or any of . - _ / # :, e.g. mailrouter",
                        Settings::namespace),
                read.text("MAILROUTER_SES_CONFIGURATION_SET"),
                read.secret("SENDGRID_API_KEY"),
                read.as(
                        "SENDGRID_BASE_URL",
                        "https://api.sendgrid.com",
                        "an absolute https URL, e.g. https://api.eu.sendgrid.com",
                        Settings::url),
                redisUri);
        read.finish();
        return settings;
    }

    private static Routing routing(String word) {
        return Optional.ofNullable(ROUTINGS.get(word)).orElseThrow(IllegalArgumentException::new);
    }

    private static Ambiguity ambiguity(String word) {
        return switch (word) {
            case "stop" -> Ambiguity.STOP;
            case "resend-other" -> Ambiguity.RESEND_OTHER;
            default -> throw new IllegalArgumentException();
        };
    }

    private static Duration deadline(String text) {
        Duration deadline = Duration.parse(text);
        if (deadline.compareTo(Duration.ofSeconds(1)) < 0 || deadline.compareTo(Duration.ofMinutes(10)) > 0) {
            throw new IllegalArgumentException();
        }
        return deadline;
    }

    private static String namespace(String text) {
        if (!NAMESPACE.matcher(text).matches()) {
            throw new IllegalArgumentException();
        }
        return text;
    }

    private static URI url(String text) {
        URI url = URI.create(text);
        if (url.getHost() == null || !Set.of("http", "https").contains(String.valueOf(url.getScheme()))) {
            throw new IllegalArgumentException();
        }
        return url;
    }

    private static int upTo1000(String text) {
        int number = Integer.parseInt(text);
        if (number < 1 || number > 1_000) {
            throw new IllegalArgumentException();
        }
        return number;
    }

    /** Reads variables and collects what is wrong with them, so that it can be mended in one go. */
    private static final class Reader {

        private final Map<String, String> variables;
        private final Set<String> known = new TreeSet<>();
        private final List<String> problems = new ArrayList<>();

        Reader(Map<String, String> variables) {
            this.variables = variables;
        }

        /** An empty variable counts as not set. */
        Optional<String> text(String name) {
            known.add(name);
            return Optional.ofNullable(variables.get(name)).map(String::strip).filter(value -> !value.isEmpty());
        }

        Optional<Secret> secret(String name) {
            try {
                return text(name).map(Secret::of);
            } catch (IllegalArgumentException e) {
                problems.add(name + " holds a control character, such as a line end");
                return Optional.empty();
            }
        }

        <T> T as(String name, String unset, String wanted, Function<String, T> parser) {
            try {
                return parser.apply(text(name).orElse(unset));
            } catch (RuntimeException e) {
                problems.add(name + " is malformed: it must be " + wanted);
                return parser.apply(unset);
            }
        }

        /** A misspelt limit would be a limit that does not hold. */
        void finish() {
            variables.keySet().stream()
                    .filter(name -> name.startsWith("MAILROUTER_") && !known.contains(name))
                    .sorted()
                    .forEach(name -> problems.add(
                            name.equals(REDIS)
                                    ? REDIS + " is for the handler RedisEmailWorker: this one would share nothing"
                                    : name + " is unknown; known are " + known));
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException("The environment is not right: " + String.join("; ", problems));
            }
        }
    }
}
