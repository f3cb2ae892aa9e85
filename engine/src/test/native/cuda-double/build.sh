#!/bin/sh
# Compiles the driver double and the cuBLAS double for the tests: build.sh SOURCES JAVA_HOME CLASSES. Without a C++ compiler there is none, and
# the tests that need it say that they are skipped.
set -eu
sources=$1
java_home=$2
folder=$3/io/hetegen/engine/device/cuda
library=$folder/libcuda.so.1
blas=$folder/libcublas.so.12
toys=$folder/libtoy-kernels.so
cxx=${CXX:-c++}

without() {
  rm -f "$library" "$blas" "$toys"
  echo "[WARNING] The CUDA driver double is not built: $1. The tests of the GPU part are skipped." >&2
  exit 0
}

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || without "it is written for Linux on x86-64"
command -v "$cxx" > /dev/null || without "there is no C++ compiler '$cxx'; install g++ or set CXX"
[ -f "$java_home/include/jni.h" ] || without "$java_home/include/jni.h is missing; JAVA_HOME must be a full JDK"
if [ -f "$library" ] && [ -f "$blas" ] && [ -f "$toys" ] && [ -z "$(find "$sources" -type f -newer "$library")" ]; then
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Unfortified: leaving a kernel by longjmp is what glibc's check would take for a mistake.
compile() {
  "$cxx" -std=c++17 -O2 -g -Wall -Wextra -fPIC -fvisibility=hidden -ffp-contract=off -U_FORTIFY_SOURCE -shared \
    -I"$java_home/include" -I"$java_home/include/linux" -Wl,-z,noexecstack -Wl,-z,defs "$@"
}
cd "$sources"
compile -Wl,-soname,libcuda.so.1 -o "$work/libcuda.so.1" \
  control.cpp driver.cpp kernels.cpp memory.cpp modules.cpp ptx.cpp scheduler.cpp streams.cpp -ldl
compile -Wl,-soname,libcublas.so.12 -Wl,--version-script=blas.map -o "$work/libcublas.so.12" blas.cpp \
  -L"$work" -l:libcuda.so.1
compile -o "$work/libtoy-kernels.so" toy_kernels.cpp
mkdir -p "$folder"
# Renamed last, so that an interrupted build leaves no half a library.
mv "$work/libtoy-kernels.so" "$toys.new"
mv "$toys.new" "$toys"
mv "$work/libcublas.so.12" "$blas.new"
mv "$blas.new" "$blas"
mv "$work/libcuda.so.1" "$library.new"
mv "$library.new" "$library"
