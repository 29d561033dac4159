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
 * accepted has it, and whoever's fate is unknown may have it.
 */
final class Fates {

    private final Map<String, RecipientResult> byAddress = new LinkedHashMap<>();

    Fates(Email email) {
        recipients(email)
                .forEach(to -> byAddress.put(
                        to.address(),
                        new RecipientResult(
                                to, Fate.NOT_SENT, "", "no_provider_usable", "every provider was passed over")));
    }

    private static Stream<EmailAddress> recipients(Email email) {
        return Stream.of(email.to(), email.cc(), email.bcc()).flatMap(List::stream);
    }

    /** Notes what an attempt means for those to whom it was made. */
    void add(Attempt attempt, Email part) {
        Map<String, Outcome.Refusal> refusals = refusals(attempt.outcome());
        List<EmailAddress> asked = recipients(part).toList();
        Fate others = namesStranger(refusals, asked) ? Fate.UNKNOWN : fateOf(attempt.outcome());
        for (EmailAddress to : asked) {
            note(resultOf(to, attempt, refusals.get(to.address()), others));
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

    private static RecipientResult resultOf(
            EmailAddress to, Attempt attempt, Outcome.@Nullable Refusal refusal, Fate others) {
        if (refusal == null) {
            Outcome outcome = attempt.outcome();
            return new RecipientResult(to, others, attempt.provider(), outcome.code(), outcome.reason());
        }
        Fate fate = refusal.temporary() ? Fate.NOT_SENT : Fate.REFUSED;
        return new RecipientResult(to, fate, attempt.provider(), refusal.code(), refusal.reason());
    }

    private void note(RecipientResult result) {
        byAddress.merge(result.recipient().address(), result, (old, now) -> {
            int stronger = now.fate().compareTo(old.fate());
            return stronger > 0 || (stronger == 0 && now.fate() == Fate.NOT_SENT) ? now : old;
        });
    }

    boolean any(Fate fate) {
        return first(fate).isPresent();
    }

    boolean all(Fate fate) {
        return allIn(Set.of(fate));
    }

    boolean anyIn(Set<Fate> fates) {
        return byAddress.values().stream().anyMatch(result -> fates.contains(result.fate()));
    }

    boolean allIn(Set<Fate> fates) {
        return byAddress.values().stream().allMatch(result -> fates.contains(result.fate()));
    }

    boolean isIn(EmailAddress recipient, Set<Fate> fates) {
        RecipientResult result = byAddress.get(recipient.address());
        return result != null && fates.contains(result.fate());
    }

    Optional<RecipientResult> first(Fate fate) {
        return byAddress.values().stream()
                .filter(result -> result.fate() == fate)
                .findFirst();
    }

    /** Returns the results in the order of the email's recipients. */
    List<RecipientResult> results() {
        return List.copyOf(byAddress.values());
    }
}
