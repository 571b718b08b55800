# Sourced by measurements that time runs of the program; not one itself.

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# timed_run NAME LIMIT OPTION…: plays with the options and prints wall time against the LIMIT, in seconds on two idle
# cores, processor time and instances a second. What a target does wrong is its own affair here.
timed_run() {
  local name=$1 limit=$2 started wall
  shift 2
  started=$(date +%s%N)
  TIMEFORMAT='%U %S'
  { time build/release/halley run --out "$out/$name" -q "$@" >"$out/$name.txt" || true; } 2>"$out/$name.time"
  wall=$((($(date +%s%N) - started) / 1000000))
  awk -v name="$name" -v wall="$wall" -v limit="$limit" -v played="$(grep -cF '"ev":"instance.end"' "$out/$name/events.jsonl")" '
    { printf "%s: %d instances in %.1f s wall = %.2f of the limit of %d s, %.1f s of processor time (Halley%s), %.0f a second\n",
        name, played, wall / 1000, wall / 1000 / limit, limit, $1 + $2,
        name == "gateway" ? " and the gateway" : "", 1000 * played / wall }' <(tail -n 1 "$out/$name.time")
  tail -n 1 "$out/$name.txt"
}

# timed_target NAME LIMIT OPTION…: the same against a target, where it is installed.
timed_target() {
  local name=$1
  if ci/targets check "$name" >/dev/null; then
    timed_run "$@" --target "$name"
  else
    echo "$name: not installed; ci/targets install $name"
  fi
}
