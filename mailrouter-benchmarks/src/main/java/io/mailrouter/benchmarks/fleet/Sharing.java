package io.mailrouter.benchmarks.fleet;

/** What a node shares with others, by name. */
enum Sharing {
    HEALTH("mailrouter with Redis: health and use"),
    RATES("mailrouter with Redis: and a rate for each provider"),
    KEYS("mailrouter with Redis: and an idempotency key for each email"),
    NOTHING("mailrouter without Redis");

    private final String title;

    Sharing(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
