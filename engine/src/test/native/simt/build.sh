#!/bin/sh
# build.sh TARGET: the CUDA kernels as a library for the host, TARGET/libhetegen-kernels-host.so, and the program that checks
# their launches, with g++ (or $CXX). Does nothing if they are newer than their sources.
set -eu
mkdir -p "$1"
target=$(cd "$1" && pwd)
cd "$(dirname "$0")"
cuda=../../../main/cuda
library=$target/libhetegen-kernels-host.so
if [ -f "$library" ] && [ -z "$(find . ../cuda-double/host_kernels.h "$cuda" -type f -newer "$library")" ]; then
  exit 0
fi

objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
# Contraction off as on the device; the pragmas are nvcc's; bytes of the tiles are read as words.
flags="-std=c++17 -O1 -fPIC -ffp-contract=off -fno-strict-aliasing -fvisibility=hidden -Wall -Wextra -Werror -Wno-unknown-pragmas"
cxx=${CXX:-g++}
. "$cuda/types.sh"
{
  echo "simt.cpp -o $objects/simt.o"
  echo "-x c++ $cuda/operations.cu -o $objects/operations.o"
  echo "-x c++ $cuda/fast.cu -o $objects/fast.o"
  for type in $TYPES; do
    echo "-DTYPE=$type -x c++ $cuda/linear.cu -o $objects/$type.o"
  done
} | xargs -P 2 -L 1 "$cxx" $flags -I. -c
# shellcheck disable=SC2086
"$cxx" $flags -o "$objects/check_launches" check_launches.cpp -ldl
"$cxx" -shared -Wl,-z,defs -o "$objects/library.so" "$objects"/*.o
mv "$objects/check_launches" "$target"
# Renamed last, so that an interrupted build leaves no half a library.
mv "$objects/library.so" "$library.new"
mv "$library.new" "$library"
