package io.mailrouter;

import io.mailrouter.email.Alike;
import io.mailrouter.email.Email;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;

/** One list of emails, each of which gets a result, whatever becomes of the others. */
final class Mailing {

    private final List<Email> emails;
    private final ObservedSender sender;
    private final BulkSender bulk;
    private final AtomicReferenceArray<SendResult> results;

    Mailing(List<Email> emails, ObservedSender sender, BulkSender bulk) {
        this.emails = List.copyOf(emails);
        this.sender = sender;
        this.bulk = bulk;
        this.results = new AtomicReferenceArray<>(this.emails.size());
    }

    /** Returns each email as a task of its own. */
    List<List<Crew.Task>> singly() {
        return List.of(IntStream.range(0, emails.size())
                .mapToObj(place -> (Crew.Task) new Single(place))
                .toList());
    }

    /**
     * Returns a task for each request that it takes if all goes well, in two rounds: the second email of an idempotency
     * key cannot travel beside the first, whose result it is to get.
     */
    List<List<Crew.Task>> together() {
        Map<Object, List<Integer>> groups = new LinkedHashMap<>();
        List<Crew.Task> repeated = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        for (int place = 0; place < emails.size(); place++) {
            Email email = emails.get(place);
            if (!email.idempotencyKey().isEmpty() && !keys.add(email.idempotencyKey())) {
                repeated.add(new Single(place));
                continue;
            }
            // A place equals no other key, so that whoever has to travel alone is alone in its group.
            Object group = Alike.of(email).map(Object.class::cast).orElse(place);
            groups.computeIfAbsent(group, k -> new ArrayList<>()).add(place);
        }
        List<Crew.Task> requests = new ArrayList<>();
        groups.values().forEach(group -> requests.addAll(cut(group)));
        return List.of(requests, repeated);
    }

    private List<Crew.Task> cut(List<Integer> places) {
        List<Crew.Task> tasks = new ArrayList<>();
        int from = 0;
        for (List<Email> piece : bulk.cut(places.stream().map(emails::get).toList())) {
            List<Integer> some = places.subList(from, from + piece.size());
            tasks.add(some.size() == 1 ? new Single(some.get(0)) : new Together(some, piece));
            from += piece.size();
        }
        return tasks;
    }

    /** Returns a result for each email, in their order. All tasks have ended. */
    List<SendResult> results() {
        return IntStream.range(0, emails.size()).mapToObj(results::get).toList();
    }

    private void notSent(int place, String code, String reason) {
        Email email = emails.get(place);
        SendResult result = new SendResult.NotSent(code, reason, Optional.empty(), nothing(email));
        results.set(place, result);
        sender.tell(email, result);
    }

    private void unknown(int place, String code, String reason) {
        results.compareAndSet(place, null, new SendResult.Unknown("", code, reason, nothing(emails.get(place))));
    }

    private static Trail nothing(Email email) {
        return new Trail(Journey.referenceOf(email), List.of(), List.of(), Duration.ZERO);
    }

    private final class Single implements Crew.Task {

        private final int place;

        Single(int place) {
            this.place = place;
        }

        @Override
        public List<Crew.Task> run() {
            results.set(place, sender.send(emails.get(place)).result());
            return List.of();
        }

        @Override
        public void refuse(String code, String reason) {
            notSent(place, code, reason);
        }

        @Override
        public void giveUp(String code, String reason) {
            unknown(place, code, reason);
        }
    }

    private final class Together implements Crew.Task {

        private final List<Integer> places;
        private final List<Email> piece;

        Together(List<Integer> places, List<Email> piece) {
            this.places = places;
            this.piece = piece;
        }

        @Override
        public List<Crew.Task> run() {
            List<Parcel> parcels = bulk.begin(piece);
            List<Rest> begun = new ArrayList<>();
            for (int i = 0; i < parcels.size(); i++) {
                begun.add(new Rest(places.get(i), parcels.get(i)));
            }
            List<Crew.Task> tasks = onward(begun);
            places.subList(parcels.size(), places.size()).forEach(place -> tasks.add(new Single(place)));
            return tasks;
        }

        @Override
        public void refuse(String code, String reason) {
            places.forEach(place -> notSent(place, code, reason));
        }

        @Override
        public void giveUp(String code, String reason) {
            places.forEach(place -> unknown(place, code, reason));
        }
    }

    /** Notes who has ended, and returns a task for each provider to be tried next, and for each who goes on alone. */
    private List<Crew.Task> onward(List<Rest> some) {
        List<Crew.Task> alone = new ArrayList<>();
        Map<Route, List<Rest>> byNext = new LinkedHashMap<>();
        for (Rest one : some) {
            Optional<Sent> sent = one.parcel.sent();
            if (sent.isPresent()) {
                one.end(sent.get());
                continue;
            }
            one.parcel
                    .next()
                    .ifPresentOrElse(
                            route -> byNext.computeIfAbsent(route, r -> new ArrayList<>())
                                    .add(one),
                            () -> alone.add(one));
        }
        List<Crew.Task> tasks = new ArrayList<>();
        byNext.values().forEach(rests -> tasks.add(new Onward(rests)));
        tasks.addAll(alone);
        return tasks;
    }

    /** One more request for some who travel together. */
    private final class Onward implements Crew.Task {

        private final List<Rest> some;

        Onward(List<Rest> some) {
            this.some = some;
        }

        @Override
        public List<Crew.Task> run() {
            bulk.attempt(some.stream().map(rest -> rest.parcel).toList());
            return onward(some);
        }

        @Override
        public void refuse(String code, String reason) {
            some.forEach(rest -> rest.refuse(code, reason));
        }

        @Override
        public void giveUp(String code, String reason) {
            some.forEach(rest -> rest.giveUp(code, reason));
        }
    }

    /** What is left to do for an email that has travelled with others. */
    private final class Rest implements Crew.Task {

        private final int place;
        private final Parcel parcel;

        Rest(int place, Parcel parcel) {
            this.place = place;
            this.parcel = parcel;
        }

        @Override
        public List<Crew.Task> run() {
            end(parcel.goOn());
            return List.of();
        }

        void end(Sent sent) {
            results.set(place, sent.result());
        }

        @Override
        public void refuse(String code, String reason) {
            end(parcel.refuse(code, reason));
        }

        @Override
        public void giveUp(String code, String reason) {
            unknown(place, code, reason);
        }
    }
}
