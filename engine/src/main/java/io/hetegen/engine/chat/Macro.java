package io.hetegen.engine.chat;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A macro with the scope that it was defined in; calling it gives what its body writes. */
record Macro(String name, Map<String, @Nullable Expression> parameters, Statement body, Frame definition)
        implements TemplateFunction {

    @Override
    public Object call(Frame caller, Arguments arguments) {
        if (arguments.positional().size() > parameters.size()) {
            throw new TemplateException("the macro '" + name + "' takes " + parameters.size() + " arguments, not "
                    + arguments.positional().size());
        }
        for (String given : arguments.named().keySet()) {
            if (!parameters.containsKey(given)) {
                throw new TemplateException("the macro '" + name + "' has no argument '" + given + "'");
            }
        }
        Frame frame = definition.capturing();
        int position = 0;
        for (Map.Entry<String, @Nullable Expression> parameter : parameters.entrySet()) {
            String parameterName = parameter.getKey();
            Expression otherwise = parameter.getValue();
            Object value = arguments.has(position, parameterName)
                    ? arguments.required(position, parameterName)
                    : otherwise != null ? frame.evaluate(otherwise) : new Undefined(parameterName);
            frame.set(parameterName, value);
            position++;
        }
        body.execute(frame);
        return frame.output();
    }
}
