#!/bin/sh
# EX-P27, PROT-29, PROT-69: the log lines of AWS's sample come in its order, and the calls between them take as long as they
# were seen to take: 20 to 50 ms each.
# usage: sample_log.sh ECSIM SCENARIO
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
"$1" run "$2" --quiet --out "$work/run" || exit 1
sed -n 's/^{"time_s": \([0-9.]*\), "kind": "log", .*"text": "\([A-Za-z ]*\).*"}$/\1 \2/p' "$work/run/events.jsonl" | awk '
    function fail(text) { print "line " NR ": " text ": " $0; failed = 1; exit 1 }
    BEGIN {
        after["Acquiring task protection"] = "Long polling for messages"
        after["Received message"] = "Done with message"
        after["Done with message"] = "Releasing task protection"
        after["Releasing task protection"] = "Task protection released"
        after["Task protection released"] = "Acquiring task protection"
    }
    {
        time = $1
        line = substr($0, index($0, " ") + 1)
        if (NR == 1 && line != "Acquiring task protection") fail("the worker does not begin by acquiring protection")
        if (NR > 1 && (before in after) && line != after[before]) fail("expected " after[before])
        if (before == "Long polling for messages" && line != "Received message" && line != "Releasing task protection")
            fail("a poll ends with a message or a release")
        gap = 1000 * (time - last)
        called = line == "Long polling for messages" || line == "Task protection released"
        if (called && (gap < 20 || gap > 50)) fail("a call to the endpoint took " gap " ms")
        if (line == "Done with message") { done++; if (gap < 359999 || gap > 360100) fail("the job took " gap " ms") }
        before = line
        last = time
    }
    END {
        if (failed) exit 1
        if (done != 1) { print done + 0 " jobs done, expected 1"; exit 1 }
    }'
