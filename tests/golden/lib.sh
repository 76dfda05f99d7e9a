# For the scripts of this folder, which set $ecsim, $golden and $top. POSIX sh.
# shellcheck shell=sh

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
