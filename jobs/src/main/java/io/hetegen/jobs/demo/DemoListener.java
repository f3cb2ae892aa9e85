package io.hetegen.jobs.demo;

/** Hears how far a run of the demo is; called on the thread that runs it. */
public interface DemoListener {

    /** What begins now, for people. */
    void stage(String what);

    /** How many prompts have a completion that was written, and one that is committed. */
    void progress(int generated, int committed);
}
