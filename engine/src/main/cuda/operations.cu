/* What does not depend on a weight type. */
#include "argmax.cuh"
#include "attention.cuh"
#include "elementwise.cuh"
#include "norms.cuh"
#include "quantize.cuh"
#include "rope.cuh"
