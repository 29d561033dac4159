package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Template;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SendGridContentTest {

    private static final String TRUNCATING = "\u010D\u010ABcc: x";

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final SendGridProvider provider =
            SendGridProviderTest.builder(sendGrid.url()).build();

    @AfterEach
    void close() {
        provider.close();
        sendGrid.close();
    }

    @Test
    @DisplayName("C2 characters that truncate to CR and LF make no line anywhere in the request")
    void makesNoLineOfCharactersThatTruncate() throws Exception {
        CompletableFuture<String> request = new CompletableFuture<>();
        SocketServer.Act keep = socket -> {
            request.complete(SocketServer.readRequest(socket));
            SocketServer.write(socket, "HTTP/1.1 202 -\r\nContent-Length: 0\r\n\r\n");
        };
        try (SocketServer server = SocketServer.start(keep);
                SendGridProvider other =
                        SendGridProviderTest.builder(server.url()).build()) {
            Email email = email().from(EmailAddress.of("F" + TRUNCATING, "shop@example.com"))
                    .replyTo(EmailAddress.of("R" + TRUNCATING, "help@example.com"))
                    .subject("S" + TRUNCATING)
                    .tag("T" + TRUNCATING)
                    .metadata("K" + TRUNCATING, "V" + TRUNCATING)
                    .attach(Attachment.of("N" + TRUNCATING, "text/plain", new byte[] {1}))
                    .build();
            assertThat(other.capabilities().unfit(email)).isEmpty();
            other.send(email, Attempt.Context.within(Duration.ofSeconds(20)));
        }

        String[] headAndBody = request.join().split("\r\n\r\n", 2);
        assertThat(headAndBody[0].lines()).noneMatch(line -> line.startsWith("Bcc"));
        assertThat(headAndBody[1]).doesNotContain("\r", "\n").contains("S" + TRUNCATING, "N" + TRUNCATING);
    }

    @Test
    @DisplayName("C2 a header's value or a key with such characters never gets as far as a header")
    void refusesThemWhereOnlyAsciiFits() {
        assertThat(provider.capabilities()
                        .unfit(email().header("X-A", TRUNCATING).build()))
                .hasValue("needs header values of printable ASCII");
        assertThatThrownBy(() -> SendGridProvider.builder().apiKey(Secret.of("SG.canary\u010D\u010AX: y")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("apiKey holds a space or a character beyond printable ASCII");
    }

    @Test
    @DisplayName("C3 the address that was accepted is the address in the request")
    void sendsTheAddressAsItWasRead() {
        send(email().to("\"<a@b.com>\" <c+d.e'f@example.org>")
                .to("x@BÜCHER.example")
                .build());

        assertThat(only().to())
                .extracting(AcceptedEmail.Mailbox::address)
                .containsExactly("ada@example.org", "c+d.e'f@example.org", "x@xn--bcher-kva.example");
        assertThat(only().to().get(1).name()).isEqualTo("<a@b.com>");
    }

    @Test
    @DisplayName("C4 a local part beyond ASCII is not eligible, an international domain travels as A-labels")
    void carriesNoUnicodeAddress() {
        assertThat(provider.capabilities().unfit(email().to("jörg@example.org").build()))
                .hasValue("cannot carry [UNICODE_LOCAL_PART]");
    }

    @Test
    @DisplayName("C7 values are data: no template language, no JSON of theirs, no substitution")
    void takesValuesForData() {
        String evil = "\"},\"subject\":\"evil\",\"x\":{\"y\":\"{{#each}}<script>\u2028-name-";
        send(Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .template(new Template("d-1", Map.of("name", evil)))
                .metadata("k", "\"},{\"")
                .build());

        assertThat(JsonPaths.of(only()))
                .containsOnlyKeys(
                        "from.email",
                        "personalizations[0].to[0].email",
                        "personalizations[0].dynamic_template_data.name",
                        "template_id",
                        "custom_args.mr_id",
                        "custom_args.k")
                .containsEntry("personalizations[0].dynamic_template_data.name", evil)
                .containsEntry("custom_args.k", "\"},{\"");
    }

    @Test
    @DisplayName("C9 a 40 MB attachment is counted in base64, and no call is made; 20 MB are sent from one array")
    void boundsTheHeapOfLargeAttachments() {
        byte[] large = new byte[40 << 20];
        long before = allocated();
        Email tooLarge = email().attach(Attachment.of("a", "a/b", large)).build();
        assertThat(provider.capabilities().unfit(tooLarge))
                .hasValueSatisfying(why -> assertThat(why).startsWith("takes 29999999 bytes, not 57"));
        assertThat(allocated() - before).as("one copy on the way in").isLessThan(44L << 20);

        byte[] fits = new byte[20 << 20];
        fits[0] = 7;
        Email email = email().attach(Attachment.of("a", "a/b", fits)).text("漢").build();
        long beforeCall = allocated();
        send(email);
        assertThat(allocated() - beforeCall)
                .as("the request's body, 28 MB in base64, and little else")
                .isLessThan(36L << 20);
        assertThat(only().attachments().get(0).bytes()).isEqualTo(fits);
    }

    @Test
    @DisplayName("P19 an endless body: the heap stays flat")
    void readsLittleOfAnEndlessBody() {
        sendGrid.behave(Behaviour.acceptThenFlood());
        send(email().build());
        long before = allocated();
        send(email().build());

        assertThat(allocated() - before).isLessThan(2L << 20);
    }

    @Test
    @DisplayName("P19 endless headers: the heap stays flat")
    void readsFewOfEndlessHeaders() throws IOException {
        SocketServer.Act flood = socket -> {
            SocketServer.readRequest(socket);
            SocketServer.write(socket, "HTTP/1.1 202 -\r\n");
            for (int i = 0; i < 10_000; i++) {
                SocketServer.write(socket, "X-" + i + ": " + "v".repeat(1_000) + "\r\n");
            }
        };
        try (SocketServer server = SocketServer.start(flood);
                SendGridProvider other =
                        SendGridProviderTest.builder(server.url()).build()) {
            long before = allocated();
            Outcome outcome = other.send(email().build(), Attempt.Context.within(Duration.ofSeconds(20)));

            assertThat(outcome).isInstanceOf(Outcome.Unknown.class);
            assertThat(allocated() - before).isLessThan(4L << 20);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("C13 control characters and addresses in the service's words are escaped, masked and capped")
    void cleansTheServicesWords() {
        sendGrid.behave(
                LoopbackSendGrid.error(400, "to <canary@example.org>\r\n\u0000\u001b[31m\u202e" + " x".repeat(5_000)));

        Outcome outcome = provider.send(email().build(), Attempt.Context.within(Duration.ofSeconds(20)));

        assertThat(outcome.reason())
                .startsWith("to <***@example.org>\\u000d\\u000a\\u0000\\u001b[31m\\u202e x")
                .doesNotContain("canary")
                .hasSizeLessThan(310);
    }

    private void send(Email email) {
        assertThat(provider.capabilities().unfit(email)).isEmpty();
        assertThat(provider.send(email, Attempt.Context.within(Duration.ofSeconds(30))))
                .isInstanceOf(Accepted.class);
    }

    private AcceptedEmail only() {
        assertThat(sendGrid.accepted()).hasSize(1);
        return sendGrid.accepted().get(0);
    }

    /** What this thread has allocated so far; a provider that honours the deadline works on it. */
    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("s")
                .text("t");
    }
}
