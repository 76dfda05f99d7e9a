#!/bin/sh
# usage: style.sh ROOT
# What a compiler cannot check: who may include whom, which calls are banned, what no file may contain.
# Prints path:line: text of each violation; exit status 1 if there is one.
# shellcheck disable=SC2046,SC2086  # lists of words and of paths without blanks
set -u
export LC_ALL=C
cd "$1" || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
found=$scratch/found
code=$scratch/code
: > "$found"

# Layers that each layer may include.
layers_below() {
  case $1 in
    base) echo base ;;
    engine) echo base engine ;;
    model) echo base engine model ;;
    script | output | study) echo base engine model "$1" ;;
    cli) echo base engine model script output study cli ;;
  esac
}

# violations RULE: print the lines of stdin under the name of the rule, and remember that there were some.
violations() {
  sed "s|\$|    <- $1|" | tee -a "$found"
}

# The code of the named files as path:line: text, without comments and without the content of strings.
strip() {
  awk '
    FNR == 1 { comment = 0 }
    {
      line = $0
      text = ""
      while (line != "") {
        if (comment) {
          end = index(line, "*/")
          line = end ? substr(line, end + 2) : ""
          comment = !end
        } else if (match(line, /^"([^"\\]|\\.)*"|^'\''([^'\''\\]|\\.)*'\''/)) {
          text = text "\"\""
          line = substr(line, RLENGTH + 1)
        } else if (substr(line, 1, 2) == "/*") {
          comment = 1
          line = substr(line, 3)
        } else {
          text = text substr(line, 1, 1)
          line = substr(line, 2)
        }
      }
      if (text ~ /[^ ]/) print FILENAME ":" FNR ": " text
    }' "$@"
}

# banned_calls RULE PATTERN LAYER...
banned_calls() {
  rule=$1 pattern=$2
  shift 2
  layers=$(echo "$@" | tr ' ' '|')
  grep -E "^sim/($layers)/[^:]*:[0-9]+:.*[^A-Za-z0-9_>.]($pattern)[(]" "$code" | violations "$rule"
}

all="base engine model script output study cli"
sources=$(find sim -name '*.[ch]' | sort)
strip $sources > "$code"

for layer in $all; do
  allowed=$(layers_below "$layer" | tr ' ' '|')
  grep -En '^ *# *include *"' $sources | grep "^sim/$layer/" | grep -Ev "\"($allowed)/" |
    violations "$layer may include $(layers_below "$layer")"
done
grep -En '^ *# *include *<(lua|lauxlib|lualib)' $sources | grep -v '^sim/script/' |
  violations "only sim/script knows Lua"

banned_calls "unbounded or unsafe" \
  'strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|atoi|atol|atof|tmpnam|mktemp' $all
banned_calls "the same seed gives the same bytes" \
  's?rand|s?random|drand48|time|gettimeofday|clock|gmtime|localtime|mktime|strftime|setlocale' $all
banned_calls "only cli and script see a clock" 'clock_gettime' base engine model output study
banned_calls "only cli reads the environment" 'getenv|secure_getenv' \
  base engine model script output study
banned_calls "assertions stay on: CHECK" 'assert' $all
banned_calls "results go where the caller says" 'printf|vprintf|puts|putchar|perror' \
  engine model script output study
banned_calls "no files below output" 'fprintf|vfprintf|fputs|fputc|putc|fwrite' \
  engine model script study
banned_calls "only cli ends the program" 'exit|_exit|_Exit|abort|quick_exit' \
  engine model script output study
grep -Ev '^sim/base/(check|mem)[.]c:' "$code" |
  grep -E '^sim/base/.*[^A-Za-z0-9_](f?printf|f?puts|putchar|perror|exit|abort)[(]' |
  violations "only the last words of check.c and mem.c are printed"

texts=$(find meson.build README.md sim scenarios scripts plots tests .ci \
  -type f ! -name '*.png' ! -name '*.svg' ! -name '*.gz' 2>/dev/null | sort)
# absent PATTERN RULE
absent() {
  grep -IEn "$1" $texts /dev/null | violations "$2"
}
absent "$(printf '\t')" "no tabs"
absent ' $' "no trailing blanks"
absent '(^|[^A-Za-z0-9_./-])/(home|tmp|work|root|Users)(/|[^A-Za-z0-9_]|$)' "no path of one machine"
absent '(TO)DO|(FIX)ME|(^|[^X])(XX)X([^X]|$)' "no unfinished business"   # six of them are a template of mkstemp

[ ! -s "$found" ]
