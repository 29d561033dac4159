package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import io.mailrouter.provider.AccountLimits;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Probe;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSes;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What GetAccount answers, read from a server; the sentences of the contract hold as well. */
@Timeout(60)
class SesProbeTest {

    private final LoopbackSes server = LoopbackSes.start();
    private final SesProvider provider = SesProviderTest.builder(server.url()).build();

    @AfterEach
    void close() {
        provider.close();
        server.close();
    }

    private Probe.Answer ask() {
        return provider.probe().orElseThrow().ask(Duration.ofSeconds(20));
    }

    @Test
    void tellsTheLimitsOfTheAccountAndSendsNothing() {
        server.whenAsked(LoopbackSes.account(14, 50_000, 123));

        assertThat(ask())
                .isEqualTo(new Probe.Working(
                        Optional.of(new AccountLimits(OptionalDouble.of(14), OptionalLong.of(50_000), 123))));
        assertThat(provider.probe().orElseThrow().tellsLimits()).isTrue();
        assertThat(server.questions()).isEqualTo(1);
        assertThat(server.attempts()).isZero();
    }

    @Test
    @DisplayName("P1 a question leaves no connection behind on which an email could be lost")
    void leavesNoConnectionBehind() {
        assertThat(ask()).isInstanceOf(Probe.Working.class);
        server.behave(Behaviour.refuseConnections());

        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
        assertThat(provider.send(email, Attempt.Context.within(Duration.ofSeconds(20))))
                .isInstanceOf(Outcome.Unavailable.class);
    }

    @Test
    void anAccountWithoutABoundHasNone() {
        server.whenAsked(LoopbackSes.account(0, -1, -1));

        assertThat(ask())
                .isEqualTo(new Probe.Working(
                        Optional.of(new AccountLimits(OptionalDouble.empty(), OptionalLong.empty(), 0))));
    }

    @Test
    void anAnswerWithoutLimitsIsAGoodOne() {
        server.whenAsked(Behaviour.answer(200, Map.of("Content-Type", "application/json"), "{}"));

        assertThat(ask()).isEqualTo(new Probe.Working(Optional.empty()));
    }

    @Test
    @DisplayName("P16 an account that is paused or shut down stops the provider as a whole")
    void tellsAStoppedAccount() {
        server.whenAsked(LoopbackSes.pausedAccount());
        assertThat(misconfigured(ask()).code()).isEqualTo("sending_disabled");

        server.whenAsked(LoopbackSes.shutDownAccount());
        assertThat(misconfigured(ask()).code()).isEqualTo("account_shut_down");
    }

    @ParameterizedTest(name = "P14 P16 {0} {1} would stop an email as well")
    @CsvSource({
        "403, InvalidClientTokenId",
        "403, ExpiredTokenException",
        "403, SignatureDoesNotMatch",
        "400, AccountSuspendedException"
    })
    void tellsWhatWouldStopAnEmail(int status, String code) {
        server.whenAsked(LoopbackSes.error(status, code, "words"));

        assertThat(misconfigured(ask()).scope()).isEqualTo(Outcome.Scope.ACCOUNT);
    }

    @ParameterizedTest(name = "{0} {1} says nothing about sending")
    @CsvSource({
        "403, AccessDeniedException",
        "403, NotAuthorized",
        "429, TooManyRequestsException",
        "400, ThrottlingException",
        "400, BadRequestException",
        "404, NotFoundException",
        "404, UnknownOperationException"
    })
    void tellsNothingWhereOnlyTheQuestionIsRefused(int status, String code) {
        server.whenAsked(LoopbackSes.error(status, code, "not authorized to perform: ses:GetAccount"));

        assertThat(ask()).isInstanceOf(Probe.Untold.class);
    }

    @ParameterizedTest(name = "{0} {1} is an outage")
    @CsvSource({"500, InternalServiceErrorException", "503, ServiceUnavailable", "500, SomethingElse"})
    void tellsAnInternalError(int status, String code) {
        server.whenAsked(LoopbackSes.error(status, code, "internal"));

        assertThat(unavailable(ask())).isTrue();
    }

    @Test
    void tellsAGatewaysErrorAResetAndGarbageAsAnOutage() {
        server.whenAsked(Behaviour.answer(502, Map.of("Content-Type", "text/html"), "<html>"));
        assertThat(unavailable(ask())).as("gateway").isTrue();

        server.whenAsked(Behaviour.resetAfterBody());
        assertThat(unavailable(ask())).as("reset").isTrue();

        server.whenAsked(Behaviour.answer(200, Map.of("Content-Type", "application/json"), "{\"SendQuota\":"));
        assertThat(ask()).as("broken").isNotInstanceOf(Probe.Working.class);
    }

    @Test
    void aClosedProviderTellsNothing() {
        provider.close();

        assertThat(ask()).isInstanceOf(Probe.Untold.class);
        assertThat(server.questions()).isZero();
    }

    private static Outcome.Misconfigured misconfigured(Probe.Answer answer) {
        return (Outcome.Misconfigured) ((Probe.NotWorking) answer).why();
    }

    private static boolean unavailable(Probe.Answer answer) {
        return answer instanceof Probe.NotWorking notWorking && notWorking.why() instanceof Outcome.Unavailable;
    }
}
