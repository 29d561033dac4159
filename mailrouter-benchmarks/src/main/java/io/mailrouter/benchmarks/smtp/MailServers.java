package io.mailrouter.benchmarks.smtp;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Orders;
import java.io.IOException;
import java.util.List;

/** The servers by name, each in a JVM of its own: it writes its port, and forgets its mail at each line. */
enum MailServers {
    /** Parses and keeps each message. Each of its connections costs 44 ms. */
    GREEN_MAIL("GreenMail"),
    /** Reads each message and forgets it. */
    SINK("a sink");

    private final String title;

    MailServers(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    public static void main(String[] args) throws Exception {
        MailServer server = valueOf(args[0]).started();
        Orders.obey(Integer.toString(server.port()), order -> {
            server.purge();
            return "purged";
        });
        // GreenMail's threads outlast their orders.
        System.exit(0);
    }

    ChildJvm inJvmOfItsOwn() {
        return ChildJvm.started(List.of("-Xms1g", "-Xmx1g"), MailServers.class, name());
    }

    private MailServer started() throws IOException {
        return switch (this) {
            case GREEN_MAIL -> greenMail();
            case SINK -> SmtpSink.started();
        };
    }

    private static MailServer greenMail() {
        GreenMail server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        server.start();
        return new MailServer() {
            @Override
            public int port() {
                return server.getSmtp().getPort();
            }

            @Override
            public void purge() throws Exception {
                server.purgeEmailFromAllMailboxes();
            }
        };
    }
}
