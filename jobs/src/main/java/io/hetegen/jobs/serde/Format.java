package io.hetegen.jobs.serde;

import io.hetegen.operator.PromptDecoder;

/** How prompts, completions and previews are written on their topics. */
public enum Format {
    /** Avro single-object encoding of the records in {@code io.hetegen.schemas}. */
    AVRO {
        @Override
        public PromptDecoder promptDecoder(GenerationDefaults defaults) {
            return new AvroPromptDecoder(defaults);
        }

        @Override
        public OutputEncoder outputEncoder() {
            return new AvroOutputEncoder();
        }
    },
    /** One JSON object of the same shape, in UTF-8. */
    JSON {
        @Override
        public PromptDecoder promptDecoder(GenerationDefaults defaults) {
            return new JsonPromptDecoder(defaults);
        }

        @Override
        public OutputEncoder outputEncoder() {
            return new JsonOutputEncoder();
        }
    };

    public abstract PromptDecoder promptDecoder(GenerationDefaults defaults);

    public abstract OutputEncoder outputEncoder();
}
