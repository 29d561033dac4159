package io.mailrouter.ses;

import io.mailrouter.provider.AccountLimits;
import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Probe;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sesv2.SesV2Client;
import software.amazon.awssdk.services.sesv2.model.GetAccountResponse;
import software.amazon.awssdk.services.sesv2.model.SendQuota;
import software.amazon.awssdk.services.sesv2.model.SesV2Exception;

/** Asks by GetAccount whether the account may send, and how much. */
final class SesProbe implements Probe {

    private static final String SHUTDOWN = "SHUTDOWN";
    private static final Named NOTHING = new Named(Scope.ACCOUNT, Scope.ACCOUNT);

    /** A permission that sending does not need: a credential for SendEmail alone is a good one. */
    private static final Set<String> NOT_PERMITTED = Set.of("accessdenied", "notauthorized");

    private final SesV2Client client;
    private final Optional<OwnClient> own;

    SesProbe(SesV2Client client, Optional<OwnClient> own) {
        this.client = client;
        this.own = own;
    }

    @Override
    public boolean tellsLimits() {
        return true;
    }

    @Override
    public Answer ask(Duration within) {
        Answer answer = answer(within);
        return Thread.currentThread().isInterrupted() ? new Untold("interrupted") : answer;
    }

    private Answer answer(Duration within) {
        Transmission transmission = Transmission.watched();
        try {
            return of(
                    own.isPresent()
                            ? own.get().within(within, transmission, () -> account(o -> {}))
                            : account(o -> o.apiCallTimeout(within)));
        } catch (SesV2Exception e) {
            return of(e);
        } catch (SdkException e) {
            return new NotWorking(CallFailure.of(transmission.failure(e), Transmission.Body.UNSENT, 0));
        } catch (IllegalStateException | RejectedExecutionException closed) {
            // The pool or the timer was closed by another thread while this call was on its way to them.
            return new Untold("closed");
        }
    }

    /** Keeps no connection: one that the service ends later would make the next email unknown. */
    private GetAccountResponse account(Consumer<AwsRequestOverrideConfiguration.Builder> limit) {
        return client.getAccount(request -> request.overrideConfiguration(o -> {
            o.putHeader("Connection", "close");
            limit.accept(o);
        }));
    }

    static Answer of(GetAccountResponse account) {
        if (Boolean.FALSE.equals(account.sendingEnabled())) {
            return stopped("sending_disabled", "sending is not enabled for the account");
        }
        if (SHUTDOWN.equals(account.enforcementStatus())) {
            return stopped("account_shut_down", "the service has shut the account down");
        }
        return new Working(Optional.ofNullable(account.sendQuota()).map(SesProbe::limits));
    }

    private static Answer stopped(String code, String reason) {
        return new NotWorking(new Misconfigured(code, reason, Scope.ACCOUNT));
    }

    /** What is missing or makes no sense counts as not told; the service says -1 for no bound. */
    private static AccountLimits limits(SendQuota quota) {
        double rate = positive(quota.maxSendRate());
        double perDay = positive(quota.max24HourSend());
        return new AccountLimits(
                rate > 0 ? OptionalDouble.of(rate) : OptionalDouble.empty(),
                perDay > 0 ? OptionalLong.of((long) perDay) : OptionalLong.empty(),
                (long) positive(quota.sentLast24Hours()));
    }

    private static double positive(Double number) {
        return number != null && number > 0 && number <= Long.MAX_VALUE ? number : 0;
    }

    /**
     * A refusal that an email would meet as well is told. All others are about the question: it was not permitted, was
     * asked too often, or is not known where the endpoint is no SES.
     */
    static Answer of(SesV2Exception refusal) {
        Outcome outcome = SesOutcome.of(refusal, NOTHING, AnswerRules.none(), false);
        if (outcome instanceof Outcome.Unknown) {
            return new NotWorking(new Unavailable(outcome.code(), outcome.reason()));
        }
        boolean wrong = outcome instanceof Misconfigured
                && SesOutcome.stopsTheAccount(outcome.code())
                && !NOT_PERMITTED.contains(outcome.code());
        return wrong || outcome instanceof Unavailable ? new NotWorking(outcome) : new Untold(outcome.code());
    }
}
