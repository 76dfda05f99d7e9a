#!/bin/sh
# usage: style_test.sh STYLE_SH
# Each kind of violation, planted alone in a clean tree, is found; the clean tree passes.
set -eu
style=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

mkdir -p "$tree/sim/base" "$tree/sim/engine" "$tree/sim/model" "$tree/sim/script" "$tree/sim/output" \
  "$tree/sim/study" "$tree/sim/cli"
printf '%s\n' '#include "base/a.h"' '/* printf(time) and strcpy(x) in a comment' ' * exit(1) */' \
  'const char *s = "rand()"; int mid_time(int x); int y = p->time(3);' 'char name[] = "run.XXXXXX";' > "$tree/sim/engine/clean.c"
sh "$style" "$tree" || { echo "FAILED: a clean tree is refused"; failed=1; }

# planted PATH TEXT: the text alone in that file is a violation.
planted() {
  printf '%b\n' "$2" > "$tree/$1"
  if output=$(sh "$style" "$tree"); then
    echo "FAILED: not found in $1: $2"
    failed=1
  elif ! echo "$output" | grep -q "^$1:"; then
    echo "FAILED: found elsewhere than in $1: $output"
    failed=1
  fi
  rm "$tree/$1"
}

planted sim/base/x.h '#include "engine/sim.h"'
planted sim/engine/x.c '#include "model/task.h"'
planted sim/engine/x.c '#include "clean.h"'
planted sim/model/x.c '#include "script/scenario.h"'
planted sim/script/x.c '#include "output/summary.h"'
planted sim/output/x.c '#include "study/trial.h"'
planted sim/study/x.c '#include "script/scenario.h"'
planted sim/study/x.c '#include "cli/args.h"'
planted sim/model/x.c '#include <lua.h>'
planted sim/cli/x.c '#include <lauxlib.h>'
planted sim/cli/x.c 'void f(void) { strcpy(a, b); }'
planted sim/cli/x.c '    sprintf(a, "%d", b);'
planted sim/model/x.c '    int a = rand();'
planted sim/cli/x.c '    time_t t = time(NULL);'
planted sim/cli/x.c '    setlocale(LC_ALL, "");'
planted sim/study/x.c '    clock_gettime(CLOCK_MONOTONIC, &t);'
planted sim/script/x.c '    getenv("HOME");'
planted sim/engine/x.c '    assert(a);'
planted sim/output/x.c '    printf("x");'
planted sim/model/x.c '    fprintf(stderr, "x");'
planted sim/base/x.c '    fprintf(stderr, "x");'
planted sim/script/x.c '    exit(1);'
planted sim/base/x.c '    abort();'
planted sim/cli/x.c '/* comment */ int a = rand();'
planted sim/cli/x.c 'int a;\tint b;'
planted sim/cli/x.c 'int a; '
planted sim/cli/x.c '/* see /ho''me/somebody/notes */'
planted sim/cli/x.c '/* TO''DO: later */'
planted sim/cli/x.c '/* XX''X */'
exit $failed
