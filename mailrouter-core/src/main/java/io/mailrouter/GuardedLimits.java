package io.mailrouter;

import io.mailrouter.limit.SharedLimits;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Limits of a fleet, whose defects end here: one that throws, or answers null, cannot say. */
final class GuardedLimits implements SharedLimits {

    private static final String WHO = "fleet";

    private final SharedLimits limits;
    private final Seldom seldom;

    GuardedLimits(SharedLimits limits, Seldom seldom) {
        this.limits = limits;
        this.seldom = seldom;
    }

    @Override
    public CompletionStage<Optional<QuotaGrant>> lease(String provider, QuotaRequest request) {
        return seldom.guard(
                WHO,
                () -> limits.lease(provider, request).thenApply(grant -> grant.filter(g -> g.recipients() >= 0)),
                CompletableFuture.completedFuture(Optional.empty()));
    }

    @Override
    public void used(String provider, long recipients) {
        seldom.guard(WHO, () -> limits.used(provider, recipients));
    }

    @Override
    public void giveBack(String provider, QuotaGrant grant, long recipients) {
        seldom.guard(WHO, () -> limits.giveBack(provider, grant, recipients));
    }

    @Override
    public CompletionStage<Optional<TurnGrant>> turns(String provider, TurnRequest request) {
        return seldom.guard(
                WHO,
                () -> limits.turns(provider, request).thenApply(grant -> grant.filter(g -> g.turns() >= 0)),
                CompletableFuture.completedFuture(Optional.empty()));
    }
}
