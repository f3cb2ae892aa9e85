package io.hetegen.operator;

import io.hetegen.engine.FinishReason;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.ModelInfo;
import io.hetegen.engine.Numerics;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * A complete answer on its way out. Equal in every replay if its numerics are reproducible, {@code attempt} and {@code
 * timings} apart: those travel as headers, never in the value.
 *
 * @param attempt how often this prompt was taken up: 1 without a failure
 */
@TypeInfo(AnswerSerializer.Factory.class)
public record Answer(
        Envelope envelope,
        String id,
        Map<String, String> attributes,
        String text,
        int promptTokens,
        int generatedTokens,
        FinishReason finishReason,
        ModelInfo model,
        Numerics numerics,
        int attempt,
        GenerationResult.Timings timings)
        implements Outcome {}
