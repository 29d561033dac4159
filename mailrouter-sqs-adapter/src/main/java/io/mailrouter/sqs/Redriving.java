package io.mailrouter.sqs;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;

/** One redrive on its way. One thread's own. */
final class Redriving {

    private static final Logger log = LoggerFactory.getLogger(DeadLetters.class);
    private static final int DELETE_TRIES = 3;

    /** After so many failures in a row the next is not likely to do better. */
    private static final int MOST_FAILURES = 10;

    private final SqsClient client;
    private final String url;
    private final Redrive plan;
    private final Surroundings around;
    private final Waiting waiting;
    private final SourceQueues sources;
    private final TreeMap<String, Integer> failed = new TreeMap<>();
    private int moved;
    private int stuck;
    private int failuresInARow;
    private long nextSend;

    Redriving(SqsClient client, String url, Redrive plan, Surroundings around, Waiting waiting) {
        this.client = client;
        this.url = url;
        this.plan = plan;
        this.around = around;
        this.waiting = waiting;
        this.sources = new SourceQueues(client, url);
        this.nextSend = around.nanos();
    }

    RedriveReport run() {
        try (Visit visit = new Visit(client, url, around)) {
            // What takes half a minute to send: a message is not to be seen by others before its turn.
            int atOnce = (int) Math.max(1, Math.min(10, plan.perSecond() * 30));
            List<HeldLetter> letters = visit.next(atOnce);
            while (!letters.isEmpty() && !isOver()) {
                letters.forEach(held -> handle(held, visit));
                letters = isOver() ? List.of() : visit.next(atOnce);
            }
            int notLeft = stuck + (plan.isDry() ? moved : 0);
            return new RedriveReport(moved, visit.held() - notLeft, failed, visit.isComplete());
        }
    }

    private boolean isOver() {
        return moved >= plan.max()
                || failuresInARow >= MOST_FAILURES
                || Thread.currentThread().isInterrupted();
    }

    private void handle(HeldLetter held, Visit visit) {
        DeadLetter letter = held.letter();
        if (isOver() || !plan.filter().test(letter)) {
            return;
        }
        if (plan.isDry()) {
            moved++;
            return;
        }
        awaitTurn();
        if (isOver()) {
            return;
        }
        if (!visit.isHidden(held)) {
            visit.letGo(held);
            return;
        }
        move(held, letter, visit);
    }

    private void awaitTurn() {
        Duration left = Duration.ofNanos(nextSend - around.nanos());
        if (!left.isNegative() && !left.isZero()) {
            waiting.await(left);
        }
        nextSend = Math.max(nextSend, around.nanos()) + (long) (1e9 / plan.perSecond());
    }

    private void move(HeldLetter held, DeadLetter letter, Visit visit) {
        Optional<SourceQueues.Source> source = sources.of(letter.sourceQueue());
        Optional<String> target = plan.target().or(() -> source.map(SourceQueues.Source::url));
        Optional<String> problem = send(held, letter, source, target);
        if (problem.isPresent()) {
            stuck++;
            fail(problem.get());
            return;
        }
        visit.forget(held);
        if (delete(held)) {
            moved++;
            failuresInARow = 0;
        } else {
            fail("not_deleted");
        }
    }

    /** Returns why it could not be sent, or nothing when it was. */
    private Optional<String> send(
            HeldLetter held, DeadLetter letter, Optional<SourceQueues.Source> source, Optional<String> target) {
        if (target.isEmpty()) {
            return Optional.of("no_source_queue");
        }
        if (target.get().equals(url)) {
            return Optional.of("same_queue");
        }
        try {
            client.sendMessage(
                    plan.hasFreshKeys()
                            ? RedrivenMessage.withFreshKey(held, target.get())
                            : RedrivenMessage.asItWas(
                                    held, letter, source.map(SourceQueues.Source::arn), target.get()));
            return Optional.empty();
        } catch (RedrivenMessage.NotPossible e) {
            return Optional.of(e.code());
        } catch (SdkException e) {
            log.debug("Dead letter {} was not brought back", held.id(), e);
            return Optional.of(QueueErrors.code(e));
        }
    }

    /** Until it is gone it could be brought back again, so an interrupt waits. */
    private boolean delete(HeldLetter held) {
        boolean interrupted = Thread.interrupted();
        try {
            for (int tried = 1; tried <= DELETE_TRIES; tried++) {
                try {
                    client.deleteMessage(r -> r.queueUrl(url)
                            .receiptHandle(held.message().receiptHandle())
                            .overrideConfiguration(SqsQueue::limited));
                    return true;
                } catch (SdkException e) {
                    log.debug("Dead letter {} was brought back and could not be deleted", held.id(), e);
                }
            }
            return false;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void fail(String code) {
        failed.merge(code, 1, Integer::sum);
        failuresInARow++;
    }
}
