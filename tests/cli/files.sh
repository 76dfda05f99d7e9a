#!/bin/sh
# What a run leaves behind, and what it leaves alone.
. "$(dirname "$0")/lib.sh"
begin "$@"
ours="events.jsonl summary.json tasks.csv timeline.csv"

expect 0 run "$small" --out deep/run
# shellcheck disable=SC2086  # a list
holds_only deep/run $ours
head -n 2 deep/run/summary.json | grep -q '"ecsim"' || fail "the summary does not begin with our name"
[ "$(wc -l < deep/run/timeline.csv)" -eq 61 ] || fail "an hour has 60 rows and a header"
grep -rq "$work\|$(hostname)\|$small" deep/run && fail "a path or the host's name is in the files"

# The same run gives the same bytes, over the old ones, elsewhere, in another language.
cp -r deep/run first
expect 0 run "$small" --out deep/run
mkdir elsewhere
(cd elsewhere && TZ=Asia/Tokyo LC_ALL=de_DE.UTF-8 "$ecsim" run "$small" --quiet --out run) || fail "elsewhere"
for file in $ours; do
  cmp -s "first/$file" "deep/run/$file" || fail "$file differs the second time"
  cmp -s "first/$file" "elsewhere/run/$file" || fail "$file differs elsewhere"
done
expect 0 run "$small" --out other --seed 2
cmp -s first/tasks.csv other/tasks.csv && fail "another seed gives the same tasks"

# Without events: an earlier run's go too, and whoever asks for them is told why.
expect 0 run "$small" --out quiet
expect 0 run "$small" --out quiet --no-events
holds_only quiet summary.json tasks.csv timeline.csv
cmp -s first/timeline.csv quiet/timeline.csv || fail "--no-events changed the timeline"
expect 3 explain quiet
is_exactly stderr "ecsim: there is no 'quiet/events.jsonl': the run was made with --no-events"
expect 0 plot quiet --format term
expect 2 run "$small" --no-events
says stderr "needs --out"

# Files of others stay: nothing of ours is written beside them.
mkdir theirs
echo "time,price" > theirs/timeline.csv
expect 2 run "$small" --out theirs
says stderr "theirs/timeline.csv' is in the way"
holds_only theirs timeline.csv
mkdir notes
echo mine > notes/notes.txt
expect 0 run "$small" --out notes
is_exactly notes/notes.txt mine

# Places that take no files. Root may write into read-only folders, but nobody into these.
: > file
expect 4 run "$small" --out file/run
says stderr "Not a directory"
expect 4 run "$small" --out /proc/self/run
says stderr "/proc/self/run"
if [ "$(id -u)" -ne 0 ]; then
  mkdir locked
  chmod a-w locked
  expect 4 run "$small" --out locked
  says stderr "Permission denied"
fi

# A disk that is full in mid-run: one message, and the earlier run is whole.
(ulimit -f 40 && exec "$ecsim" run "$small" --set hours=200 --out deep/run > stdout 2> stderr)
[ $? -eq 4 ] || fail "a file size limit was not noticed"
[ "$(wc -l < stderr)" -eq 1 ] || fail "expected one message"
says stderr "File too large"
# shellcheck disable=SC2086  # a list
holds_only deep/run $ours
cmp -s first/events.jsonl deep/run/events.jsonl || fail "the earlier run has changed"
(ulimit -f 40 && exec "$ecsim" run "$small" --set hours=200 --out fresh > stdout 2> stderr)
[ ! -e fresh ] || fail "a run that failed left a folder"

# The same on a real device, where mounting one is allowed.
mkdir disk
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=64k none disk 2> /dev/null; then
  trap 'umount "$work/disk"; rm -rf "$work"' EXIT
  expect 4 run "$small" --set hours=200 --out disk/run
  says stderr "No space left on device"
  [ ! -e disk/run ] || fail "a full disk holds a half-written run"
fi
exit 0
