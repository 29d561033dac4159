package io.mailrouter.benchmarks.flight;

/** The ways to have many sends under way, by name. */
enum Flights {
    TRY_SEND("mailrouter, trySend on a virtual thread for each", true),
    SEND_ASYNC("mailrouter, sendAsync", false),
    BARE("no router: an email and a virtual thread that waits, for each", true);

    private final String title;
    private final boolean needsVirtualThreads;

    Flights(String title, boolean needsVirtualThreads) {
        this.title = title;
        this.needsVirtualThreads = needsVirtualThreads;
    }

    String title() {
        return title;
    }

    boolean isPossible() {
        return !needsVirtualThreads || VirtualThreads.exist();
    }
}
