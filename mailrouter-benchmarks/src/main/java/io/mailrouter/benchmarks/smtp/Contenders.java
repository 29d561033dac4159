package io.mailrouter.benchmarks.smtp;

import java.util.List;

/** The contenders by name, each with the options that its JVM runs best with. */
enum Contenders {
    MAILROUTER("mailrouter, one connection for many messages", true),
    MAILROUTER_DEFAULT("mailrouter, default: a new connection every 100 messages", false),
    ANGUS("Angus, a transport for each sender", true),
    SIMPLE_JAVA_MAIL("Simple Java Mail with its pool, default", true),
    SIMPLE_JAVA_MAIL_TUNED("Simple Java Mail with its pool, tuned", true),
    SPRING("Spring's JavaMailSenderImpl, a connection for each message", false);

    /** Spares Jakarta Mail a search through the class path for each message; an application may say so, a library not. */
    private static final String STREAM_PROVIDER =
            "-Djakarta.mail.util.StreamProvider=org.eclipse.angus.mail.util.MailStreamProvider";

    private final String title;
    private final boolean keepsConnections;

    Contenders(String title, boolean keepsConnections) {
        this.title = title;
        this.keepsConnections = keepsConnections;
    }

    String title() {
        return title;
    }

    /** Says whether it opens so few connections that it may be measured at GreenMail. */
    boolean keepsConnections() {
        return keepsConnections;
    }

    List<String> options() {
        return switch (this) {
            case ANGUS, SIMPLE_JAVA_MAIL_TUNED, SPRING -> List.of(STREAM_PROVIDER);
            case MAILROUTER, MAILROUTER_DEFAULT, SIMPLE_JAVA_MAIL -> List.of();
        };
    }

    Contender connected(int port) {
        return switch (this) {
            case MAILROUTER -> new MailrouterSending(port, 1_000_000);
            case MAILROUTER_DEFAULT -> new MailrouterSending(port, 100);
            case ANGUS -> new AngusSending(port);
            case SIMPLE_JAVA_MAIL -> SimpleJavaMailSending.byDefault(port);
            case SIMPLE_JAVA_MAIL_TUNED -> SimpleJavaMailSending.tuned(port);
            case SPRING -> new SpringSending(port);
        };
    }
}
