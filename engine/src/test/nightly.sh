#!/bin/sh
# nightly.sh [FIRST [LAST]]: answers of split models for all combinations of SplitAnswersITCase's factors, where the build
# takes every pair. They come in a hundred parts, each with some of everything; without arguments all of them, else one
# or a range. Parts may run beside each other in copies of the project.
set -eu
first=${1:-1}
last=${2:-${1:-100}}
cd "$(dirname "$0")/../../.."
for part in $(seq "$first" "$last"); do
  echo "part $part of 100"
  ./mvnw -q -B -ntp verify -pl engine -am -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false \
    -Dit.test=SplitAnswersITCase -Dfailsafe.failIfNoSpecifiedTests=false "-Dhetegen.nightly=$part/100"
done
