// Prints the logits that llama.cpp has after a prompt, one a line: llama-logits MODEL.gguf ID...
// Written against the headers of the release that is measured, so no layout of a struct is known here.
#include <ggml-backend.h>
#include <llama.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_IDS = 512 };

static void errors_only(enum ggml_log_level level, const char *text, void *unused) {
  (void)unused;
  if (level == GGML_LOG_LEVEL_ERROR) {
    fputs(text, stderr);
  }
}

static int fail(const char *what) {
  fprintf(stderr, "llama-logits: %s\n", what);
  return 1;
}

int main(int count, char **arguments) {
  int ids = count - 2;
  if (ids < 1 || ids > MOST_IDS) {
    return fail("usage: llama-logits MODEL.gguf ID... (1 to 512 ids)");
  }
  llama_token tokens[MOST_IDS];
  for (int i = 0; i < ids; i++) {
    tokens[i] = (llama_token)strtol(arguments[i + 2], NULL, 10);
  }
  llama_log_set(errors_only, NULL);
  ggml_backend_load_all();
  llama_backend_init();

  struct llama_model_params model_params = llama_model_default_params();
  model_params.n_gpu_layers = 0;
  struct llama_model *model = llama_model_load_from_file(arguments[1], model_params);
  if (!model) {
    return fail("the model cannot be loaded");
  }
  struct llama_context_params context_params = llama_context_default_params();
  context_params.n_ctx = MOST_IDS;
  context_params.n_batch = MOST_IDS;
  struct llama_context *context = llama_init_from_model(model, context_params);
  if (!context) {
    return fail("no context can be made");
  }
  if (llama_decode(context, llama_batch_get_one(tokens, ids)) != 0) {
    return fail("the prompt cannot be decoded");
  }
  const float *logits = llama_get_logits_ith(context, -1);
  int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model));
  for (int i = 0; i < vocabulary; i++) {
    if (!isfinite(logits[i])) {
      return fail("a logit is not finite");
    }
    printf("%.9g\n", (double)logits[i]);
  }
  llama_free(context);
  llama_model_free(model);
  llama_backend_free();
  return 0;
}
