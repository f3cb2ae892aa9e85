package io.hetegen.engine.bench;

import java.nio.file.Path;

/** What both programs do in a round: a prompt of so many tokens, then so many single tokens from an empty context. */
record Workload(Path model, int threads, int promptTokens, int generatedTokens) {}
