package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.health.Outlook;
import io.mailrouter.route.Candidate;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may send an email now, as a strategy sees them; who might, but not now; and why the others may not. Made for one
 * decision, in which nearly always everyone may, so that it costs little then.
 */
final class Field {

    private final Candidate[] eligible;
    private int count;
    private @Nullable List<Candidate> fit;
    private List<Skipped> skipped = List.of();
    private boolean someoneBack;
    private final boolean inNeed;

    private final List<Candidate> seen = new AbstractList<>() {
        @Override
        public Candidate get(int place) {
            return eligible[Objects.checkIndex(place, count)];
        }

        @Override
        public int size() {
            return count;
        }
    };

    private Field(int size, boolean inNeed) {
        this.eligible = new Candidate[size];
        this.inNeed = inNeed;
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
            fit = fit == null ? new ArrayList<>(seen) : fit;
        } else {
            eligible[count] = candidate;
            count++;
        }
        if (fit != null) {
            fit.add(candidate);
        }
    }

    void skip(Skipped one) {
        skipped = skipped.isEmpty() ? new ArrayList<>() : skipped;
        skipped.add(one);
    }

    /** Says whether there is anyone who might send it, but not now. */
    boolean isAnyoneShut() {
        return fit != null;
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
        return fit == null ? seen : Collections.unmodifiableList(fit);
    }

    List<Skipped> skipped() {
        return skipped;
    }
}
