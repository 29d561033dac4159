package io.mailrouter.examples.runner;

import io.mailrouter.sqs.DeadLetter;
import io.mailrouter.sqs.Redrive;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What stands behind {@code dead-letters} on the command line.
 *
 * @param queue the name of the queue that the letters come from
 */
record DeadLetterArguments(
        boolean redrive,
        int max,
        Optional<String> queue,
        Optional<String> reason,
        Optional<String> code,
        double rate,
        boolean dryRun,
        boolean freshKeys) {

    static final String USAGE = """
            dead-letters list [--max 100] [--queue NAME]
            dead-letters redrive [--reason REASON] [--code CODE] [--max 1000000] [--rate 10] [--dry-run] [--queue NAME]
                                 [--fresh-keys-may-send-twice]""";

    private static final int LISTED = 100;
    private static final int MOST_LISTED = 10_000;
    private static final int MOST_MOVED = 1_000_000;
    private static final double PER_SECOND = 10;

    /** @throws IllegalArgumentException saying what is wrong with which argument */
    static DeadLetterArguments of(List<String> arguments) {
        Deque<String> left = new ArrayDeque<>(arguments);
        String command = String.valueOf(left.poll());
        if (!command.equals("list") && !command.equals("redrive")) {
            throw new IllegalArgumentException("list or redrive is needed after dead-letters");
        }
        boolean redrive = command.equals("redrive");
        DeadLetterArguments read = new DeadLetterArguments(
                redrive,
                redrive ? MOST_MOVED : LISTED,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                PER_SECOND,
                false,
                false);
        while (!left.isEmpty()) {
            read = read.and(left.remove(), left);
        }
        return read;
    }

    private DeadLetterArguments and(String name, Deque<String> left) {
        if (!redrive && !name.equals("--max") && !name.equals("--queue")) {
            throw new IllegalArgumentException("Unknown argument " + name + ": list knows --max and --queue");
        }
        return switch (name) {
            case "--max" ->
                new DeadLetterArguments(redrive, number(name, left), queue, reason, code, rate, dryRun, freshKeys);
            case "--queue" ->
                new DeadLetterArguments(redrive, max, value(name, left), reason, code, rate, dryRun, freshKeys);
            case "--reason" ->
                new DeadLetterArguments(redrive, max, queue, value(name, left), code, rate, dryRun, freshKeys);
            case "--code" ->
                new DeadLetterArguments(redrive, max, queue, reason, value(name, left), rate, dryRun, freshKeys);
            case "--rate" ->
                new DeadLetterArguments(redrive, max, queue, reason, code, rate(name, left), dryRun, freshKeys);
            case "--dry-run" -> new DeadLetterArguments(redrive, max, queue, reason, code, rate, true, freshKeys);
            case "--fresh-keys-may-send-twice" ->
                new DeadLetterArguments(redrive, max, queue, reason, code, rate, dryRun, true);
            default -> throw new IllegalArgumentException("Unknown argument " + name);
        };
    }

    private static Optional<String> value(String name, Deque<String> left) {
        String value = left.poll();
        if (value == null || value.startsWith("--")) {
            throw new IllegalArgumentException(name + " needs a value");
        }
        return Optional.of(value);
    }

    private int number(String name, Deque<String> left) {
        int most = redrive ? MOST_MOVED : MOST_LISTED;
        String text = value(name, left).orElseThrow();
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // As for a number out of range.
        }
        throw new IllegalArgumentException(name + " is '" + text + "': 1 to " + most + " is needed");
    }

    private static double rate(String name, Deque<String> left) {
        String text = value(name, left).orElseThrow();
        try {
            double rate = Double.parseDouble(text);
            Redrive.of(letter -> true).rate(rate);
            return rate;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + " is '" + text + "': 0.1 to 1000 messages a second is needed", e);
        }
    }

    /** A letter that does not say where it comes from is nobody else's either. */
    Predicate<DeadLetter> filter() {
        Predicate<DeadLetter> filter = letter -> true;
        if (queue.isPresent()) {
            filter = DeadLetter.fromQueue(queue.get())
                    .or(letter -> letter.sourceQueue().isEmpty());
        }
        if (reason.isPresent()) {
            filter = filter.and(DeadLetter.hasReason(reason.get()));
        }
        return code.isPresent() ? filter.and(DeadLetter.hasCode(code.get())) : filter;
    }

    Redrive plan() {
        Redrive plan = Redrive.of(filter()).rate(rate).max(max);
        plan = dryRun ? plan.dryRun() : plan;
        return freshKeys ? plan.freshKeysMaySendTwice() : plan;
    }
}
