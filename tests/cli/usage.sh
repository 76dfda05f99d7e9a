#!/bin/sh
# Words that the program does not know, and help on those that it knows.
. "$(dirname "$0")/lib.sh"
begin "$@"

expect 2
is_exactly stderr "ecsim: no command; 'ecsim help' lists them"
expect 2 rum
is_exactly stderr "ecsim: unknown command 'rum', did you mean 'run'?"
expect 2 run small --sed 3
is_exactly stderr "ecsim: unknown option '--sed', did you mean '--seed'?"
expect 2 run
is_exactly stderr "ecsim: something is missing: ecsim run SCENARIO"
expect 2 run a b
is_exactly stderr "ecsim: 'b' is one word too many: 'ecsim help run' shows what it takes"
expect 2 run "$small" --seed
is_exactly stderr "ecsim: --seed needs a value: --seed N"
expect 2 run "$small" --seed -1
is_exactly stderr "ecsim: --seed '-1': expected a whole number below 2^64, or random"
expect 2 run "$small" --seed 18446744073709551616
expect 2 run "$small" --seed 1 --seed 2
is_exactly stderr "ecsim: --seed is given twice"
expect 2 run "$small" --quiet=yes
is_exactly stderr "ecsim: --quiet takes no value"
expect 2 run "$small" --set rate
is_exactly stderr "ecsim: --set 'rate': expected NAME=VALUE"
expect 2 run "$small" --format png
is_exactly stderr "ecsim: --format says how to draw and needs --plot"
expect 2 run "$small" --plot --format gif
is_exactly stderr "ecsim: --format 'gif': expected svg, png or term"
expect 2 run "$small" -q
is_exactly stderr "ecsim: unknown option '-q': options have two dashes"
expect 2 assumptions --seed 3
is_exactly stderr "ecsim: 'ecsim assumptions' has no option --seed"
[ "$(ls)" = "$(printf 'stderr\nstdout')" ] || fail "wrong usage left files: $(ls)"

# Options on either side of the verb, values after a blank or "=".
expect 0 --seed=7 --quiet run "$small"
[ ! -s stdout ] || fail "--quiet printed something"
expect 0 run --seed 7 "$small"
says stdout "seed 7"

expect 0 --version
grep -Eq '^ecsim [0-9]+\.[0-9]+\.[0-9]+$' stdout || fail "no version"
expect 0 help
cp stdout overview
expect 0 --help
cmp -s overview stdout || fail "--help and help differ"
expect 0 -h
cmp -s overview stdout || fail "-h and help differ"
for verb in assumptions explain help params plot run; do
  says overview "  $verb "
  expect 0 help $verb
  says stdout "usage: ecsim $verb"
  cp stdout told
  expect 0 $verb --help
  cmp -s told stdout || fail "help $verb and $verb --help differ"
  expect 0 $verb -h
  cmp -s told stdout || fail "help $verb and $verb -h differ"
  # The manual has the same options.
  "$ecsim" help man | awk -v verb="$verb" '
    /^\.S[HS]/ { within = $2 == "\"ecsim" && $3 ~ "^" verb "\"?$" }
    within && /^\.B \\-\\-/ { print substr($2, 5) }' > in_manual
  sed -n 's/^  --\([a-z-]*\).*/\1/p' told > in_help
  cmp -s in_manual in_help || fail "help and manual differ in the options of $verb"
done
for verb in sweep compare check report; do
  expect 2 $verb
done
expect 2 help rn
is_exactly stderr "ecsim: no help on 'rn', did you mean 'run'?"

# Results that cannot be printed are a failure.
"$ecsim" assumptions > /dev/full 2> stderr
[ $? -eq 4 ] || fail "a full device was not noticed"
says stderr "No space left on device"
"$ecsim" help > /dev/full 2> stderr
[ $? -eq 4 ] || fail "a full device was not noticed by help"
exit 0
