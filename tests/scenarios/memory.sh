#!/bin/sh
# Memory is flat in simulated time: ten weeks take less than 1 MB more than one.
# usage: memory.sh ECSIM SCENARIO PEAK [SHORT LONG]
set -eu
ecsim=$1 scenario=$2 peak=$3
short=${4:-7d} long=${5:-70d}
week=$("$peak" "$ecsim" run "$scenario" --set "duration=$short" --quiet)
weeks=$("$peak" "$ecsim" run "$scenario" --set "duration=$long" --quiet)
echo "peak of $short: $week KB, of $long: $weeks KB"
[ "$week" -gt 0 ] && [ $((weeks - week)) -lt 1024 ]
