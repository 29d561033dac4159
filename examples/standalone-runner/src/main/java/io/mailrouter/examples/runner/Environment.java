package io.mailrouter.examples.runner;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads variables, and collects what is wrong with them: the name, what is wrong, an example.
 *
 * <p>A value is repeated in an error only where it cannot be a secret.
 */
final class Environment {

    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    private final Map<String, String> variables;
    private final Set<String> known = new HashSet<>();
    private final List<String> problems = new ArrayList<>();

    Environment(Map<String, String> variables) {
        this.variables = variables;
    }

    /** Returns the value of a variable; an empty one counts as not set. */
    Optional<String> text(String name) {
        known.add(name);
        return Optional.ofNullable(variables.get(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    /** Returns the parts of a comma-separated list. */
    List<String> list(String name) {
        return text(name).stream()
                .flatMap(value -> List.of(value.split(",", -1)).stream())
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    /** Returns a secret given by a variable, or by a file that the variable with {@code _FILE} names. */
    Optional<String> secret(String name) {
        Optional<String> direct = text(name);
        Optional<String> file = text(name + "_FILE");
        if (direct.isPresent() && file.isPresent()) {
            problem(name + " and " + name + "_FILE are both set: one is enough");
        }
        return direct.or(() -> file.flatMap(path -> fileContent(name + "_FILE", path)));
    }

    private Optional<String> fileContent(String name, String path) {
        try {
            String content = Files.readString(Path.of(path)).strip();
            if (content.isEmpty()) {
                problem(name + " names a file that is empty, e.g. /run/secrets/sendgrid-api-key");
            }
            return Optional.of(content).filter(text -> !text.isEmpty());
        } catch (IOException | RuntimeException e) {
            problem(name + " names a file that cannot be read, e.g. /run/secrets/sendgrid-api-key");
            return Optional.empty();
        }
    }

    int number(String name, int unset, int least, int most) {
        return parsed(name, unset, "a whole number from " + least + " to " + most + ", e.g. " + unset, value -> {
            int number = Integer.parseInt(value);
            if (number < least || number > most) {
                throw new IllegalArgumentException();
            }
            return number;
        });
    }

    Duration duration(String name, Duration unset, Duration least, Duration most) {
        String wanted = "a time from " + brief(least) + " to " + brief(most) + ", e.g. 30s or PT30S";
        return parsed(name, unset, wanted, value -> {
            Duration duration = duration(value);
            if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
                throw new IllegalArgumentException();
            }
            return duration;
        });
    }

    /** Reads a time that SQS counts in whole seconds. */
    Duration seconds(String name, Duration unset, Duration least, Duration most) {
        Duration duration = duration(name, unset, least, most);
        if (duration.toNanosPart() != 0) {
            problem(name + " is " + shown(duration.toString()) + ": it must be whole seconds, e.g. " + brief(unset));
            return unset;
        }
        return duration;
    }

    private static Duration duration(String value) {
        Matcher brief = SHORT_DURATION.matcher(value);
        if (brief.matches()) {
            long amount = Long.parseLong(brief.group(1));
            return switch (brief.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                default -> Duration.ofHours(amount);
            };
        }
        try {
            return Duration.parse(value);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(e);
        }
    }

    static String brief(Duration duration) {
        return duration.toString().substring(2).toLowerCase(Locale.ROOT);
    }

    URI uri(String name, String unset, String example) {
        return parsed(name, URI.create(unset), "an absolute http or https URL, e.g. " + example, value -> {
            URI uri = URI.create(value);
            if (uri.getHost() == null || !Set.of("http", "https").contains(String.valueOf(uri.getScheme()))) {
                throw new IllegalArgumentException();
            }
            return uri;
        });
    }

    InetSocketAddress address(String name, String unset) {
        return parsed(name, address(unset), "host:port, e.g. " + unset, Environment::address);
    }

    private static InetSocketAddress address(String value) {
        int colon = value.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException();
        }
        return new InetSocketAddress(value.substring(0, colon), Integer.parseInt(value.substring(colon + 1)));
    }

    /** Reads one of a few words. */
    <T> T choice(String name, T unset, Map<String, T> choices) {
        return parsed(name, unset, "one of " + new TreeSet<>(choices.keySet()), value -> {
            T choice = choices.get(value);
            if (choice == null) {
                throw new IllegalArgumentException();
            }
            return choice;
        });
    }

    /** Reads a value that cannot be a secret, or notes the problem and goes on with the default. */
    <T> T parsed(String name, T unset, String wanted, Function<String, T> parser) {
        Optional<String> value = text(name);
        if (value.isEmpty()) {
            return unset;
        }
        try {
            return parser.apply(value.get());
        } catch (RuntimeException e) {
            problem(name + " is " + shown(value.get()) + ": it must be " + wanted);
            return unset;
        }
    }

    /** A URL may hold a password before an '@'. */
    static String shown(String value) {
        return value.contains("@") ? "malformed" : "'" + value + "'";
    }

    void problem(String problem) {
        problems.add(problem);
    }

    /** Returns the names of all variables that were asked for. */
    Set<String> known() {
        return Set.copyOf(known);
    }

    /** Ends the reading: a variable of ours that nobody asked for is a typing error that would go unnoticed. */
    void finish() {
        new TreeSet<>(variables.keySet())
                .stream()
                        .filter(name -> name.startsWith("MAILROUTER_") && !known.contains(name))
                        .forEach(name -> problem(name + " is unknown; known are "
                                + new TreeSet<>(known).headSet("N").tailSet("MAILROUTER_")));
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
    }
}
