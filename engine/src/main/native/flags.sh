# How each C source is compiled, for build.sh and the tests. -ffp-contract=off is part of the arithmetic.
common_flags='-std=c11 -O3 -Wall -Wextra -ffp-contract=off -fno-math-errno'

# Of the source of an instruction set's kernels, more flags.
flags_of_set() {
  avx2='-mavx2 -mfma -mf16c'
  case $1 in
    avx2) echo "$avx2" ;;
    avx512) echo "$avx2 -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni" ;;
    neon) echo '-march=armv8.2-a+dotprod' ;;
  esac
}
