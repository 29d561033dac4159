package io.mailrouter.benchmarks.http;

import java.io.IOException;

/** The ways to make a stand-in that were compared. The first one is used; the others know no latency. */
enum StubKind {
    RAW("raw NIO, one thread") {
        @Override
        int start(Mood mood, Tally tally) throws IOException {
            return RawStub.start(mood, tally);
        }
    },
    NETTY("Netty, its HTTP codec, one thread") {
        @Override
        int start(Mood mood, Tally tally) {
            return NettyStub.start();
        }
    },
    JDK("the JDK's HttpServer, two threads") {
        @Override
        int start(Mood mood, Tally tally) throws IOException {
            return JdkStub.start();
        }
    };

    private final String title;

    StubKind(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** Starts one on daemon threads and returns its port. */
    abstract int start(Mood mood, Tally tally) throws IOException;
}
