#!/bin/sh
# Sets up llama.cpp for side-by-side runs: the libraries that npm's node-llama-cpp carries, built by its authors for
# every kind of CPU, and beside them llama-bench and a small program that prints logits, built here from the sources
# of the same release, which lie in the same package. Re-runnable.
#
#   setup.sh DIR [VERSION]      VERSION of node-llama-cpp; without it the newest
#
# Needs npm, git, cc and c++. DIR/llama.cpp is what side-by-side takes.
set -eu

[ $# -ge 1 ] && [ $# -le 2 ] || { echo "usage: setup.sh DIR [VERSION]" >&2; exit 2; }
for tool in npm git cc c++; do
  command -v "$tool" >/dev/null || { echo "setup.sh: $tool is needed and not there" >&2; exit 1; }
done
case $(uname -s)-$(uname -m) in
  Linux-x86_64) platform=linux-x64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  *) echo "setup.sh: Linux on x86-64 or aarch64 is needed, this is $(uname -s) on $(uname -m)" >&2; exit 1 ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
version=${2:-$(npm view node-llama-cpp version)}

mkdir -p "$dir/npm"
cd "$dir/npm"
[ -f package.json ] || echo '{"private":true}' >package.json
npm install --silent --no-fund --no-audit --ignore-scripts --omit=optional \
  "node-llama-cpp@$version" "@node-llama-cpp/$platform@$version"
package=$dir/npm/node_modules/node-llama-cpp

rm -rf "$dir/source" "$dir/llama.cpp"
git -c advice.detachedHead=false clone -q --depth 1 "$package/llama/gitRelease.bundle" "$dir/source"
cp -R "$dir/npm/node_modules/@node-llama-cpp/$platform/bins/$platform" "$dir/llama.cpp"
cd "$dir/llama.cpp"

# The programs lie with the libraries: llama.cpp looks for those of its kinds of CPU beside the program that runs.
libraries=$(ls libllama*.so* libggml.*so* libggml-base*.so*)
link() {
  program=$1
  shift
  # shellcheck disable=SC2086  # one word for each library
  "$@" $libraries "-Wl,-rpath,\$ORIGIN" -Wl,--allow-shlib-undefined -o "$program"
}
link llama-bench c++ -O2 -DNDEBUG -std=c++17 -I"$dir/source/common" -I"$dir/source/include" -I"$dir/source/ggml/include" \
  -I"$dir/source/vendor" "$dir"/source/tools/llama-bench/*.cpp
link llama-logits cc -O2 -Wall -Wextra -std=c11 -I"$dir/source/include" -I"$dir/source/ggml/include" "$here/logits.c" -lm

release=$(sed -n 's/.*"tag": *"\([^"]*\)".*/\1/p' "$package/llama/llama.cpp.info.json")
echo "llama.cpp $release (node-llama-cpp $version)" | tee version
