package io.mailrouter.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.EmailService;
import io.mailrouter.email.Email;
import io.mailrouter.sqs.MessageTrace;
import io.mailrouter.sqs.MessageTracer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class MessageObservationsTest {

    private static final String PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    /** Reads the trace off the carrier as a tracing handler's propagator does, and remembers what ended. */
    private static final class Propagating implements ObservationHandler<Observation.Context> {

        private final List<Observation.Context> ended = new CopyOnWriteArrayList<>();

        @Override
        public void onStart(Observation.Context context) {
            if (context instanceof ReceiverContext<?> receiver) {
                context.put("parent", read(receiver, "traceparent"));
            }
        }

        private static <C> String read(ReceiverContext<C> receiver, String name) {
            C carrier = Objects.requireNonNull(receiver.getCarrier());
            return String.valueOf(receiver.getGetter().get(carrier, name));
        }

        @Override
        public void onStop(Observation.Context context) {
            ended.add(context);
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }

        private Observation.Context named(String name) {
            return ended.stream()
                    .filter(context -> name.equals(context.getContextualName()))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private final Propagating handler = new Propagating();
    private final ObservationRegistry registry = registry();

    private ObservationRegistry registry() {
        ObservationRegistry made = ObservationRegistry.create();
        made.observationConfig().observationHandler(handler);
        return made;
    }

    private void sendWithin(Map<String, String> headers) {
        MessageTracer tracer = new MessageObservations(registry);
        try (EmailService emails = EmailService.builder()
                        .provider(ScriptedProvider.accepting("ses"))
                        .tracer(new EmailObservations(registry))
                        .build();
                MessageTracer.Scope scope = tracer.enter(new MessageTrace("emails", "id-1", headers))) {
            assertThat(scope).isNotNull();
            emails.trySend(Email.builder()
                    .from("no-reply@example.com")
                    .to("ada@example.org")
                    .subject("s")
                    .text("t")
                    .build());
        }
    }

    @Test
    void theSendIsAChildOfItsMessageAndTheMessageOfWhoeverSentIt() {
        sendWithin(Map.of("traceparent", PARENT));

        Observation.Context message = handler.named("mailrouter.message");
        ObservationView parentOfSend =
                Objects.requireNonNull(handler.named("mailrouter.send").getParentObservation());
        assertThat(parentOfSend.getContextView()).isSameAs(message);
        assertThat(message.<String>get("parent")).isEqualTo(PARENT);
        assertThat(((ReceiverContext<?>) message).getKind()).isEqualTo(Kind.CONSUMER);
        assertThat(message.getLowCardinalityKeyValue("queue").getValue()).isEqualTo("emails");
        assertThat(message.getHighCardinalityKeyValue("message").getValue()).isEqualTo("id-1");
        assertThat(handler.ended).last().isSameAs(message);
        assertThat(registry.getCurrentObservation()).isNull();
    }

    @Test
    void aMessageWithoutATraceBeginsOne() {
        sendWithin(Map.of());

        assertThat(handler.named("mailrouter.message").<String>get("parent")).isEqualTo("null");
    }
}
