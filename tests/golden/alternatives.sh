#!/bin/sh
# Each assumption of the ledger, set to each of its alternatives, changes at least one golden result; otherwise nothing
# in the model reads it. What counts is the output beyond the mere list of changed assumptions in summary.json.
# usage: alternatives.sh ECSIM
# shellcheck disable=SC1091,SC2154  # lib.sh and its variables
set -eu
. "$(dirname "$0")/lib.sh"
begin "$1"

# The ledger as lines NAME<tab>VALUE: every alternative, every other choice, and another number where the number is free.
settings() {
  "$ecsim" assumptions --json | awk '
    function field(name,   rest) {
      if (!match($0, "\"" name "\": (\"[^\"]*\"|null)")) return ""
      rest = substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4)
      gsub(/"/, "", rest)
      return rest == "null" ? "" : rest
    }
    function offer(value) {
      if (value != "" && value != default_value && !((name, value) in offered)) print name "\t" value
      offered[name, value] = 1
    }
    /"assumptions": \[/ { inside = 1; next }
    inside && /^ *\]/ { inside = 0 }
    inside && /"name": / {
      name = field("name")
      default_value = field("value")
      count = split(field("alternatives"), alternatives, "|")
      for (i = 1; i <= count; i++) offer(alternatives[i])
      others = split(field("choices"), choices, " ")
      for (i = 1; i <= others; i++) offer(choices[i])
      if (count + others == 0) print name "\tfree " default_value
    }'
}

# legal NAME VALUE: the ledger takes it.
legal() {
  "$ecsim" run "$top/scenarios/scale_to_zero_demo.lua" --assume "$1=$2" --quiet > "$scratch/said" 2>&1 < /dev/null
  [ $? -le 1 ]
}

# other_number NAME VALUE: the double, or the half where the double is out of bounds.
other_number() {
  for factor in 2 0.5; do
    number=$(awk "BEGIN { print $2 * $factor }")
    if legal "$1" "$number"; then
      echo "$number"
      return
    fi
  done
  echo "$1: neither twice nor half of $2 is legal" >&2
  return 1
}

# The summary without its list of changed assumptions.
plain_summary() {
  awk '
    /^  "assumptions": \[/ { skip = !/\]/; next }
    skip { skip = !/^  \]/; next }
    { print }' "$1/summary.json"
}

# differs ONE OTHER: the two folders hold different results.
differs() {
  for file in timeline.csv events.jsonl tasks.csv; do
    cmp -s "$1/$file" "$2/$file" || return 0
  done
  plain_summary "$1" > "$scratch/one"
  plain_summary "$2" > "$scratch/other"
  ! cmp -s "$scratch/one" "$scratch/other"
}

# changed_case NAME=VALUE: print the first case whose results it changes.
changed_case() {
  for candidate in $cases; do
    run_case "$candidate" "$scratch/changed" --assume "$1" >&2 || return 2
    if differs "$scratch/$candidate" "$scratch/changed"; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

cases=$(case_names)
for candidate in $cases; do
  run_case "$candidate" "$scratch/$candidate"
done

settings > "$scratch/settings"
[ -s "$scratch/settings" ] || { echo "the ledger is empty"; exit 1; }
checked=0
unread=0
tab=$(printf '\t')
while IFS=$tab read -r name value; do
  case $value in
    "free "*) value=$(other_number "$name" "${value#free }") ;;
  esac
  found=$(changed_case "$name=$value" || true)
  checked=$((checked + 1))
  if [ -n "$found" ]; then
    echo "$name=$value changes $found"
  else
    echo "$name=$value CHANGES NOTHING: no golden case shows it, or nothing reads it"
    unread=$((unread + 1))
  fi
done < "$scratch/settings"
echo "$checked settings, $unread without effect"
[ "$unread" -eq 0 ]
