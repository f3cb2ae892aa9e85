package io.hetegen.operator;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** Puts the operator into a job. */
public final class GenerateStream {

    /** Uid and name of the operator: a savepoint finds its state by it. */
    public static final String UID = "hetegen-generate";

    /** Key groups where the environment says nothing: part of every savepoint, so it is fixed here and not derived. */
    public static final int DEFAULT_MAX_PARALLELISM = 128;

    private GenerateStream() {}

    /**
     * Answers every record, in order for each record key. Dead letters and previews are the side outputs of
     * {@link GenerateOutputs}. A job with several of these gives each an own {@code uid}.
     */
    public static SingleOutputStreamOperator<Answer> generate(DataStream<Envelope> records, GenerateFunction function) {
        SingleOutputStreamOperator<Answer> answers = records.keyBy(new RecordKey(), TypeInformation.of(String.class))
                .transform(UID, TypeInformation.of(Answer.class), new GenerateOperatorFactory(function))
                .uid(UID);
        if (records.getExecutionEnvironment().getMaxParallelism() <= 0) {
            answers.setMaxParallelism(DEFAULT_MAX_PARALLELISM);
        }
        return answers;
    }
}
