#!/bin/sh
# usage: globals.sh LIBRARY...
# Runs share nothing: no library has a variable outside of the stack and the heap, but for thread-locals.
set -eu
[ $# -gt 0 ]
found=$(objdump -t "$@" | awk '
  / file format / { file = $1 }
  / O ([.]data|[.]bss|[*]COM[*])/ && !/[.]data[.]rel[.]ro/ { print file " " $NF }')
[ -z "$found" ] || { echo "variables that outlive a run: $found"; exit 1; }
