package io.hetegen.engine.chat;

/** What a template can call: a macro, a global function, a method with its receiver. */
@FunctionalInterface
interface TemplateFunction {

    Object call(Frame frame, Arguments arguments);
}
