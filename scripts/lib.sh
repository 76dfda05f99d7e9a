# Shared by the scripts of this folder, which source it from the top of the checkout. POSIX sh.
# shellcheck shell=sh disable=SC2034

# What building ecsim takes on Debian 12, and what a picture takes.
build_packages="gcc libc6-dev meson ninja-build pkgconf liblua5.4-dev libgsl-dev libcjson-dev"
plot_packages="gnuplot-nox"

# GLIBC_TUNABLES for the mathematics of a processor without fused multiply-add, whose last digits differ.
without_fma=glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4

# ASAN_OPTIONS and UBSAN_OPTIONS: what a sanitizer finds ends the program with a status that means nothing else, since 1
# says that an expectation failed.
address_sanitizer=detect_stack_use_after_return=1:exitcode=99
undefined_sanitizer=halt_on_error=1:print_stacktrace=1:exitcode=99

say() {
  printf '%s\n' "$*" | fold -s -w 78
}

# quietly COMMAND...: its output is shown only if it fails.
quietly() {
  quietly_log=$(mktemp)
  quietly_status=0
  "$@" > "$quietly_log" 2>&1 || quietly_status=$?
  if [ "$quietly_status" -ne 0 ]; then
    tail -n 60 "$quietly_log" >&2
  fi
  rm -f "$quietly_log"
  return "$quietly_status"
}

can_be_root() {
  [ "$(id -u)" -eq 0 ] ||
    { command -v sudo > /dev/null && { sudo -n true 2> /dev/null || [ -t 0 ]; }; }
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# install_packages PACKAGE...: as root or through sudo; fails if neither is possible.
install_packages() {
  command -v apt-get > /dev/null && can_be_root || return 1
  say "installing $*"
  quietly as_root apt-get update &&
    quietly as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "$@"
}

# need_packages PACKAGE...: install what is missing, or name it and exit with status 2.
need_packages() {
  missing=
  for package in "$@"; do
    case $(dpkg-query -W -f '${Status}' "$package" 2> /dev/null) in
      *" installed") ;;
      *) missing="$missing $package" ;;
    esac
  done
  # shellcheck disable=SC2086  # a list of names
  if [ -n "$missing" ] && ! install_packages $missing; then
    say "these Debian 12 packages are missing:$missing" >&2
    echo "install them with:" >&2
    echo "  sudo apt-get install --no-install-recommends$missing" >&2
    exit 2
  fi
}

# configure FOLDER OPTION...: a build folder with these options, unless it is there already.
configure() {
  folder=$1
  shift
  [ -f "$folder/build.ninja" ] || quietly meson setup "$folder" "$@"
}

# run_tests FOLDER: run the tests of a build folder and add their results to $passed and $failed. Fails if a test failed
# or none ran. Time-outs find what hangs, not what is slow: hence their multiplier.
run_tests() {
  folder=$1
  results=$folder/meson-logs/testlog.json
  rm -f "$results"
  meson test -C "$folder" --no-rebuild --print-errorlogs --timeout-multiplier 5 || true
  if ! [ -s "$results" ]; then
    failed=$((failed + 1))
    return 1
  fi
  good=$(grep -c '"result": "\(OK\|EXPECTEDFAIL\)"' "$results" || true)
  skipped=$(grep -c '"result": "SKIP"' "$results" || true)
  all=$(grep -c '"result": "' "$results" || true)
  bad=$((all - good - skipped))
  passed=$((passed + good))
  failed=$((failed + bad))
  if [ "$skipped" -gt 0 ]; then
    echo "$skipped skipped:"
    sed -n 's/.*"name": "\([^"]*\)".*"result": "SKIP".*/  \1/p' "$results"
  fi
  [ "$good" -gt 0 ] && [ "$bad" -eq 0 ]
}
