package io.hetegen.operator;

import java.io.IOException;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.util.InstantiationUtil;

/**
 * Makes {@link GenerateOperator}, always as head of its chain: it yields to the whole task while its input is stopped,
 * which would run into operators before it in the same chain.
 */
final class GenerateOperatorFactory extends AbstractStreamOperatorFactory<Answer>
        implements OneInputStreamOperatorFactory<Envelope, Answer> {

    private static final long serialVersionUID = 1L;

    /** As bytes, so that a TaskManager without the engine gets as far as to say so. */
    private final byte[] function;

    GenerateOperatorFactory(GenerateFunction function) {
        chainingStrategy = ChainingStrategy.HEAD;
        try {
            this.function = InstantiationUtil.serializeObject(function);
        } catch (IOException notSerializable) {
            throw new IllegalArgumentException(
                    "The function or its decoder is not serializable: " + notSerializable.getMessage(),
                    notSerializable);
        }
    }

    @Override
    public <T extends StreamOperator<Answer>> T createStreamOperator(StreamOperatorParameters<Answer> parameters) {
        ClassLoader classLoader = parameters.getContainingTask().getUserCodeClassLoader();
        MissingEngineException.check(classLoader);
        try {
            GenerateFunction copy = InstantiationUtil.deserializeObject(function, classLoader);
            @SuppressWarnings("unchecked") // T is what getStreamOperatorClass says.
            T operator = (T) new GenerateOperator(copy, parameters);
            return operator;
        } catch (IOException | ClassNotFoundException unreadable) {
            throw new IllegalStateException(
                    "The generate function cannot be read, are client and cluster of the same version? "
                            + unreadable.getMessage(),
                    unreadable);
        }
    }

    /** The operator yields and keys its state itself: another place in the chain would break both. */
    @Override
    public void setChainingStrategy(ChainingStrategy strategy) {
        if (strategy != ChainingStrategy.NEVER && strategy != ChainingStrategy.HEAD) {
            throw new IllegalArgumentException("chaining strategy is " + strategy + ", but must be HEAD or NEVER");
        }
        chainingStrategy = strategy;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
        return GenerateOperator.class;
    }
}
