#!/bin/sh
# Compiles the native kernels: build.sh SOURCES JAVA_HOME CLASSES. Without a C compiler there are none, and the engine
# computes with its Java kernels.
set -eu
sources=$1
java_home=$2
folder=$3/io/hetegen/engine/kernel/linux-amd64
library=$folder/libhetegen.so
cc=${CC:-cc}

without() {
  rm -f "$library"
  echo "[WARNING] Native kernels are not built: $1. The engine will use its Java kernels, which give the same answers" \
    "more slowly." >&2
  exit 0
}

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || without "they are written for Linux on x86-64"
command -v "$cc" > /dev/null || without "there is no C compiler '$cc'; install gcc or set CC"
[ -f "$java_home/include/jni.h" ] || without "$java_home/include/jni.h is missing; JAVA_HOME must be a full JDK"
if [ -f "$library" ] && [ -z "$(find "$sources" -type f -newer "$library")" ]; then
  exit 0
fi

objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
compile() {
  file=$1
  shift
  "$cc" -std=c11 -O3 -Wall -Wextra -fPIC -fvisibility=hidden -ffp-contract=off -fno-math-errno \
    -I"$java_home/include" -I"$java_home/include/linux" "$@" -c "$sources/$file.c" -o "$objects/$file.o"
}
avx2='-mavx2 -mfma -mf16c'
for part in bridge bridge_linear bridge_elementwise bridge_attention bridge_memory bridge_pack; do
  compile $part
done
# shellcheck disable=SC2086
compile kernels_avx2 $avx2
# shellcheck disable=SC2086
compile kernels_avx512 $avx2 -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni
mkdir -p "$folder"
"$cc" -shared -Wl,-z,noexecstack -Wl,-z,defs -o "$objects/libhetegen.so" "$objects"/*.o
# Renamed last, so that an interrupted build leaves no half a library.
mv "$objects/libhetegen.so" "$library.new"
mv "$library.new" "$library"
