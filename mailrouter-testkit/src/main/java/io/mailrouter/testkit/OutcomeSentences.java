package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.QuotaExhausted;
import io.mailrouter.provider.Outcome.Rejected;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The sentences about failures: what each of them is to be called, so that what follows is right. */
abstract class OutcomeSentences extends ContentSentences {

    private static final Duration HINT = Duration.ofSeconds(30);

    @Test
    @DisplayName("P1 a refused connection is Unavailable")
    void aRefusedConnectionIsUnavailable() {
        when(Fault.REFUSES_CONNECTIONS);

        assertThat(send()).isInstanceOf(Unavailable.class);
    }

    @Test
    @DisplayName("P1 an unknown host is Unavailable")
    void anUnknownHostIsUnavailable() {
        String scheme = service.url().getScheme();
        URI nowhere = URI.create(("http".equals(scheme) ? "https" : scheme) + "://service.invalid:2525");
        try (EmailProvider lost = provider(nowhere, CREDENTIAL)) {
            assertThat(call(lost, email().build(), context(LONG)).outcome()).isInstanceOf(Unavailable.class);
        }
    }

    @Test
    @DisplayName("P2 a host that takes no connection and refuses none is Unavailable within the connect time-out")
    void aBlackHoleIsUnavailable() {
        try (BlackHole hole = BlackHole.open();
                EmailProvider lost =
                        provider(URI.create(service.url().getScheme() + "://127.0.0.1:" + hole.port()), CREDENTIAL)) {
            assertThat(call(lost, email().build(), context(LONG)).outcome()).isInstanceOf(Unavailable.class);
        } catch (UnsupportedOperationException unknown) {
            throw aborted("no black hole on this system: " + unknown.getMessage());
        }
    }

    @Test
    @DisplayName("P3 no answer after the request was written is Unknown at the deadline")
    void silenceIsUnknown() {
        connect();
        for (Fault fault : List.of(Fault.SILENT, Fault.SILENT_AFTER_TAKING)) {
            when(fault);

            assertThat(send(email().build(), SHORT)).as(fault.words()).isInstanceOf(Unknown.class);
        }
    }

    @Test
    @DisplayName("P4 a connection that ends before or inside the body is surely not sent, or Unknown")
    void aResetInTheRequestIsNeverSettled() {
        for (Fault fault : List.of(Fault.RESETS_BEFORE_BODY, Fault.RESETS_IN_BODY)) {
            when(fault);
            Email large = email().text("x".repeat(500_000)).build();

            assertThat(send(large, LONG)).as(fault.words()).isInstanceOfAny(Unavailable.class, Unknown.class);
        }
    }

    @Test
    @DisplayName("P4 a connection that ends after the body is Unknown")
    void aResetAfterTheRequestIsUnknown() {
        for (Fault fault : List.of(Fault.RESETS_AFTER_BODY, Fault.RESETS_AFTER_TAKING, Fault.RESETS_IN_ANSWER)) {
            when(fault);

            assertThat(send()).as(fault.words()).isInstanceOf(Unknown.class);
        }
    }

    @Test
    @DisplayName("P5 a certificate that nobody vouches for is surely not sent, and the credential stays here")
    void anUntrustedCertificateIsNotSent() {
        try (LoopbackTls tls = LoopbackTls.before(service.url(), TlsFault.NONE);
                EmailProvider wary = provider(tls.url(), CREDENTIAL)) {
            assertThat(call(wary, email().build(), context(LONG)).outcome().surelyNotSent())
                    .isTrue();
            assertThat(tls.handshakes()).isZero();
        }
    }

    @Test
    @DisplayName("P5 a handshake that breaks off is surely not sent, and never in the clear")
    void aBrokenHandshakeIsNotSent() {
        try (LoopbackTls tls = LoopbackTls.before(service.url(), TlsFault.HANDSHAKE_CUT);
                EmailProvider wary = provider(tls.url(), CREDENTIAL)) {
            assertThat(call(wary, email().build(), context(LONG)).outcome().surelyNotSent())
                    .isTrue();
        }
        assertThat(service.attempts()).isZero();
    }

    @Test
    @DisplayName("P5 a trusted certificate that has expired, or is for another host, is surely not sent")
    void aWrongCertificateIsNotSent() {
        assertThat(trusting(TlsFault.NONE))
                .as("with a certificate that is right")
                .isInstanceOf(Accepted.class);
        int before = service.attempts();

        for (TlsFault fault : List.of(TlsFault.EXPIRED, TlsFault.WRONG_HOST)) {
            assertThat(trusting(fault).surelyNotSent())
                    .as("surely not sent: %s", fault)
                    .isTrue();
        }
        assertThat(service.attempts()).isEqualTo(before);
    }

    private Outcome trusting(TlsFault fault) {
        try (LoopbackTls tls = LoopbackTls.before(service.url(), fault);
                EmailProvider trusting =
                        provider(tls, CREDENTIAL).orElseThrow(() -> aborted("cannot be told whom to trust"))) {
            return call(trusting, email().build(), context(LONG)).outcome();
        }
    }

    @Test
    @DisplayName("P6 an answer that drips is cut at the deadline and is Unknown")
    void aDrippingAnswerIsCut() {
        connect();
        when(Fault.DRIPS);

        assertThat(send(email().build(), SHORT)).isInstanceOf(Unknown.class);
    }

