package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.health.Outlook;
import io.mailrouter.route.Candidate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Who may send an email now, as a strategy sees them; who might, but not now; and why the others may not. Made for one
 * decision, in which nearly always everyone may, so that it costs little then.
 */
final class Field {

    private final List<Candidate> eligible;
    private final List<Candidate> seen;
    private List<Skipped> skipped = List.of();
    private List<Candidate> fit;
    private boolean someoneBack;

    private final boolean inNeed;

    private Field(int size, boolean inNeed) {
        this.inNeed = inNeed;
        eligible = new ArrayList<>(size);
        seen = Collections.unmodifiableList(eligible);
        fit = eligible;
    }

    /**
     * Asks every way whether an email may go it.
     *
     * @param inNeed whether nobody but those on trial may send it
     */
    static Field of(List<Route> routes, Email email, Outlook known, boolean inNeed) {
        Field field = new Field(routes.size(), inNeed);
        for (int i = 0; i < routes.size(); i++) {
            Route route = routes.get(i);
            Optional<Skipped> barrier = route.barrier(email);
            if (barrier.isPresent()) {
                field.skip(barrier.get());
            } else {
                field.add(
                        route.candidate(known),
                        inNeed ? route.gates().inNeed(email) : route.gates().now(email));
            }
        }
        return field;
    }

    private void add(Candidate candidate, Optional<Skipped> gate) {
        someoneBack |= candidate.slowStart() < 1;
        if (gate.isPresent()) {
            skip(gate.get());
            fit = isAnyoneShut() ? fit : new ArrayList<>(eligible);
            fit.add(candidate);
            return;
        }
        eligible.add(candidate);
        if (isAnyoneShut()) {
            fit.add(candidate);
        }
    }

    void skip(Skipped one) {
        skipped = skipped.isEmpty() ? new ArrayList<>() : skipped;
        skipped.add(one);
    }

    /** Says whether there is anyone who might send it, but not now. */
    @SuppressWarnings("ReferenceEquality")
    boolean isAnyoneShut() {
        return fit != eligible;
    }

    /** Says whether nobody but those on trial may send it. */
    boolean isInNeed() {
        return inNeed;
    }

    /** Says whether anyone has been away, and should have less than its share. */
    boolean isSomeoneBack() {
        return someoneBack;
    }

    List<Candidate> eligible() {
        return seen;
    }

    /** Those who may send it now, and those who only may not now. */
    List<Candidate> fit() {
        return Collections.unmodifiableList(fit);
    }

    List<Skipped> skipped() {
        return skipped;
    }
}
