package io.mailrouter.testkit;

/** What can be wrong with a provider, and the sentence of the contract that must not let it pass. */
enum Flaw {
    RESENDS_WHEN_UNKNOWN("oneCallMakesOneRequest", "requests seen from flawed-resends-when-unknown"),
    RESENDS_IN_THE_BACKGROUND("oneCallMakesOneRequest", "requests seen from"),
    TAKES_THE_LAST_ANSWER_FOR_ITS_OWN("theNextEmailGetsItsOwnAnswer"),
    CHANGES_ITS_NAME("theNameIsConstant"),
    HAS_A_NAME_IN_CAPITALS("theNameIsConstant"),
    CHANGES_ITS_CAPABILITIES("capabilitiesAreAnsweredFromMemory"),
    SENDS_WITHOUT_TIME("withNoTimeLeftNothingIsSent"),
    FORGETS_THE_INTERRUPT("anInterruptBeforeIsKept", "the flag is kept"),
    CLAIMS_UNSENT_WHEN_INTERRUPTED("anInterruptDuringEndsTheAttempt"),
    SITS_OUT_AN_INTERRUPT("anInterruptDuringEndsTheAttempt", "did not return within PT5S of an interrupt"),
    MIXES_UP_THREADS("oneHundredThreadsShareIt"),
    LOGS_THE_ADDRESS("nothingPersonalOrSecretIsTold", "sending to canary-ada@example.org"),
    SHOWS_THE_KEY("nothingPersonalOrSecretIsTold"),
    LEAVES_A_THREAD("closeLeavesNothing", "threads that close() left behind: [left-behind]"),
    CLOSES_ONCE_ONLY("closeLeavesNothing"),
    DROPS_CC("sendersAndRecipientsArrive", "[cc]"),
    DROPS_NAMES("sendersAndRecipientsArrive"),
    LOSES_LETTERS("sendersAndRecipientsArrive"),
    DROPS_HTML("bodiesArrive"),
    SHOWS_BCC_IN_A_HEADER("blindCopiesAreRecipientsOnly"),
    SENDS_NO_REFERENCE("theReferenceArrives"),
    MAKES_UP_IDS("theIdIsTheServices", "made-up"),
    SENDS_TO_TEN_ONLY("asManyRecipientsAsItSaysAreCarried"),
    CUTS_LONG_TEXT("anEmailAsLargeAsItSaysIsCarried"),
    DROPS_FILES("attachmentsArrive"),
    OFFERS_INLINE_FILES_FOR_DOWNLOAD("inlineAttachmentsArrive"),
    DROPS_HEADERS("headersArrive"),
    DROPS_TAGS("tagsArrive"),
    DROPS_METADATA("metadataArrives"),
    DROPS_SECOND_REPLY_TO("severalReplyToArrive"),
    DROPS_ENVELOPE_FROM("theEnvelopeFromArrives"),
    DROPS_VARIABLES("templatesArrive"),
    SENDS_AT_ONCE("theTimeToSendAtArrives"),
    DROPS_TRACKING("theTrackingSwitchArrives"),
    DROPS_RAW("rawMessagesArrive"),
    LOSES_LETTERS_OF_LOCAL_PARTS("unicodeLocalPartsArrive"),
    CALLS_REFUSED_UNKNOWN("aRefusedConnectionIsUnavailable"),
    CALLS_REFUSED_UNKNOWN_TOO("anUnknownHostIsUnavailable"),
    CALLS_BLACK_HOLE_UNKNOWN("aBlackHoleIsUnavailable"),
    CALLS_SILENCE_UNSENT("silenceIsUnknown", "reads the request, never answers"),
    CALLS_ITS_OWN_TIMEOUT_UNSENT("silenceIsUnknown"),
    RETURNS_NULL("silenceIsUnknown", "send returned null, which means a defect"),
    HANGS_PAST_THE_DEADLINE("aDrippingAnswerIsCut", "which honoursDeadline() promises"),
    CALLS_RESET_IN_BODY_REJECTED("aResetInTheRequestIsNeverSettled"),
    CALLS_RESET_UNSENT("aResetAfterTheRequestIsUnknown"),
    TRUSTS_EVERYBODY("anUntrustedCertificateIsNotSent"),
    CALLS_TLS_UNKNOWN("aBrokenHandshakeIsNotSent"),
    TRUSTS_EVERYBODY_TOO("aWrongCertificateIsNotSent"),
    CALLS_SLOW_READER_ACCEPTED("aSlowReaderIsCut"),
    DROPS_THE_HINT("aHintIsHandedOn"),
    CALLS_THROTTLED_UNSENT("aPauseIsThrottled"),
    BELIEVES_JUNK("aJunkHintIsIgnored", "how long the pause is to last"),
    CALLS_INTERNAL_ERROR_REJECTED("anInternalErrorIsNeverSettled"),
    CALLS_GATEWAY_ERROR_UNSENT("aGatewaysErrorIsUnknown"),
    WANTS_A_BODY("anUnreadableSuccessIsAccepted"),
    ACCEPTS_401("aWrongCredentialIsMisconfigured", "Misconfigured"),
    CALLS_BAD_EMAIL_UNSENT("anEmailAtFaultIsRejected"),
    CALLS_SUSPENDED_REJECTED("aSuspendedAccountIsMisconfigured"),
    CALLS_QUOTA_THROTTLED("aUsedUpQuotaIsTold"),
    FOLLOWS_REDIRECTS("aRedirectIsNotFollowed"),
    READS_WITHOUT_END("anEndlessAnswerIsCut"),
    CALLS_HUGE_HEAD_UNSENT("aHugeHeadIsNeverUnsent"),
    CALLS_GARBAGE_UNSENT("garbageIsNeverUnsent"),
    PROBES_WITH_AN_EMAIL("theProbeSaysThatTheServiceWorks", "emails that the probe tried to send"),
    THROWS_WHEN_PROBED("theProbeTellsAnOutage", "the probe threw an exception"),
    PROBES_WITHOUT_END("theProbeEndsWithinItsTime", "the probe did not return within PT6S"),
    FORGETS_THE_INTERRUPT_OF_A_PROBE("anInterruptEndsTheProbe", "the flag is kept");

    private final String sentence;
    private final String words;

    Flaw(String sentence) {
        this(sentence, "");
    }

    Flaw(String sentence, String words) {
        this.sentence = sentence;
        this.words = words;
    }

    /** The method of the contract that must fail. */
    String sentence() {
        return sentence;
    }

    /** What the failure has to say, among other things. */
    String words() {
        return words;
    }
}