    @Test
    @DisplayName("P7 a service that reads slowly, or no more, is cut at the deadline and is never settled")
    void aSlowReaderIsCut() {
        long size = Math.min(20_000_000, provider.capabilities().maxBytes() * 9 / 10);
        for (Fault fault : List.of(Fault.STOPS_READING, Fault.READS_SLOWLY)) {
            when(fault);
            Email large =
                    email().text(LINE.repeat((int) (size / LINE.length()))).build();

            assertThat(send(large, SHORT)).as(fault.words()).isInstanceOfAny(Unavailable.class, Unknown.class);
        }
    }

    @Test
    @DisplayName("P8 a pause asked for is Throttled, with the time that was asked for")
    void aHintIsHandedOn() {
        when(Fault.THROTTLED_WITH_HINT);

        assertThat(send())
                .isInstanceOfSatisfying(
                        Throttled.class,
                        throttled -> assertThat(throttled.retryAfter())
                                .hasValueSatisfying(
                                        time -> assertThat(time).isBetween(HINT.dividedBy(2), HINT.plusSeconds(2))));
    }

    @Test
    @DisplayName("P9 a pause asked for without a time is Throttled")
    void aPauseIsThrottled() {
        when(Fault.THROTTLED);

        assertThat(send()).isInstanceOf(Throttled.class);
    }

    @Test
    @DisplayName("P10 a hint that makes no sense is Throttled without it")
    void aJunkHintIsIgnored() {
        when(Fault.THROTTLED_WITH_JUNK);

        assertThat(send())
                .isInstanceOfSatisfying(
                        Throttled.class,
                        throttled -> assertThat(throttled.retryAfter().orElse(HINT))
                                .as("how long the pause is to last")
                                .isBetween(Duration.ZERO, Duration.ofDays(1)));
    }

    @Test
    @DisplayName("P11 the service's own internal error is surely not sent, or Unknown")
    void anInternalErrorIsNeverSettled() {
        when(Fault.INTERNAL_ERROR);

        assertThat(send()).isInstanceOfAny(Unavailable.class, Unknown.class);
    }

    @Test
    @DisplayName("P12 a gateway's error is Unknown")
    void aGatewaysErrorIsUnknown() {
        when(Fault.GATEWAY_ERROR);

        for (int i = 0; i < 4; i++) {
            assertThat(send()).isInstanceOf(Unknown.class);
        }
    }

    @Test
    @DisplayName("P13 a success with an empty, broken or foreign body is Accepted, and never resent")
    void anUnreadableSuccessIsAccepted() {
        for (Fault fault : List.of(Fault.EMPTY_SUCCESS, Fault.BROKEN_SUCCESS, Fault.HTML_SUCCESS)) {
            when(fault);
            int before = service.attempts();

            assertThat(send()).as(fault.words()).isInstanceOf(Accepted.class);
            assertThat(service.attempts()).as(fault.words()).isEqualTo(before + 1);
        }
    }

    @Test
    @DisplayName("P14 a wrong credential is Misconfigured, for the whole account")
    void aWrongCredentialIsMisconfigured() {
        when(Fault.UNAUTHORIZED);

        assertThat(send())
                .isInstanceOfSatisfying(
                        Misconfigured.class,
                        misconfigured -> assertThat(misconfigured.scope()).isEqualTo(Scope.ACCOUNT));
    }

    @Test
    @DisplayName("P15 an email at fault is Rejected")
    void anEmailAtFaultIsRejected() {
        when(Fault.REJECTS);

        assertThat(send()).isInstanceOf(Rejected.class);
    }

    @Test
    @DisplayName("P16 a suspended account is Misconfigured, as a whole")
    void aSuspendedAccountIsMisconfigured() {
        when(Fault.SUSPENDED);

        assertThat(send())
                .isInstanceOfSatisfying(
                        Misconfigured.class,
                        misconfigured -> assertThat(misconfigured.scope()).isEqualTo(Scope.ACCOUNT));
    }

    @Test
    @DisplayName("a used-up quota is QuotaExhausted")
    void aUsedUpQuotaIsTold() {
        when(Fault.QUOTA_EXHAUSTED);

        assertThat(send()).isInstanceOf(QuotaExhausted.class);
    }

    @Test
    @DisplayName("P18 a redirect is not followed, and no credential goes there")
    void aRedirectIsNotFollowed() {
        when(Fault.REDIRECTS);

        for (int i = 0; i < 5; i++) {
            assertThat(send()).isNotInstanceOf(Accepted.class);
        }
        assertThat(service.redirected()).isZero();
    }

    @Test
    @DisplayName("P19 an answer without an end is cut, and never taken for unsent")
    void anEndlessAnswerIsCut() {
        when(Fault.FLOODS);

        assertThat(send(email().build(), SHORT.multipliedBy(2))).isInstanceOfAny(Accepted.class, Unknown.class);
    }

    @Test
    @DisplayName("P19 an answer with 10 MB of headers is never taken for unsent")
    void aHugeHeadIsNeverUnsent() {
        when(Fault.HUGE_HEAD);

        assertThat(send()).isInstanceOfAny(Accepted.class, Unknown.class);
    }

    @Test
    @DisplayName("S10 an answer that is none is never taken for unsent")
    void garbageIsNeverUnsent() {
        when(Fault.GARBAGE);

        assertThat(send()).isInstanceOfAny(Accepted.class, Unknown.class);
    }
}
