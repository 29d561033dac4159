package io.mailrouter;

import io.mailrouter.RecipientResult.Fate;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who of an email's recipients has it after some attempts. Used by one thread.
 *
 * <p>A fate only ever gives way to a stronger one, in the order of {@link Fate}: whatever comes later, whoever was
 * accepted has it, and whoever's fate is unknown may have it. Nearly always all recipients share one, which is then kept
 * once.
 */
final class Fates {

    private final Email email;
    private Fate shared = Fate.NOT_SENT;
    private @Nullable Attempt decided;
    private @Nullable Map<String, RecipientResult> apart;

    Fates(Email email) {
        this.email = email;
    }

    private static Stream<EmailAddress> recipients(Email email) {
        return Stream.of(email.to(), email.cc(), email.bcc()).flatMap(List::stream);
    }

    /** Returns the results by address, in the order of the email's recipients, from now on each for itself. */
    private Map<String, RecipientResult> apart() {
        if (apart == null) {
            Map<String, RecipientResult> all = new LinkedHashMap<>();
            recipients(email).forEach(to -> all.put(to.address(), shared(to)));
            apart = all;
        }
        return apart;
    }

    private RecipientResult shared(EmailAddress to) {
        return decided == null
                ? new RecipientResult(to, shared, "", "no_provider_usable", "every provider was passed over")
                : resultOf(to, decided, shared);
    }

    private static RecipientResult resultOf(EmailAddress to, Attempt attempt, Fate fate) {
        Outcome outcome = attempt.outcome();
        return new RecipientResult(to, fate, attempt.provider(), outcome.code(), outcome.reason());
    }

    /** Notes what an attempt means for those to whom it was made. */
    @SuppressWarnings("ReferenceEquality")
    void add(Attempt attempt, Email part) {
        Fate fate = fateOf(attempt.outcome());
        if (apart == null && part == email && !(attempt.outcome() instanceof Outcome.Partial)) {
            if (givesWay(shared, fate)) {
                shared = fate;
                decided = attempt;
            }
            return;
        }
        Map<String, Outcome.Refusal> refusals = refusals(attempt.outcome());
        List<EmailAddress> asked = recipients(part).toList();
        Fate others = namesStranger(refusals, asked) ? Fate.UNKNOWN : fate;
        for (EmailAddress to : asked) {
            Outcome.Refusal refusal = refusals.get(to.address());
            note(refusal == null ? resultOf(to, attempt, others) : refused(to, attempt, refusal));
        }
    }

    /** Where somebody was refused who was not asked for, it could be any of those who were. */
    private static boolean namesStranger(Map<String, Outcome.Refusal> refusals, List<EmailAddress> asked) {
        return !refusals.isEmpty()
                && !asked.stream().map(EmailAddress::address).toList().containsAll(refusals.keySet());
    }

    private static Map<String, Outcome.Refusal> refusals(Outcome outcome) {
        Map<String, Outcome.Refusal> refusals = new HashMap<>();
        if (outcome instanceof Outcome.Partial partial) {
            partial.refused()
                    .forEach(refusal -> refusals.put(refusal.recipient().address(), refusal));
        }
        return refusals;
    }

    private static Fate fateOf(Outcome outcome) {
        if (outcome instanceof Outcome.Accepted || outcome instanceof Outcome.Partial) {
            return Fate.ACCEPTED;
        }
        if (outcome instanceof Outcome.Rejected) {
            return Fate.REFUSED;
        }
        return outcome.surelyNotSent() ? Fate.NOT_SENT : Fate.UNKNOWN;
    }

    private static RecipientResult refused(EmailAddress to, Attempt attempt, Outcome.Refusal refusal) {
        Fate fate = refusal.temporary() ? Fate.NOT_SENT : Fate.REFUSED;
        return new RecipientResult(to, fate, attempt.provider(), refusal.code(), refusal.reason());
    }

    private void note(RecipientResult result) {
        apart().merge(result.recipient().address(), result, (old, now) -> givesWay(old.fate(), now.fate()) ? now : old);
    }

    private static boolean givesWay(Fate old, Fate now) {
        int stronger = now.compareTo(old);
        return stronger > 0 || (stronger == 0 && now == Fate.NOT_SENT);
    }

    boolean any(Fate fate) {
        return apart == null ? shared == fate : anyIn(Set.of(fate));
    }

    boolean all(Fate fate) {
        return apart == null ? shared == fate : allIn(Set.of(fate));
    }

    boolean anyIn(Set<Fate> fates) {
        return apart == null
                ? fates.contains(shared)
                : apart.values().stream().anyMatch(result -> fates.contains(result.fate()));
    }

    boolean allIn(Set<Fate> fates) {
        return apart == null
                ? fates.contains(shared)
                : apart.values().stream().allMatch(result -> fates.contains(result.fate()));
    }

    boolean isIn(EmailAddress recipient, Set<Fate> fates) {
        RecipientResult result = apart().get(recipient.address());
        return result != null && fates.contains(result.fate());
    }

    Optional<RecipientResult> first(Fate fate) {
        if (apart == null && shared != fate) {
            return Optional.empty();
        }
        return apart().values().stream().filter(result -> result.fate() == fate).findFirst();
    }

    /** Returns the results in the order of the email's recipients. */
    List<RecipientResult> results() {
        return List.copyOf(apart().values());
    }
}
