package io.hetegen.operator;

import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.jspecify.annotations.Nullable;

/**
 * A piece of an answer that is still being generated; at least once.
 *
 * @param key of the input record
 * @param index of the piece in the answer, counted in tokens from 0
 * @param attempt of the prompt: a higher one supersedes all pieces of a lower one from their index on
 */
@TypeInfo(PreviewSerializer.Factory.class)
public record Preview(byte @Nullable [] key, String id, int index, String text, int attempt) {}
