package io.mailrouter.sqs;

/** What a simulated part does wrong on purpose, so that it shows whether the ledger sees it. */
enum Flaw {
    NONE(""),
    /** The queue loses a message that it hands out. */
    LOSING_QUEUE("is gone without being done"),
    /** The queue hands out messages of a group while another one of it is out. */
    DISORDERLY_QUEUE("was accepted after"),
    /** The store forgets what was settled. */
    FORGETFUL_STORE("was accepted 2 times"),
    /** The service says accepted of what no provider has. */
    LYING_SERVICE("which no provider has"),
    /** Dead letters are said to be written, and are not. */
    VANISHING_DEAD_LETTERS("which is not done"),
    /** A message that went back is extended once more. */
    LATE_HEARTBEAT("with which it had done"),
    /** A message is hidden for longer than the queue allows. */
    ENDLESS_DELAY("longer than 12 h"),
    /** A permit is taken and never given back. */
    LEAKING_PERMIT("lost a permit"),
    /** A poll asks for more than may be held. */
    GREEDY_POLL("and asks for");

    private final String words;

    Flaw(String words) {
        this.words = words;
    }

    /** Returns what the ledger says of it. */
    String words() {
        return words;
    }
}
