package io.mailrouter.testkit;

import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.QuotaExhausted;
import io.mailrouter.provider.Outcome.Rejected;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.provider.Probe;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link WebMailProvider} that is wrong in one way. */
final class FlawedMailProvider extends WebMailProvider {

    private static final Logger log = LoggerFactory.getLogger(FlawedMailProvider.class);

    private static final Duration SOON = Duration.ofMillis(300);

    private final Flaw flaw;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger closes = new AtomicInteger();
    private volatile boolean unknownBefore;

    FlawedMailProvider(URI service, String credential, Flaw flaw, Optional<SSLContext> trust) {
        super(service, credential, builder -> settings(builder, flaw, trust));
        this.flaw = flaw;
        if (flaw == Flaw.LEAVES_A_THREAD) {
            inBackground(FlawedMailProvider::park);
        }
    }

    private static void inBackground(Runnable work) {
        Thread thread = new Thread(work, "left-behind");
        thread.setDaemon(true);
        thread.start();
    }

    private static HttpClient.Builder settings(HttpClient.Builder builder, Flaw flaw, Optional<SSLContext> trust) {
        trust.ifPresent(builder::sslContext);
        return switch (flaw) {
            case FOLLOWS_REDIRECTS -> builder.followRedirects(HttpClient.Redirect.ALWAYS);
            case TRUSTS_EVERYBODY, TRUSTS_EVERYBODY_TOO -> builder.sslContext(trustingEverybody());
            default -> builder;
        };
    }

    @Override
    public String name() {
        return switch (flaw) {
            case CHANGES_ITS_NAME -> "web-mail-" + calls.incrementAndGet();
            case HAS_A_NAME_IN_CAPITALS -> "Web-Mail";
            default -> "flawed-" + flaw.name().toLowerCase(Locale.ROOT).replace('_', '-');
        };
    }

    @Override
    public Capabilities capabilities() {
        boolean odd = flaw == Flaw.CHANGES_ITS_CAPABILITIES && calls.incrementAndGet() % 2 == 1;
        if (odd) {
            return Capabilities.builder()
                    .features(Feature.TAGS)
                    .honoursDeadline()
                    .build();
        }
        return flaw == Flaw.CALLS_ITS_OWN_TIMEOUT_UNSENT
                ? Capabilities.builder().features(Feature.values()).build()
                : super.capabilities();
    }

    @Override
    public String toString() {
        return flaw == Flaw.SHOWS_THE_KEY ? "WebMail[" + credential + "]" : "WebMail";
    }

    @Override
    public void close() {
        if (flaw == Flaw.CLOSES_ONCE_ONLY && closes.getAndIncrement() > 0) {
            throw new IllegalStateException("closed already");
        }
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        return switch (flaw) {
            case LOGS_THE_ADDRESS -> {
                log.info("sending to {}", email.to().get(0).address());
                yield super.send(email, context);
            }
            case RESENDS_WHEN_UNKNOWN -> {
                Outcome first = super.send(email, context);
                yield first instanceof Unknown ? super.send(email, later(context, SOON)) : first;
            }
            case RESENDS_IN_THE_BACKGROUND -> {
                Outcome first = super.send(email, context);
                if (first instanceof Throttled) {
                    inBackground(() -> super.send(email, later(context)));
                }
                yield first;
            }
            case TAKES_THE_LAST_ANSWER_FOR_ITS_OWN -> {
                boolean before = unknownBefore;
                Outcome own = super.send(email, context);
                unknownBefore = own instanceof Unknown;
                yield before ? new Accepted("of-the-last") : own;
            }
            case SENDS_WITHOUT_TIME, HANGS_PAST_THE_DEADLINE -> super.send(email, later(context));
            case FORGETS_THE_INTERRUPT -> {
                Outcome outcome = super.send(email, context);
                Thread.interrupted();
                yield outcome;
            }
            case SITS_OUT_AN_INTERRUPT ->
                CompletableFuture.supplyAsync(() -> super.send(email, context)).join();
            case RETURNS_NULL -> null;
            case MIXES_UP_THREADS -> mixedUp(email, context);
            case READS_WITHOUT_END -> withoutEnd(email, context);
            default -> misread(super.send(email, context));
        };
    }

    @Override
    Probe.Answer ask(Duration within) {
        return switch (flaw) {
            case PROBES_WITH_AN_EMAIL -> {
                Outcome unused = super.send(ProviderBench.email().build(), Attempt.Context.within(within));
                yield new Probe.Working(Optional.empty());
            }
            case THROWS_WHEN_PROBED -> {
                if (super.ask(within) instanceof Probe.NotWorking) {
                    throw new IllegalStateException("no connection");
                }
                yield new Probe.Working(Optional.empty());
            }
            case PROBES_WITHOUT_END -> super.ask(Duration.ofMinutes(1));
            case FORGETS_THE_INTERRUPT_OF_A_PROBE -> {
                Probe.Answer answer = super.ask(within);
                Thread.interrupted();
                yield answer;
            }
            default -> super.ask(within);
        };
    }

    private static Attempt.Context later(Attempt.Context context) {
        return later(context, Duration.ofSeconds(30));
    }

    private static Attempt.Context later(Attempt.Context context, Duration by) {
        long end = System.nanoTime() + by.toNanos();
        return new Attempt.Context(context.reference(), context.number(), end, System::nanoTime);
    }

    private Outcome mixedUp(Email email, Attempt.Context context) {
        boolean alone = inFlight.incrementAndGet() == 1;
        try {
            return alone ? super.send(email, context) : new Accepted("taken-for-another");
        } finally {
            inFlight.decrementAndGet();
        }
    }

