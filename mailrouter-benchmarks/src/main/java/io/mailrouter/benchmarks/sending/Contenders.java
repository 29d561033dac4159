package io.mailrouter.benchmarks.sending;

import java.net.URI;
import java.time.Duration;

/** The contenders by name. */
enum Contenders {
    MAILROUTER_SES("mailrouter, SES"),
    SES_BARE("bare SesV2Client, Apache 5"),
    SES_LIMITED("bare SesV2Client, Apache 5, apiCallTimeout"),
    SES_GLUE("resilience4j and Micrometer by hand, SES"),
    SES_APACHE_4("bare SesV2Client, Apache 4"),
    SES_URL_CONNECTION("bare SesV2Client, UrlConnection"),
    SES_CRT("bare SesV2Client, CRT"),
    SES_ASYNC("bare SesV2AsyncClient, Netty"),
    MAILROUTER_SENDGRID("mailrouter, SendGrid"),
    SENDGRID_POOLED("sendgrid-java on a pooled client"),
    SENDGRID_DEFAULT("sendgrid-java by default"),
    MAILROUTER_BOTH("mailrouter, SES then SendGrid"),
    GLUE_BOTH("resilience4j by hand, SES then SendGrid");

    /** How long a call may take where nothing is to fail. */
    private static final Duration GENEROUS = Duration.ofSeconds(30);

    /** How long one may take where a service is to be silent. */
    private static final Duration SHORT = Duration.ofSeconds(2);

    private final String title;

    Contenders(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    Sending connected(URI endpoint) {
        return switch (this) {
            case MAILROUTER_SES -> ThroughService.ses(endpoint);
            case SES_BARE -> Ses.bare(endpoint, Ses.apache5());
            case SES_LIMITED -> Ses.limited(endpoint, GENEROUS);
            case SES_GLUE -> new Glue(endpoint, GENEROUS);
            case SES_APACHE_4 -> Ses.bare(endpoint, Ses.apache4());
            case SES_URL_CONNECTION -> Ses.bare(endpoint, Ses.urlConnection());
            case SES_CRT -> Ses.bare(endpoint, Ses.crt());
            case SES_ASYNC -> Ses.async(endpoint);
            case MAILROUTER_SENDGRID -> ThroughService.sendGrid(endpoint);
            case SENDGRID_POOLED -> SendGridJava.pooled(endpoint, GENEROUS);
            case SENDGRID_DEFAULT -> SendGridJava.byDefault(endpoint);
            case MAILROUTER_BOTH -> ThroughService.both(endpoint, SHORT);
            case GLUE_BOTH -> new Glue(endpoint, SHORT);
        };
    }
}
