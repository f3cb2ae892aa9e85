package io.hetegen.engine.chat;

/** What a name or key that does not exist evaluates to: empty when printed or looped over, an error in any other use. */
record Undefined(String name) {

    TemplateException failure() {
        return new TemplateException("'" + name + "' is undefined");
    }
}
