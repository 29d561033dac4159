package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The check of dashboards and alerts finds what it is to find. */
class ExpressionTest {

    private static final String SCRAPE = """
            # HELP mailrouter_held How many
            mailrouter_held{kind="throttled",provider="ses"} 0.0
            mailrouter_queue_age_seconds{queue="emails"} 1.5
            """;

    @Test
    void findsWhatAScrapeDoesNotHold() {
        assertThat(new Expression("max(mailrouter_gone)").missingIn(SCRAPE)).containsExactly("mailrouter_gone");
        assertThat(new Expression("max(mailrouter_queue_age)").missingIn(SCRAPE))
                .containsExactly("mailrouter_queue_age");
        assertThat(new Expression("mailrouter_held{kind=\"thrown\"}").missingIn(SCRAPE))
                .containsExactly("kind=\"thrown\"");
        assertThat(new Expression("mailrouter_held{kind=~\"throttled|other\",job=~\"$job\"}").missingIn(SCRAPE))
                .containsExactly("kind=\"other\"");
        assertThat(new Expression("sum by (queue, instance) (mailrouter_held)").missingIn(SCRAPE))
                .containsExactly("queue");
        assertThat(new Expression("max by (queue) (mailrouter_queue_age_seconds) > 300").missingIn(SCRAPE))
                .isEmpty();
    }

    @Test
    void everyExpressionIsFound() throws Exception {
        assertThat(Expression.ofDashboard()).hasSizeGreaterThanOrEqualTo(13);
        assertThat(Expression.ofAlerts()).hasSizeGreaterThanOrEqualTo(12);
        assertThat(Expression.ofAlerts()).allMatch(one -> one.text().contains("mailrouter_"));
    }
}
