package io.mailrouter.sqs;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The settings of a consumer by the names under which they stand among properties. */
final class ConsumerProperties {

    private static final Pattern BRIEF = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private static final Map<String, Property> ALL = List.of(
                    number("concurrency", "16", SqsEmailConsumerBuilder::concurrency),
                    number("prefetch", "10", SqsEmailConsumerBuilder::prefetch),
                    number("maxPollers", "4", SqsEmailConsumerBuilder::maxPollers),
                    number("batchSize", "10", SqsEmailConsumerBuilder::batchSize),
                    time("waitTime", "10s", SqsEmailConsumerBuilder::waitTime),
                    time("visibility", "60s", SqsEmailConsumerBuilder::visibility),
                    time("intake.ahead", "5s", SqsEmailConsumerBuilder::intakeAhead),
                    property("heartbeat.at", "0.5", Double::valueOf, SqsEmailConsumerBuilder::heartbeatAt),
                    time("heartbeat.maxLease", "10m", SqsEmailConsumerBuilder::maxLease),
                    number("maxAttempts", "8", SqsEmailConsumerBuilder::maxAttempts),
                    time("backoff.base", "5s", SqsEmailConsumerBuilder::backoffBase),
                    time("backoff.max", "15m", SqsEmailConsumerBuilder::backoffMax),
                    property(
                            "pauseWhenUnavailable",
                            "true",
                            ConsumerProperties::yesOrNo,
                            SqsEmailConsumerBuilder::pauseWhenUnavailable),
                    time("probeEvery", "5s", SqsEmailConsumerBuilder::probeEvery),
                    time("delete.linger", "100ms", SqsEmailConsumerBuilder::deleteLinger),
                    handling("onRejected", SqsEmailConsumerBuilder::onRejected),
                    handling("onMalformed", SqsEmailConsumerBuilder::onMalformed),
                    handling("onStale", SqsEmailConsumerBuilder::onStale),
                    handling("onUnknown", SqsEmailConsumerBuilder::onUnknown),
                    property(
                            "deadLetter.queue",
                            "https://sqs.eu-west-1.amazonaws.com/123456789012/dead",
                            Function.identity(),
                            SqsEmailConsumerBuilder::deadLetterQueue),
                    property(
                            "deadLetter.ifMissing",
                            "FAIL",
                            text -> NoDeadLetterQueue.valueOf(word(text)),
                            SqsEmailConsumerBuilder::ifNoDeadLetterQueue),
                    property(
                            "idempotency.requireExplicit",
                            "false",
                            ConsumerProperties::yesOrNo,
                            SqsEmailConsumerBuilder::requireExplicitKey),
                    property(
                            "fifo.onTransient",
                            "HOLD",
                            text -> FifoTransient.valueOf(word(text)),
                            SqsEmailConsumerBuilder::fifoOnTransient),
                    time("fifo.holdFor", "60s", SqsEmailConsumerBuilder::fifoHoldFor),
                    property(
                            "fifo.onRejected",
                            "CONTINUE",
                            text -> FifoRejected.valueOf(word(text)),
                            SqsEmailConsumerBuilder::fifoOnRejected),
                    number("maxBodyBytes", "1048576", SqsEmailConsumerBuilder::maxBodyBytes),
                    number("maxPayloadBytes", "50331648", SqsEmailConsumerBuilder::maxPayloadBytes),
                    time("stop.timeout", "25s", SqsEmailConsumerBuilder::stopTimeout))
            .stream()
            .collect(Collectors.toUnmodifiableMap(Property::name, Function.identity()));

    private ConsumerProperties() {}

    /** Sets one value, which is text. */
    @FunctionalInterface
    private interface Setting {
        void set(SqsEmailConsumerBuilder builder, String text);
    }

    /** Sets a value of its type. */
    @FunctionalInterface
    private interface Setter<T> {
        SqsEmailConsumerBuilder set(SqsEmailConsumerBuilder builder, T value);
    }

    private record Property(String name, String example, Setting setting) {}

    private static Property number(String name, String example, Setter<Integer> setter) {
        return property(name, example, Integer::valueOf, setter);
    }

    private static Property time(String name, String example, Setter<Duration> setter) {
        return property(name, example, ConsumerProperties::duration, setter);
    }

    private static Property handling(String name, Setter<Handling> setter) {
        return property(name, "DEAD_LETTER", text -> Handling.valueOf(word(text)), setter);
    }

    private static <T> Property property(String name, String example, Function<String, T> reading, Setter<T> setter) {
        return new Property(name, example, (builder, text) -> setter.set(builder, read(example, text, reading)));
    }

    private static <T> T read(String example, String text, Function<String, T> reading) {
        try {
            return reading.apply(text.strip());
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException("it cannot be read; " + example + " could be, for example", e);
        }
    }

    private static boolean yesOrNo(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException("true or false is needed");
        }
        return text.equals("true");
    }

    private static String word(String text) {
        return text.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private static Duration duration(String text) {
        Matcher brief = BRIEF.matcher(text);
        if (!brief.matches()) {
            return Duration.parse(text);
        }
        long count = Long.parseLong(brief.group(1));
        return switch (brief.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    /** Sets what the properties say; the others keep their values. */
    static void apply(SqsEmailConsumerBuilder builder, Map<String, String> properties) {
        new TreeMap<>(properties).forEach((name, text) -> apply(builder, name, text));
    }

    private static void apply(SqsEmailConsumerBuilder builder, String name, String text) {
        Property property = ALL.get(name);
        if (property == null) {
            throw new IllegalArgumentException("property " + name + " is unknown: there are " + names());
        }
        try {
            property.setting.set(builder, text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("property " + name + ": " + e.getMessage(), e);
        }
    }

    /** Returns all names with an example of each, in their order. */
    static Map<String, String> examples() {
        return ALL.values().stream()
                .collect(Collectors.toMap(Property::name, Property::example, (one, other) -> one, TreeMap::new));
    }

    private static String names() {
        return String.join(", ", examples().keySet());
    }
}
