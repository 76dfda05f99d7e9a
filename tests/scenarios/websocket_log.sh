#!/bin/sh
# PROT-73: the log lines of AWS's WebSocket sample come in its order, and each call to the endpoint takes 20 to 50 ms.
# usage: websocket_log.sh ECSIM SCENARIO
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
"$1" run "$2" --set mode=demo --quiet --out "$work/run" || exit 1
sed -n 's/^{"time_s": \([0-9.]*\), "kind": "log", .*"text": "\(.*\)"}$/\1 \2/p' "$work/run/events.jsonl" > "$work/log"
cut -d ' ' -f 2- "$work/log" | uniq > "$work/lines"
cat > "$work/expected" <<'LINES'
connection opened
protection acquired
ping ..
connection closed
zero connections
protection released
LINES
diff "$work/expected" "$work/lines" || { cat "$work/log"; exit 1; }
awk '
    / protection (acquired|released)$/ {
        called = 1000 * ($1 - last)
        if (called < 20 || called > 50) { print "a call to the endpoint took " called " ms: " $0; failed = 1 }
    }
    { last = $1 }
    END { exit failed }' "$work/log"
