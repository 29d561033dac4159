package io.mailrouter.testkit;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A stand-in for any service that takes emails by a POST over HTTP.
 *
 * <p>Its user says how a request is read and how the service answers; how it misbehaves is the same for all.
 */
public final class LoopbackHttp extends LoopbackProvider {

    /** Reads the body of a request. */
    public interface Reader {

        /**
         * Returns the email that a request holds.
         *
         * @param body as it came
         * @throws IllegalArgumentException where the service would refuse the request; the message is its answer
         */
        AcceptedEmail read(byte[] body);
    }

    private LoopbackHttp(Builder builder) {
        super(new OwnWire(builder), builder.whenAsked);
    }

    /**
     * Begins a stand-in.
     *
     * @param path what takes emails by POST, such as {@code /messages}
     * @param reader reads a request
     */
    public static Builder at(String path, Reader reader) {
        return new Builder(path, reader);
    }

    /**
     * Says how the service answers. Each setting has a default that many services share. Not safe to share between
     * threads.
     */
    public static final class Builder {

        private final String path;
        private final Reader reader;
        private Predicate<String> authorized = header -> !header.isEmpty();
        private Function<AcceptedEmail, Reply> accepted =
                email -> Reply.of(202, Map.of("X-Message-Id", email.messageId()), "");
        private String question = "";
        private Behaviour whenAsked = Behaviour.accept();
        private final Map<Fault, Reply> errors = new EnumMap<>(Map.of(
                Fault.UNAUTHORIZED, Reply.of(401, Map.of(), "unauthorized"),
                Fault.REJECTS, Reply.of(400, Map.of(), "bad recipient"),
                Fault.THROTTLED, Reply.of(429, Map.of(), "too many requests"),
                Fault.THROTTLED_WITH_HINT, Reply.of(429, Map.of("Retry-After", "30"), "too many requests"),
                Fault.THROTTLED_WITH_JUNK, Reply.of(429, Map.of("Retry-After", "-1"), "too many requests")));

        private Builder(String path, Reader reader) {
            this.path = path;
            this.reader = reader;
        }

        /** Says which {@code Authorization} headers hold a credential. By default any that is not empty. */
        public Builder authorized(Predicate<String> test) {
            authorized = test;
            return this;
        }

        /** Sets the answer to an email that was taken. By default 202 with the header {@code X-Message-Id}. */
        public Builder accepted(Function<AcceptedEmail, Reply> answer) {
            accepted = answer;
            return this;
        }

        /**
         * Sets how the service words one of its errors. By default it knows {@link Fault#UNAUTHORIZED} (401), {@link
         * Fault#REJECTS} (400) and three ways of being {@link Fault#THROTTLED} (429, with {@code Retry-After}).
         */
        public Builder error(Fault fault, Reply answer) {
            errors.put(fault, answer);
            return this;
        }

        /**
         * Sets how the service answers the question how it is, a GET to this path. By default it knows none.
         *
         * @param path such as {@code /account}
         */
        public Builder question(String path, Reply answer) {
            question = path;
            whenAsked = Behaviour.answering("question", () -> answer);
            return this;
        }

        /** Returns one that listens already. Close it. */
        public LoopbackHttp start() {
            return new LoopbackHttp(this);
        }
    }

    /** What the builder was told, in the shape that every stand-in speaks through. */
    private static final class OwnWire implements WireFormat {

        private final String path;
        private final String question;
        private final Reader reader;
        private final Predicate<String> authorized;
        private final Function<AcceptedEmail, Reply> accepted;
        private final Map<Fault, Reply> errors;

        OwnWire(Builder builder) {
            path = builder.path;
            question = builder.question;
            reader = builder.reader;
            authorized = builder.authorized;
            accepted = builder.accepted;
            errors = Map.copyOf(builder.errors);
        }

        @Override
        public String path() {
            return path;
        }

        @Override
        public boolean asks(String method, String target) {
            return "GET".equals(method) && question.equals(target);
        }

        @Override
        public boolean authorized(String authorization) {
            return authorized.test(authorization);
        }

        @Override
        public AcceptedEmail read(byte[] body) throws Refusal {
            try {
                return reader.read(body.clone());
            } catch (IllegalArgumentException e) {
                throw new Refusal(String.valueOf(e.getMessage()));
            }
        }

        @Override
        public Reply accepted(AcceptedEmail email) {
            return accepted.apply(email);
        }

        @Override
        public Reply refused(Refusal refusal) {
            return Reply.of(400, Map.of(), refusal.text());
        }

        @Override
        public Reply unauthorized() {
            return error(Fault.UNAUTHORIZED).orElseThrow();
        }

        @Override
        public Reply notFound() {
            return Reply.of(404, Map.of(), "");
        }

        @Override
        public Optional<Reply> error(Fault fault) {
            return Optional.ofNullable(errors.get(fault));
        }
    }
}
