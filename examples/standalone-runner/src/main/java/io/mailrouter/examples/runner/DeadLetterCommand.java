package io.mailrouter.examples.runner;

import io.mailrouter.sqs.DeadLetter;
import io.mailrouter.sqs.DeadLetters;
import io.mailrouter.sqs.RedriveReport;
import java.io.PrintStream;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.SqsClientBuilder;

/**
 * {@code dead-letters list} and {@code dead-letters redrive}: shows what was dead-lettered and why, and brings it back.
 *
 * <p>Exit codes: 0 when it is done, 1 when a queue cannot be asked or a message cannot be brought back, 2 for wrong
 * arguments or a wrong environment.
 */
final class DeadLetterCommand {

    private final DeadLetterArguments arguments;
    private final DeadLetterSettings settings;
    private final PrintStream out;

    private DeadLetterCommand(DeadLetterArguments arguments, DeadLetterSettings settings, PrintStream out) {
        this.arguments = arguments;
        this.settings = settings;
        this.out = out;
    }

    /** Returns the exit code. */
    static int run(List<String> words, Map<String, String> environment, PrintStream out, PrintStream err) {
        return run(words, environment, out, err, DeadLetterCommand::client);
    }

    static int run(
            List<String> words,
            Map<String, String> environment,
            PrintStream out,
            PrintStream err,
            Function<DeadLetterSettings, SqsClient> clients) {
        DeadLetterCommand command;
        try {
            DeadLetterArguments arguments = DeadLetterArguments.of(words);
            command = new DeadLetterCommand(arguments, DeadLetterSettings.from(environment, arguments.queue()), out);
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            err.println(DeadLetterArguments.USAGE);
            return 2;
        } catch (SettingsException e) {
            err.println("The environment is not right:");
            e.problems().forEach(problem -> err.println("  " + problem));
            return 2;
        }
        try (SqsClient sqs = clients.apply(command.settings)) {
            return command.run(sqs, err);
        } catch (IllegalStateException | SdkException e) {
            err.println("The dead letters cannot be reached: " + e.getMessage());
            return 1;
        }
    }

    private static SqsClient client(DeadLetterSettings settings) {
        SqsClientBuilder builder = SqsClient.builder().httpClientBuilder(Apache5HttpClient.builder());
        settings.region().map(Region::of).ifPresent(builder::region);
        return builder.build();
    }

    private int run(SqsClient sqs, PrintStream err) {
        Map<String, DeadLetters> all = deadLetters(sqs);
        if (!arguments.redrive()) {
            all.values().forEach(this::list);
            return 0;
        }
        if (all.size() > 1) {
            err.println("There are " + all.size() + " dead-letter queues: choose one with --queue NAME, e.g. --queue "
                    + Queues.name(settings.queues().get(0)));
            return 2;
        }
        return redrive(all.values().iterator().next());
    }

    /** By their URLs, for queues may share one. */
    private Map<String, DeadLetters> deadLetters(SqsClient sqs) {
        Map<String, DeadLetters> byUrl = new LinkedHashMap<>();
        if (settings.deadLetterQueue().isPresent()) {
            String url = settings.deadLetterQueue().get();
            byUrl.put(url, DeadLetters.of(sqs, url));
            return byUrl;
        }
        for (URI queue : settings.queues()) {
            DeadLetters letters = DeadLetters.ofQueue(sqs, queue.toString());
            byUrl.putIfAbsent(letters.queueUrl(), letters);
        }
        return byUrl;
    }

    private void list(DeadLetters letters) {
        List<DeadLetter> seen = letters.list(arguments.max());
        List<DeadLetter> found = seen.stream().filter(arguments.filter()).toList();
        out.println(Queues.name(URI.create(letters.queueUrl())) + ": " + found.size() + " dead letters"
                + (seen.size() < arguments.max() ? "" : ", and there may be more: --max shows up to 10000"));
        if (!found.isEmpty()) {
            out.println(DeadLetterTable.of(found));
        }
    }

    private int redrive(DeadLetters letters) {
        RedriveReport report = letters.redrive(arguments.plan());
        out.println(Queues.name(URI.create(letters.queueUrl())) + ": " + report.moved()
                + (arguments.dryRun() ? " would be brought back, " : " brought back, ") + report.left() + " left, "
                + report.failures() + " failed" + (report.complete() ? "" : "; not all were seen"));
        new TreeMap<>(report.failed()).forEach((code, count) -> out.println("  " + count + " " + code));
        return report.failures() == 0 ? 0 : 1;
    }
}
