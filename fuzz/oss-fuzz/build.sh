#!/bin/bash -eu
# fuzz/oss-fuzz/build.sh [NAME…]: builds the targets of fuzz/targets, all where none is named, in the way of OSS-Fuzz:
# reads CC, CXX, CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE, SRC, WORK; writes OUT/fuzz_NAME, its .dict and .options, and
# fuzz_NAME_seed_corpus.zip. The sources are SRC/halley, or where this file is. SEEDS names a folder that fuzz/seeds/make
# made; without it the program is built, too, to make them. See fuzz/README.md.
set -o pipefail
: "${CC:?}" "${CXX:?}" "${CXXFLAGS?}" "${LIB_FUZZING_ENGINE:?}" "${OUT:?}" "${WORK:?}"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if [[ -n ${SRC:-} && -f $SRC/halley/fuzz/oss-fuzz/build.sh ]]; then here=$SRC/halley; fi
names=("$@")
if ((${#names[@]} == 0)); then
  for file in "$here"/fuzz/targets/*.cpp; do
    name=$(basename "$file" .cpp)
    if [[ $name != always_fails ]]; then names+=("$name"); fi
  done
fi
mkdir -p "$OUT" "$WORK"

cmake -S "$here" -B "$WORK/halley" -G Ninja -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
  -DCMAKE_C_FLAGS="${CFLAGS:-}" -DCMAKE_CXX_FLAGS="$CXXFLAGS" -DHALLEY_TESTS=OFF -DHALLEY_FUZZERS=ON \
  -DHALLEY_FUZZING_ENGINE="$LIB_FUZZING_ENGINE"
cmake --build "$WORK/halley" --target "${names[@]/#/fuzz_}"

seeds=${SEEDS:-}
if [[ -z $seeds ]]; then
  seeds=$WORK/seeds
  cmake --build "$WORK/halley" --target halley fuzz_seeds
  "$here/fuzz/seeds/make" "$WORK/halley/halley" "$WORK/halley/harness/fuzz_seeds" "$seeds"
fi
for name in "${names[@]}"; do
  cp "$WORK/halley/harness/fuzz_$name" "$OUT/"
  for kind in dict options; do
    if [[ -f $here/fuzz/targets/$name.$kind ]]; then cp "$here/fuzz/targets/$name.$kind" "$OUT/fuzz_$name.$kind"; fi
  done
  if [[ -d $seeds/$name ]]; then
    (cd "$seeds/$name" && cmake -E tar cf "$OUT/fuzz_${name}_seed_corpus.zip" --format=zip .)
  fi
done
