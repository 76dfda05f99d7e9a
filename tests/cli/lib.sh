# For the tests of the command line. Each runs in an empty folder of its own: `. lib.sh; begin "$@"`.
# usage of a test: NAME.sh ECSIM SOURCE_ROOT

begin() {
  ecsim=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") source_root=$2
  small=$source_root/tests/cli/small.lua
  ECSIM_DATA=$source_root
  export ECSIM_DATA
  work=$(mktemp -d) || exit 1
  trap 'rm -rf "$work"' EXIT
  cd "$work" || exit 1
}

fail() {
  echo "$0: $*" >&2
  [ -s stdout ] && sed 's/^/  stdout: /' stdout >&2
  [ -s stderr ] && sed 's/^/  stderr: /' stderr >&2
  exit 1
}

# expect STATUS ARGUMENT...: run ecsim; its output is in the files stdout and stderr.
expect() {
  wanted=$1
  shift
  "$ecsim" "$@" > stdout 2> stderr < /dev/null
  status=$?
  [ "$status" -eq "$wanted" ] || fail "ecsim $*: exit status $status, expected $wanted"
}

# says FILE TEXT: the file contains the text.
says() {
  grep -Fq -- "$2" "$1" || fail "expected '$2' in $1"
}

# is_exactly FILE TEXT: the file is this one line.
is_exactly() {
  [ "$(cat "$1")" = "$2" ] || fail "expected $1 to be '$2'"
}

# Nothing half-written: no part in the folder, and no file under a final name but those given.
holds_only() {
  folder=$1
  shift
  [ "$(ls "$folder")" = "$(printf '%s\n' "$@" | LC_ALL=C sort)" ] || fail "$folder holds: $(ls "$folder" | tr '\n' ' ')"
}
