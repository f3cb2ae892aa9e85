#!/bin/sh
# Compiles the native kernels: build.sh SOURCES JAVA_HOME CLASSES, for the machine that the compiler compiles for.
# Without a C compiler there are none, and the engine computes with its Java kernels.
set -eu
sources=$1
java_home=$2
kernel_classes=$3/io/hetegen/engine/kernel
cc=${CC:-cc}
# shellcheck source=flags.sh
. "$sources/flags.sh"

without() {
  echo "[WARNING] Native kernels are not built: $1. The engine will use its Java kernels, which give the same answers" \
    "more slowly." >&2
  rm -f "$kernel_classes"/linux-*/libhetegen.so
  exit 0
}

command -v "$cc" > /dev/null || without "there is no C compiler '$cc'; install gcc or set CC"
machine=$("$cc" -dumpmachine)
case $machine in
  # The folder has the name that os.arch has for the JVM.
  x86_64-*linux*) folder=$kernel_classes/linux-amd64 sets='avx2 avx512' ;;
  aarch64-*linux*) folder=$kernel_classes/linux-aarch64 sets=neon ;;
  *) without "they are written for Linux on x86-64 and aarch64, '$cc' compiles for $machine" ;;
esac
[ -f "$java_home/include/jni.h" ] || without "$java_home/include/jni.h is missing; JAVA_HOME must be a full JDK"
library=$folder/libhetegen.so
if [ -f "$library" ] && [ -z "$(find "$sources" -type f -newer "$library")" ]; then
  exit 0
fi

objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
compile() {
  file=$1
  shift
  # shellcheck disable=SC2086
  "$cc" $common_flags -fPIC -fvisibility=hidden -I"$java_home/include" -I"$java_home/include/linux" "$@" \
    -c "$sources/$file.c" -o "$objects/$file.o"
}
# The kernels take most of the time: all at once.
running=
for set in $sets; do
  # shellcheck disable=SC2046
  compile kernels_"$set" $(flags_of_set "$set") &
  running="$running $!"
done
for part in kernel_sets bridge bridge_linear bridge_elementwise bridge_attention bridge_memory bridge_pack; do
  compile $part
done
for process in $running; do
  wait "$process"
done
mkdir -p "$folder"
"$cc" -shared -Wl,-z,noexecstack -Wl,-z,defs -o "$objects/libhetegen.so" "$objects"/*.o
# Renamed last, so that an interrupted build leaves no half a library.
mv "$objects/libhetegen.so" "$library.new"
mv "$library.new" "$library"
