package io.mailrouter.testkit;

import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;

/**
 * A provider for the tests of an application: it sends nothing, keeps every email, and ends attempts as it is told.
 *
 * <p>It carries everything, up to 1,000 recipients and 100 MB, and accepts all until told otherwise. What was told with
 * {@link #next} comes first, once each; then what was told last. Safe to share between threads.
 */
public final class RecordingProvider implements EmailProvider {

    private static final long MAX_BYTES = 100_000_000;

    private static final Capabilities EVERYTHING = Capabilities.builder()
            .features(Feature.values())
            .maxRecipients(Email.MAX_RECIPIENTS)
            .maxBytes(MAX_BYTES)
            .build();

    /** What an attempt comes to. */
    private interface Script {
        Outcome play() throws InterruptedException;
    }

    private final String name;
    private final Object lock = new Object();
    private final List<Email> attempted = new ArrayList<>();
    private final List<Email> accepted = new ArrayList<>();
    private final Queue<Outcome> next = new ArrayDeque<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private Script standing = this::accept;
    private Capabilities capabilities = EVERYTHING;
    private int ids;

    private RecordingProvider(String name) {
        this.name = name;
    }

    /** Returns one by this name, which is as {@link EmailProvider#name()} says. */
    public static RecordingProvider named(String name) {
        return new RecordingProvider(name);
    }

    /** Ends every attempt so from now on. */
    public RecordingProvider answers(Outcome outcome) {
        return play(() -> outcome);
    }

    /** Accepts every email from now on, with an id of its own such as {@code recorded-1}. */
    public RecordingProvider accepts() {
        return play(this::accept);
    }

    /** Throws this in every attempt from now on, as a defective provider might; a checked exception as well. */
    public RecordingProvider fails(Throwable defect) {
        return play(() -> {
            RecordingProvider.<RuntimeException>raise(defect);
            return new Outcome.Unknown("defect", "");
        });
    }

    /** Returns from no attempt from now on, until its thread is interrupted or the provider is closed. */
    public RecordingProvider hangs() {
        return play(() -> {
            closed.await();
            return new Outcome.Unknown("closed", "the recording provider was closed while it hung");
        });
    }

    /** Ends the next attempts so, one each, in this order. */
    public RecordingProvider next(Outcome... outcomes) {
        synchronized (lock) {
            next.addAll(List.of(outcomes));
        }
        return this;
    }

    /** Sets what it can carry. */
    public RecordingProvider carries(Capabilities value) {
        synchronized (lock) {
            capabilities = value;
        }
        return this;
    }

    private RecordingProvider play(Script script) {
        synchronized (lock) {
            standing = script;
        }
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Capabilities capabilities() {
        synchronized (lock) {
            return capabilities;
        }
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        Script script;
        synchronized (lock) {
            attempted.add(email);
            Outcome told = next.poll();
            script = told == null ? standing : () -> told;
        }
        try {
            Outcome outcome = script.play();
            keep(email, outcome);
            return outcome;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return new Outcome.Unknown("interrupted", "the recording provider was interrupted while it hung");
        }
    }

    private void keep(Email email, Outcome outcome) {
        if (outcome instanceof Outcome.Accepted || outcome instanceof Outcome.Partial) {
            synchronized (lock) {
                accepted.add(email);
            }
        }
    }

    private Outcome accept() {
        synchronized (lock) {
            return new Outcome.Accepted("recorded-" + ++ids);
        }
    }

    /** Throws what the compiler would want declared. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void raise(Throwable defect) throws T {
        throw (T) defect;
    }

    /** Returns what it accepted so far, in whole or in part, in the order of its answers; a copy. */
    public List<Email> emails() {
        synchronized (lock) {
            return List.copyOf(accepted);
        }
    }

    /** Returns what it was asked to send so far, in the order of the attempts; a copy. */
    public List<Email> attempted() {
        synchronized (lock) {
            return List.copyOf(attempted);
        }
    }

    /** Forgets the emails so far, so that the next test begins anew; what it was told stays. */
    public void forget() {
        synchronized (lock) {
            attempted.clear();
            accepted.clear();
        }
    }

    /** Ends attempts that hang. What it kept can still be read. */
    @Override
    public void close() {
        closed.countDown();
    }

    /** Returns the name and a count. */
    @Override
    public String toString() {
        return "RecordingProvider[" + name + ", " + emails().size() + " emails]";
    }
}
