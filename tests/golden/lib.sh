# For the scripts of this folder: `. lib.sh; begin ECSIM`. POSIX sh.
# shellcheck shell=sh

begin() {
  ecsim=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
  golden=$(cd "$(dirname "$0")" && pwd)
  top=$(cd "$golden/../.." && pwd)
  export ECSIM_DATA="$top"
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
}

case_names() {
  sed -n 's/^\([a-z][a-z_0-9]*\) .*/\1/p' "$golden/cases"
}

# run_case NAME FOLDER [OPTION...]: leave the files of one case in FOLDER. Fails unless the run came to its end.
run_case() {
  case_name=$1 case_folder=$2
  shift 2
  case_words=$(sed -n "s/^$case_name  *//p" "$golden/cases")
  case_status=0
  # shellcheck disable=SC2086  # the scenario and its arguments
  (cd "$top" && "$ecsim" run $case_words "$@" --quiet --out "$case_folder") < /dev/null || case_status=$?
  [ "$case_status" -le 1 ] && return   # 1: an expectation failed, which is an outcome like another
  echo "$case_name: exit status $case_status"
  return 1
}
