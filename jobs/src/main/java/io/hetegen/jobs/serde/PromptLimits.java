package io.hetegen.jobs.serde;

/** What a prompt record may hold at most; {@code docs/records.md} lists the same numbers. */
public final class PromptLimits {

    /** Characters of an id. */
    public static final int MAX_ID_LENGTH = 1_024;
    /** Characters of a role. */
    public static final int MAX_ROLE_LENGTH = 64;
    /** Entries of the attributes. */
    public static final int MAX_ATTRIBUTES = 256;
    /** Levels of objects and arrays in a JSON record, a JSON Schema in it included. */
    public static final int MAX_JSON_DEPTH = 100;
    /** Characters of a number in a JSON record. */
    public static final int MAX_NUMBER_LENGTH = 100;
    /** Characters of a field name in a JSON record. */
    public static final int MAX_NAME_LENGTH = 4_096;
    /** Characters of an error message about a record. */
    public static final int MAX_MESSAGE_LENGTH = 500;

    private PromptLimits() {}
}
