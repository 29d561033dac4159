package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mailrouter.EmailService;
import io.mailrouter.RoutePlan;
import io.mailrouter.Skipped;
import io.mailrouter.email.Email;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each variable changes in the service that the runner builds. Only SendGrid is reached, on the loopback. */
class ServiceOfSettingsTest {

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final List<EmailService> services = new ArrayList<>();

    @AfterEach
    void close() {
        services.forEach(EmailService::close);
        sendGrid.close();
    }

    private EmailService service(String... more) {
        Map<String, String> variables = new TreeMap<>(Map.of(
                "MAILROUTER_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/emails",
                "MAILROUTER_PROVIDERS", "sendgrid,ses:eu-west-1,ses:us-east-1",
                "SENDGRID_BASE_URL", sendGrid.url().toString(),
                "SENDGRID_API_KEY", "SG.local"));
        for (int i = 0; i < more.length; i += 2) {
            variables.put(more[i], more[i + 1]);
        }
        EmailService service = Runner.service(Settings.from(variables), event -> {});
        services.add(service);
        return service;
    }

    private static Email to(String address) {
        return Email.builder()
                .from("shop@example.com")
                .to(address)
                .subject("Your order")
                .text("hello")
                .build();
    }

    private static List<String> ranked(EmailService service, String address) {
        return service.route(to(address)).ranked().stream()
                .map(RoutePlan.Choice::provider)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "order, sendgrid ses-eu-west-1 ses-us-east-1",
        "round-robin, sendgrid ses-eu-west-1 ses-us-east-1",
        "cost, ses-us-east-1 ses-eu-west-1 sendgrid",
        "latency, ses-us-east-1 sendgrid ses-eu-west-1",
        "quota, ses-us-east-1 sendgrid ses-eu-west-1",
        "weighted, ses-us-east-1 sendgrid ses-eu-west-1",
        "weighted(ses-eu-west-1:9 sendgrid:2), ses-eu-west-1 sendgrid ses-us-east-1"
    })
    void rankByTheStrategyOfTheEnvironment(String routing, String order) {
        EmailService service = service(
                "MAILROUTER_ROUTING", routing,
                "MAILROUTER_SENDGRID_COST", "0.0009",
                "MAILROUTER_SES_EU_WEST_1_COST", "0.0002",
                "MAILROUTER_SES_US_EAST_1_COST", "0.0001",
                "MAILROUTER_SENDGRID_WEIGHT", "2",
                "MAILROUTER_SES_US_EAST_1_WEIGHT", "3");

        assertThat(String.join(" ", ranked(service, "ada@example.org"))).isEqualTo(order);
    }

    @Test
    void latencyIsTheDefault() {
        EmailService service = service("MAILROUTER_SES_EU_WEST_1_WEIGHT", "4");

        assertThat(ranked(service, "ada@example.org")).startsWith("ses-eu-west-1");
        assertThat(service.route(to("ada@example.org")).ranked().get(0).score()).isPresent();
    }

    @Test
    void stickyKeepsADomainAtOneProvider() {
        EmailService service = service("MAILROUTER_ROUTING", "sticky");
        List<String> firsts = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            firsts.add(ranked(service, "ada@example" + i + ".org").get(0));
            assertThat(ranked(service, "bob@example" + i + ".org").get(0)).isEqualTo(firsts.get(i));
        }

        assertThat(firsts).contains("sendgrid", "ses-eu-west-1", "ses-us-east-1");
    }

    @Test
    void whoIsDisabledIsPassedOver() {
        EmailService service = service("MAILROUTER_DISABLED", "sendgrid, ses:us-east-1");
        RoutePlan plan = service.route(to("ada@example.org"));

        assertThat(plan.first()).hasValue("ses-eu-west-1");
        assertThat(plan.skipped())
                .extracting(Skipped::provider, Skipped::reason, Skipped::detail)
                .containsExactly(
                        tuple("sendgrid", Skipped.Reason.DISABLED, "configured"),
                        tuple("ses-us-east-1", Skipped.Reason.DISABLED, "configured"));
    }

    @ParameterizedTest
    @CsvSource({"MAILROUTER_SENDGRID_RATE, 0.01, RATE_LIMITED", "MAILROUTER_SENDGRID_DAILY_QUOTA, 1, QUOTA_USED"})
    void aLimitOfTheEnvironmentHolds(String variable, String value, Skipped.Reason reason) throws Exception {
        EmailService service = service("MAILROUTER_ROUTING", "order", variable, value);
        assertThat(service.send(to("ada@example.org")).provider()).isEqualTo("sendgrid");
        RoutePlan plan = service.route(to("bob@example.org"));
        JsonNode page = new JsonMapper()
                .readTree(new Pages(service, List.of()).providers().body());

        assertThat(plan.skipped())
                .extracting(Skipped::provider, Skipped::reason)
                .containsExactly(tuple("sendgrid", reason));
        assertThat(page.get(0).path("ratePerSecond").asDouble()).isEqualTo(variable.endsWith("RATE") ? 0.01 : 0);
        assertThat(page.get(0).at("/quotas/0/limit").asLong()).isEqualTo(variable.endsWith("QUOTA") ? 1 : 0);
        assertThat(page.get(0).at("/quotas/0/left").asLong(-1)).isEqualTo(variable.endsWith("QUOTA") ? 0 : -1);
    }

    @Test
    void thePageOfProvidersShowsWeightsOrdersAndHolds() throws Exception {
        EmailService service = service("MAILROUTER_DISABLED", "ses-us-east-1", "MAILROUTER_SES_US_EAST_1_WEIGHT", "3");
        service.operations().forceOpen("ses-eu-west-1", "brown-out", Duration.ofMinutes(5));
        service.operations().weight("sendgrid", 0.5, "bounces", Duration.ofMinutes(5));
        sendGrid.next(LoopbackSendGrid.throttled(Duration.ofSeconds(60)));
        service.trySend(to("ada@example.org"));
        Pages pages = new Pages(service, List.of());
        JsonNode providers = new JsonMapper().readTree(pages.providers().body());
        JsonNode health = new JsonMapper().readTree(pages.health().body());

        JsonNode held = providers.get(0);
        assertThat(held.path("state").asText()).isEqualTo("throttled");
        assertThat(held.path("until").asText()).isNotEmpty();
        assertThat(held.path("weight").asDouble()).isEqualTo(0.5);
        assertThat(held.at("/orders/0/order").asText()).isEqualTo("weight");
        assertThat(held.at("/orders/0/reason").asText()).isEqualTo("bounces");
        assertThat(held.at("/holds/0/kind").asText()).isEqualTo("throttled");
        assertThat(held.at("/holds/0/reason").asText()).isEqualTo("http_429");
        assertThat(held.at("/holds/0/until").asText())
                .isEqualTo(held.path("until").asText());
        JsonNode forced = providers.get(1);
        assertThat(forced.path("state").asText()).isEqualTo("down");
        assertThat(forced.path("reason").asText()).isEqualTo("forced open: brown-out");
        assertThat(forced.at("/orders/0/order").asText()).isEqualTo("forced_open");
        assertThat(forced.at("/orders/0/until").asText()).isNotEmpty();
        JsonNode off = providers.get(2);
        assertThat(off.path("state").asText()).isEqualTo("disabled");
        assertThat(off.path("reason").asText()).isEqualTo("configured");
        assertThat(off.path("until").isMissingNode()).isTrue();
        assertThat(off.path("weight").asDouble()).isEqualTo(3);
        assertThat(health.path("status").asText()).isEqualTo("DEGRADED");
        assertThat(health.at("/providers/ses-us-east-1").asText()).isEqualTo("disabled");
        assertThat(health.at("/troubles/2/reason").asText()).isEqualTo("configured");
    }
}
