package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Feature;
import io.mailrouter.email.RawMime;
import io.mailrouter.email.Template;
import io.mailrouter.email.Tracking;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.testkit.Sending.Ended;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.opentest4j.TestAbortedException;

/** A provider and a stand-in for its service, put together for each sentence of the contract. */
abstract class ProviderBench {

    /** What the contract sends with: the only credential that a stand-in needs to know. */
    protected static final String CREDENTIAL = "canary-credential-7f3a";

    static final Duration LONG = Duration.ofSeconds(30);
    static final Duration SHORT = Duration.ofSeconds(1);
    /** What a machine with more to do than it can may add to a time limit. */
    static final Duration GRACE = Duration.ofSeconds(5);

    /** How much later than the deadline a provider may end that does not promise to keep it. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final AtomicInteger sends = new AtomicInteger();
    ServiceStandIn service;
    EmailProvider provider;

    /** Returns a new stand-in for the service, which listens already. The contract closes it. */
    protected abstract ServiceStandIn service();

    /**
     * Returns a new provider. The contract closes it.
     *
     * @param service where the service is reached; for {@code https} nothing more than usual is to be trusted
     * @param credential the key or password to send with, which then must be seen nowhere else
     */
    protected abstract EmailProvider provider(URI service, String credential);

    /**
     * Returns a new provider that trusts other authorities than usual, nothing if it cannot be told to; the sentences
     * about certificates are then aborted. Nothing by default.
     *
     * @param service where the service is reached, and whom to trust there
     * @param credential the key or password to send with
     */
    protected Optional<EmailProvider> provider(LoopbackTls service, String credential) {
        return Optional.empty();
    }

    /**
     * Begins to listen to what is logged, or returns nothing, and the sentence about logs is aborted. Nothing by
     * default; see {@link LogbackLines}.
     */
    protected Optional<LogLines> logs() {
        return Optional.empty();
    }

    /**
     * Returns an email that uses this feature and no other, for a service that needs a certain form of it.
     *
     * <p>By default it holds one or two of each in plain ASCII; the id of the template is {@code d-welcome}.
     */
    protected Email email(Feature feature) {
        byte[] bytes = {0, 1, 2, (byte) 0xFE, (byte) 0xFF};
        EmailBuilder plain = email();
        return switch (feature) {
            case ATTACHMENTS ->
                plain.attach(Attachment.of("naïve 漢.bin", "application/octet-stream", bytes))
                        .attach(Attachment.of("b.txt", "text/plain", new byte[] {'b'}))
                        .build();
            case INLINE_ATTACHMENTS ->
                plain.html("<img src=\"cid:logo-1\">")
                        .attach(Attachment.inline("logo-1", "l.png", "image/png", bytes))
                        .build();
            case HEADERS ->
                plain.header("X-Order", "42").header("X-Second", "a b").build();
            case TAGS -> plain.tag("order").tag("second").build();
            case METADATA ->
                plain.metadata("orderId", "42").metadata("step", "2").build();
            case SEVERAL_REPLY_TO ->
                plain.replyTo("help@example.com").replyTo("two@example.com").build();
            case ENVELOPE_FROM -> plain.envelopeFrom("bounce@example.com").build();
            case TEMPLATE ->
                Email.builder()
                        .from("shop@example.com")
                        .to("ada@example.org")
                        .template(new Template("d-welcome", Map.of("first", "Ada \"x\"", "second", "{{first}}")))
                        .build();
            case SEND_AT ->
                plain.sendAt(Instant.now().plus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS))
                        .build();
            case TRACKING -> plain.tracking(new Tracking(true, false)).build();
            case RAW_MIME ->
                Email.builder()
                        .from("shop@example.com")
                        .to("ada@example.org")
                        .raw(RawMime.of("Subject: x\r\n\r\n.\r\n..b\r\n".getBytes(StandardCharsets.US_ASCII)))
                        .build();
            case UNICODE_LOCAL_PART -> plain.to("käthe@example.org").build();
        };
    }

    @BeforeEach
    void open() {
        service = service();
        provider = provider(service.url(), CREDENTIAL);
    }

    @AfterEach
    void end() {
        provider.close();
        service.close();
    }

    static EmailBuilder email() {
        return Email.builder()
                .from("Shop <shop@example.com>")
                .to("Ada <ada@example.org>")
                .subject("Your order")
                .text("text");
    }

    /** Makes the service behave so, or ends the test as aborted where it knows nothing of the kind. */
    void when(Fault fault) {
        if (!service.behave(fault)) {
            throw aborted("the stand-in knows no such fault: " + fault.words());
        }
    }

    /** Ends a test as aborted, and says why where test runners only count. */
    static TestAbortedException aborted(String why) {
        System.out.println("aborted: " + why);
        return new TestAbortedException(why);
    }

    /** Sends an email, so that a short deadline after it need not do for loading classes and shaking hands. */
    void connect() {
        assertThat(send()).as("without any fault").isInstanceOf(Outcome.Accepted.class);
    }

    /** Sends what every provider carries, with plenty of time. */
    Outcome send() {
        return send(email().build(), LONG);
    }

    Outcome send(Email email, Duration deadline) {
        return call(provider, email, context(deadline)).outcome();
    }

    Attempt.Context context(Duration deadline) {
        long end = System.nanoTime() + deadline.toNanos();
        return new Attempt.Context("mr-contract-" + sends.incrementAndGet(), 1, end, System::nanoTime);
    }

    /**
     * Makes an attempt. A provider that does not keep the deadline itself is interrupted after it, as an impatient
     * caller would, but late enough for a time-out of its own to be seen.
     */
    static Ended call(EmailProvider provider, Email email, Attempt.Context context) {
        boolean keepsDeadline = provider.capabilities().honoursDeadline();
        Sending sending = Sending.start(provider, email, context);
        if (keepsDeadline) {
            return sending.within(context.remaining().plus(GRACE), "its start, which honoursDeadline() promises");
        }
        if (!sending.hasEndedWithin(context.remaining().plus(PATIENCE))) {
            sending.interrupt();
        }
        return sending.within(GRACE, "an interrupt after its deadline");
    }
}
