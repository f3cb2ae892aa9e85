#!/bin/sh
# Checks the kernels of an instruction set that this machine need not have, emulated: check.sh SET CASES WORK, with
# the file of cases of CrossKernelsITCase and a folder to work in. Ends with 77 after saying what is missing.
set -eu
set_name=$1
cases=$2
work=$3
here=$(dirname "$0")
sources=$here/../../main/native
# shellcheck source=../../main/native/flags.sh
. "$sources/flags.sh"

skip() {
  echo "$1"
  exit 77
}
need() {
  command -v "$1" > /dev/null || skip "there is no $1; install the package $2"
}

emulation=
emulator=
case $set_name-$(uname -m) in
  neon-aarch64)
    compiler=${CC:-cc}
    flags=$(flags_of_set neon)
    ;;
  neon-*)
    compiler=aarch64-linux-gnu-gcc emulator=qemu-aarch64
    need "$compiler" gcc-aarch64-linux-gnu
    need "$emulator" qemu-user
    [ -f "$("$compiler" -print-file-name=libc.a)" ] || skip "there is no libc for aarch64; install libc6-dev-arm64-cross"
    # The emulator then needs no libraries of the other architecture.
    flags="$(flags_of_set neon) -static"
    ;;
  avx512-x86_64)
    compiler=${CC:-cc}
    grep -qw avx2 /proc/cpuinfo || skip "AVX-512 is emulated with AVX2, which this CPU does not have"
    flags=$(flags_of_set avx2)
    emulation=-I$here/emulated_avx512
    ;;
  *) skip "$set_name is not emulated on $(uname -m)" ;;
esac
need "$compiler" gcc

# Unrolled loops give the same bits and take many times as long to compile.
mkdir "$work/sources"
for file in "$sources"/*.[ch]; do
  sed '/^#pragma GCC unroll/d' "$file" > "$work/sources/${file##*/}"
done
# shellcheck disable=SC2086
"$compiler" $common_flags -O1 $flags $emulation -I"$work/sources" -DKERNELS=kernels_"$set_name" \
  "$here/check_kernels.c" "$work/sources/kernels_$set_name.c" -o "$work/check_kernels"
# shellcheck disable=SC2086
exec $emulator "$work/check_kernels" "$cases"
