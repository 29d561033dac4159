package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.EmailService;
import io.mailrouter.sqs.message.EmailMessages;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class LambdaPayloadTest {

    private final Shelf shelf = new Shelf();
    private final String reference = shelf.put(LocalSqs.body("large").getBytes(StandardCharsets.UTF_8));
    private final FakeProvider provider = FakeProvider.accepting();

    private List<String> failed(EmailService emails, int maxPayloadBytes) {
        SqsEmailLambdaHandler handler = SqsEmailLambdaHandler.builder(emails)
                .onUnknown(Handling.DELETE)
                .onRejected(Handling.DELETE)
                .onMalformed(Handling.DELETE)
                .payloads(shelf)
                .maxPayloadBytes(maxPayloadBytes)
                .build();
        return List.copyOf(LambdaEvents.failed(handler.handleRequest(
                LambdaEvents.event(LambdaEvents.entry("m-1", EmailMessages.pointer(reference, "k"))),
                LambdaEvents.TimeLeft.plenty())));
    }

    @Test
    void aPayloadIsFetchedOrReturnedAsFailedAndMalformedWhenItIsTooLarge() {
        try (EmailService emails = EmailService.builder().provider(provider).build()) {
            shelf.broken = true;
            assertThat(failed(emails, 1_000)).containsExactly("m-1");
            shelf.broken = false;
            assertThat(failed(emails, 10)).as("malformed, and so deleted").isEmpty();
            assertThat(provider.asked()).isZero();
            assertThat(failed(emails, 1_000)).isEmpty();
        }
        assertThat(provider.sent()).containsExactly("large");
    }
}
