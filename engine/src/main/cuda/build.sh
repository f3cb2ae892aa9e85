#!/bin/sh
# Compiles the CUDA kernels to the PTX that is committed: build.sh, with nvcc (13.0 is what is tried) on the PATH. A module for
# each weight type, one for numerics = fast and one for the rest, each for sm_75 and for sm_80, whose drivers compile them for newer GPUs too.
# With --digest it prints the digest of the sources that each PTX carries in its first line, and does nothing.
set -eu
cd "$(dirname "$0")"
resources=../resources/io/hetegen/engine/device/cuda
digest=$(cat $(ls *.cu *.cuh types.sh build.sh | LC_ALL=C sort) | sha256sum | cut -d' ' -f1)
[ "${1:-}" = --digest ] && echo "$digest" && exit 0
. ./types.sh

# No contraction and correctly rounded division and square root: docs/arithmetic.md.
flags='-std=c++17 -O3 -fmad=false -prec-div=true -prec-sqrt=true -ftz=false -Werror=all-warnings'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile() {
  module=$1
  shift
  for sm in 75 80; do
    # shellcheck disable=SC2086
    nvcc $flags -ptx -arch=compute_$sm "$@" -o "$work/ptx"
    # Older drivers and compilers take the same text under an older version. Comments and indents are half the lines.
    {
      echo "// sources $digest"
      sed -e 's/^\.version .*/.version 7.0/' -e 's/[[:space:]]*\/\/.*//' -e 's/^[[:space:]]*//' -e 's/[[:space:]][[:space:]]*/ /g' \
        -e '/^$/d' "$work/ptx"
    } > "$work/$module.sm_$sm.ptx"
  done
}
compile operations operations.cu
compile fast fast.cu
for type in $TYPES; do
  compile "$type" -DTYPE="$type" linear.cu
done
rm -rf "$resources"/*.ptx
mkdir -p "$resources"
mv "$work"/*.ptx "$resources"