    private Outcome withoutEnd(Email email, Attempt.Context context) {
        try {
            return outcome(http.send(request(email, context), HttpResponse.BodyHandlers.discarding()));
        } catch (IOException e) {
            return new Unknown("cut", "");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Unknown("interrupted", "");
        }
    }

    /** Takes an outcome for another one. */
    private Outcome misread(Outcome outcome) {
        Outcome unsent = new Unavailable("wrong", "");
        Outcome unknown = new Unknown("wrong", "");
        return switch (flaw) {
            case CLAIMS_UNSENT_WHEN_INTERRUPTED,
                    CALLS_SILENCE_UNSENT,
                    CALLS_RESET_UNSENT,
                    CALLS_HUGE_HEAD_UNSENT,
                    CALLS_GARBAGE_UNSENT,
                    CALLS_GATEWAY_ERROR_UNSENT -> outcome instanceof Unknown ? unsent : outcome;
            case CALLS_ITS_OWN_TIMEOUT_UNSENT -> "no_answer".equals(outcome.code()) ? unsent : outcome;
            case CALLS_REFUSED_UNKNOWN, CALLS_REFUSED_UNKNOWN_TOO, CALLS_BLACK_HOLE_UNKNOWN, CALLS_TLS_UNKNOWN ->
                outcome instanceof Unavailable ? unknown : outcome;
            case CALLS_RESET_IN_BODY_REJECTED -> outcome instanceof Unknown ? new Rejected("wrong", "") : outcome;
            case CALLS_SLOW_READER_ACCEPTED -> outcome instanceof Unknown ? new Accepted("") : outcome;
            case DROPS_THE_HINT ->
                outcome instanceof Throttled ? new Throttled("wrong", "", Optional.empty()) : outcome;
            case BELIEVES_JUNK ->
                outcome instanceof Throttled
                        ? new Throttled("wrong", "", Optional.of(Duration.ofSeconds(-1)))
                        : outcome;
            case CALLS_THROTTLED_UNSENT -> outcome instanceof Throttled ? unsent : outcome;
            case CALLS_INTERNAL_ERROR_REJECTED -> outcome instanceof Unavailable ? new Rejected("wrong", "") : outcome;
            case WANTS_A_BODY -> outcome.equals(new Accepted("")) ? unknown : outcome;
            case ACCEPTS_401 -> outcome instanceof Misconfigured ? new Accepted("wrong") : outcome;
            case CALLS_BAD_EMAIL_UNSENT -> outcome instanceof Rejected ? unsent : outcome;
            case CALLS_SUSPENDED_REJECTED -> outcome instanceof Misconfigured ? new Rejected("wrong", "") : outcome;
            case CALLS_QUOTA_THROTTLED ->
                outcome instanceof QuotaExhausted ? new Throttled("wrong", "", Optional.empty()) : outcome;
            case MAKES_UP_IDS -> outcome instanceof Accepted ? new Accepted("made-up") : outcome;
            default -> outcome;
        };
    }

    @Override
    Map<String, String> fields(Email email, String reference) {
        Map<String, String> fields = super.fields(email, reference);
        switch (flaw) {
            case DROPS_CC -> fields.put("cc", "");
            case DROPS_NAMES -> fields.put("to", fields.get("to").replaceAll("[^\u0001\u0002]*\u0002", "\u0002"));
            case LOSES_LETTERS -> fields.put("subject", ascii(fields.get("subject")));
            case DROPS_HTML -> fields.put("html", "");
            case SHOWS_BCC_IN_A_HEADER ->
                fields.put("headers", "Bcc\u0002" + email.bcc().size());
            case SENDS_NO_REFERENCE -> fields.put("reference", "");
            case SENDS_TO_TEN_ONLY -> fields.put("to", firstOf(10, fields.get("to")));
            case CUTS_LONG_TEXT ->
                fields.put(
                        "text",
                        email.text().substring(0, Math.min(1_000, email.text().length())));
            case DROPS_FILES -> fields.put("files", "");
            case OFFERS_INLINE_FILES_FOR_DOWNLOAD ->
                fields.put("files", fields.get("files").replace("logo-1", ""));
            case DROPS_HEADERS -> fields.put("headers", "");
            case DROPS_TAGS -> fields.put("tags", firstOf(1, fields.get("tags")));
            case DROPS_METADATA -> fields.put("metadata", firstOf(1, fields.get("metadata")));
            case DROPS_SECOND_REPLY_TO -> fields.put("replyTo", firstOf(1, fields.get("replyTo")));
            case DROPS_ENVELOPE_FROM -> fields.put("envelope", "");
            case DROPS_VARIABLES -> fields.put("variables", firstOf(1, fields.get("variables")));
            case SENDS_AT_ONCE -> fields.put("sendAt", "");
            case DROPS_TRACKING -> fields.put("tracking", "");
            case DROPS_RAW -> fields.put("raw", "");
            case LOSES_LETTERS_OF_LOCAL_PARTS -> fields.put("to", ascii(fields.get("to")));
            default -> {}
        }
        return fields;
    }

    private static String ascii(String text) {
        return text.replaceAll("[^\u0001-\u007E]", "?");
    }

    private static String firstOf(int count, String rows) {
        String[] all = rows.split("\u0001");
        return String.join("\u0001", Arrays.copyOf(all, Math.min(count, all.length)));
    }

    private static void park() {
        try {
            new CountDownLatch(1).await(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static SSLContext trustingEverybody() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Everybody()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Everybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
