package io.hetegen.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.transformations.OneInputTransformation;
import org.junit.jupiter.api.Test;

class GenerateStreamTest {

    @Test
    void theOperatorHasAUidAMaxParallelismAndOwnTypes() {
        SingleOutputStreamOperator<Answer> answers = generate(new Configuration());
        OneInputTransformation<?, ?> transformation = (OneInputTransformation<?, ?>) answers.getTransformation();
        assertThat(transformation.getUid()).isEqualTo("hetegen-generate");
        assertThat(transformation.getName()).isEqualTo("hetegen-generate");
        assertThat(transformation.getMaxParallelism()).isEqualTo(128);
        assertThat(transformation.getStateKeyType()).isEqualTo(TypeInformation.of(String.class));
        assertThat(answers.getType()).isInstanceOf(BinaryTypeInfo.class);
        assertThat(transformation.getOperatorFactory().getChainingStrategy()).isEqualTo(ChainingStrategy.HEAD);
    }

    @Test
    void theMaxParallelismOfTheEnvironmentStays() {
        Configuration configuration = Configuration.fromMap(Map.of("pipeline.max-parallelism", "7"));
        assertThat(generate(configuration).getTransformation().getMaxParallelism())
                .isEqualTo(-1);
    }

    @Test
    void theOperatorCannotBeChainedToOneBeforeIt() {
        GenerateOperatorFactory factory = new GenerateOperatorFactory(function());
        assertThatThrownBy(() -> factory.setChainingStrategy(ChainingStrategy.ALWAYS))
                .hasMessageContaining("chaining strategy is ALWAYS, but must be HEAD or NEVER");
    }

    private static GenerateFunction function() {
        return new GenerateFunction(new TestDecoder(), GenerateHarness.configuration(1, 1));
    }

    private static SingleOutputStreamOperator<Answer> generate(Configuration configuration) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        return GenerateStream.generate(
                env.fromSequence(0, 1)
                        .map(offset -> new Envelope("t", 0, offset, 0, List.of(), null, null))
                        .returns(TypeInformation.of(Envelope.class)),
                function());
    }
}
