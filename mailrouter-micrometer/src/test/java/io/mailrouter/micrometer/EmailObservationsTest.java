package io.mailrouter.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EmailObservationsTest {

    private final ObservationRegistry registry = ObservationRegistry.create();
    private final Recording recording = new Recording();

    EmailObservationsTest() {
        registry.observationConfig().observationHandler(recording);
    }

    private static final class Recording implements ObservationHandler<Observation.Context> {

        final List<Observation.Context> stopped = new CopyOnWriteArrayList<>();

        @Override
        public void onStop(Observation.Context context) {
            stopped.add(context);
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }

    private static Email email() {
        return Email.builder()
                .from("canary@example.com")
                .to("canary@example.org")
                .subject("canary")
                .text("canary")
                .header("X-Order", "canary")
                .idempotencyKey("canary")
                .build();
    }

    private EmailServiceBuilder service() {
        return EmailService.builder().tracer(new EmailObservations(registry));
    }

    private static List<String> low(Observation.Context context) {
        return context.getLowCardinalityKeyValues().stream()
                .map(pair -> pair.getKey() + '=' + pair.getValue())
                .toList();
    }

    @Test
    void aSendAndItsAttemptsAreObservedWithProviderOutcomeAndErrorType() {
        try (EmailService emails = service()
                .provider(ScriptedProvider.failing("first", "connection_refused"))
                .provider(ScriptedProvider.accepting("second"))
                .build()) {
            emails.send(email());
        }

        assertThat(recording.stopped)
                .extracting(Observation.Context::getContextualName)
                .containsExactly("mailrouter.attempt", "mailrouter.attempt", "mailrouter.send");
        assertThat(low(recording.stopped.get(0)))
                .containsExactlyInAnyOrder("provider=first", "outcome=unavailable", "error.type=connection_refused");
        assertThat(recording.stopped.get(0).getError()).hasMessage("unavailable: connection_refused");
        assertThat(low(recording.stopped.get(1)))
                .containsExactlyInAnyOrder("provider=second", "outcome=accepted", "error.type=none");
        assertThat(recording.stopped.get(1).getError()).isNull();
        assertThat(low(recording.stopped.get(2))).containsExactlyInAnyOrder("provider=second", "outcome=accepted");
        assertThat(recording.stopped.get(2).getError()).isNull();
        assertThat(recording.stopped.get(0).getParentObservation())
                .as("an attempt is part of its send")
                .isNotNull()
                .extracting(parent -> parent.getContextView().getName())
                .isEqualTo("mailrouter.observed.send");
    }

    @Test
    void whatAProviderObservesItselfIsPartOfItsAttempt() {
        for (Capabilities capabilities : List.of(
                Capabilities.builder()
                        .features(Feature.values())
                        .honoursDeadline()
                        .build(),
                Capabilities.builder().features(Feature.values()).build())) {
            recording.stopped.clear();
            ScriptedProvider provider = new ScriptedProvider("only", capabilities, () -> {
                Observation.createNotStarted("http.client.requests", registry).observe(() -> {});
                return new Outcome.Accepted("m");
            });
            try (EmailService emails = service().provider(provider).build()) {
                emails.send(email());
            }

            assertThat(recording.stopped.get(0).getName()).isEqualTo("http.client.requests");
            assertThat(recording.stopped.get(0).getParentObservation())
                    .as("honours the deadline: %s", capabilities.honoursDeadline())
                    .isNotNull()
                    .extracting(parent -> parent.getContextView().getName())
                    .isEqualTo("mailrouter.observed.attempt");
            assertThat(registry.getCurrentObservation()).isNull();
        }
    }

    @Test
    void aSendOnAnotherThreadIsPartOfTheRequestThatAskedForIt() throws Exception {
        try (EmailService emails =
                service().provider(ScriptedProvider.accepting("only")).build()) {
            Observation request = Observation.start("http.server.requests", registry);
            try (Observation.Scope scope = request.openScope()) {
                assertThat(scope.getCurrentObservation()).isSameAs(request);
                emails.sendAsync(email()).get(20, TimeUnit.SECONDS);
            }
            request.stop();
        }

        assertThat(recording.stopped.get(1).getContextualName()).isEqualTo("mailrouter.send");
        assertThat(recording.stopped.get(1).getParentObservation())
                .isNotNull()
                .extracting(parent -> parent.getContextView().getName())
                .isEqualTo("http.server.requests");
    }

    @Test
    void aFailedSendIsMarkedAndSaysWhy() {
        try (EmailService emails = service()
                .provider(new ScriptedProvider("only", () -> new Outcome.Unknown("timeout", "")))
                .build()) {
            emails.trySend(email());
        }

        Observation.Context send = recording.stopped.get(1);
        assertThat(low(send)).containsExactlyInAnyOrder("provider=only", "outcome=unknown");
        assertThat(send.getError()).isNotNull();
        assertThat(((SendContext) send).end()).isPresent();
    }

    @Test
    void namesAndKeysCanBeOnesOwn() {
        EmailObservations observations = new EmailObservations(
                registry,
                new SendConvention() {
                    @Override
                    public KeyValues getLowCardinalityKeyValues(SendContext context) {
                        return super.getLowCardinalityKeyValues(context).and("team", "shop");
                    }
                },
                new AttemptConvention() {
                    @Override
                    public String getContextualName(AttemptContext context) {
                        return "mail by " + context.provider();
                    }
                });
        try (EmailService emails = EmailService.builder()
                .provider(ScriptedProvider.accepting("only"))
                .tracer(observations)
                .build()) {
            emails.send(email());
        }

        assertThat(recording.stopped.get(0).getContextualName()).isEqualTo("mail by only");
        assertThat(low(recording.stopped.get(1))).contains("team=shop");
    }

    @Test
    @DisplayName("C11 no observation holds an address, a subject, a body, a header or a key")
    void observationsHoldNothingPersonal() {
        ScriptedProvider rude = new ScriptedProvider(
                "rude", () -> new Outcome.Unavailable("canary@example.org", "no mailbox canary@example.org"));
        try (EmailService emails = service()
                .provider(rude)
                .provider(ScriptedProvider.accepting("second"))
                .build()) {
            emails.send(email());
        }

        assertThat(recording.stopped).hasSize(3);
        for (Observation.Context context : recording.stopped) {
            Stream<String> values = Stream.concat(
                    context.getAllKeyValues().stream().map(KeyValue::getValue),
                    Optional.ofNullable(context.getError()).map(Throwable::getMessage).stream());
            assertThat(values).noneMatch(value -> value.contains("canary"));
        }
    }

    @Test
    void errorTypesAreBounded() {
        AtomicInteger count = new AtomicInteger();
        try (EmailService emails = service()
                .provider(new ScriptedProvider(
                        "only", () -> new Outcome.Rejected("made_up_" + count.incrementAndGet(), "")))
                .build()) {
            for (int i = 0; i < 1_000; i++) {
                emails.trySend(email());
            }
        }

        Set<String> types = new HashSet<>();
        recording.stopped.forEach(context -> context.getLowCardinalityKeyValues().stream()
                .filter(pair -> pair.getKey().equals("error.type"))
                .forEach(pair -> types.add(pair.getValue())));
        assertThat(types).hasSize(51).contains("other");
    }

    @Test
    void metersOfObservationsAndThoseOfEmailMetricsLiveSideBySide() {
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        List<String> refused = new CopyOnWriteArrayList<>();
        meters.config().onMeterRegistrationFailed((id, why) -> refused.add(id + ": " + why));
        registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
        EmailMetrics metrics = new EmailMetrics(meters);
        try (EmailService emails = service()
                .provider(ScriptedProvider.failing("first", "connection_refused"))
                .provider(ScriptedProvider.accepting("second"))
                .listener(metrics)
                .build()) {
            metrics.watch(emails);
            for (int i = 0; i < 3; i++) {
                emails.send(email());
            }

            await().untilAsserted(() -> assertThat(meters.scrape())
                    .contains("mailrouter_send_seconds_count{outcome=\"accepted\"} 3")
                    .contains("mailrouter_attempt_seconds_count{outcome=\"accepted\",provider=\"second\"} 3")
                    .contains("mailrouter_observed_send_seconds_count{error=\"none\",outcome=\"accepted\"")
                    .contains("mailrouter_observed_attempt_seconds_count{error=\"SendFailure\",error_type=\""));
        }
        assertThat(refused).isEmpty();
    }
}
