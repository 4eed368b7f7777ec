/**
 * What stays behind when the gateway is killed: a shell that reads commands from a pipe only the gateway holds open, and that
 * ends the family of the gateway's children when the pipe closes. It costs one idle shell per stdio server and no native code.
 *
 * Arguments: the owner variable's name and value. Input lines: `add PID`, `drop PID`, `quit`.
 * It must not carry the owner variable itself, and it ignores the signals that a terminal sends to everybody.
 * Without /proc it knows the process groups only.
 * Fields after the name in /proc/PID/stat are state, parent, group, session; a name may contain `) `, hence the longest match.
 */
export const GUARDIAN_SCRIPT = String.raw`
trap '' HUP INT TERM PIPE
mark="$1=$2"
leaders=" "
while read -r word pid; do
  case $word in
    add) leaders="$leaders$pid " ;;
    drop) case $leaders in *" $pid "*) leaders="${'$'}{leaders%% $pid *} ${'$'}{leaders#* $pid }" ;; esac ;;
    quit) exit 0 ;;
  esac
done
collect() {
  found=" "
  for file in $(grep -lsF "$mark" /proc/[0-9]*/environ 2>/dev/null); do
    file=${'$'}{file#/proc/}
    found="$found${'$'}{file%/environ} "
  done
  grew=1
  while [ "$grew" = 1 ]; do
    grew=0
    for file in /proc/[0-9]*/stat; do
      { read -r line < "$file"; } 2>/dev/null || continue
      pid=${'$'}{line%% *}
      case $found in *" $pid "*) continue ;; esac
      [ "$pid" = $$ ] && continue
      set -- ${'$'}{line##*) }
      case $1 in Z|X) continue ;; esac
      case $leaders in *" $3 "*|*" $4 "*) found="$found$pid "; grew=1; continue ;; esac
      case $found in *" $2 "*) found="$found$pid "; grew=1 ;; esac
    done
  done
  [ -d /proc/self ] || for leader in $leaders; do kill -s 0 -- "-$leader" 2>/dev/null && found="$found-$leader "; done
}
clean=0
round=0
while [ $round -lt 40 ] && [ $clean -lt 3 ]; do
  collect
  if [ "$found" = " " ]; then clean=$((clean + 1)); else clean=0; fi
  signal=KILL
  [ $round -lt 3 ] && signal=TERM
  for pid in $found; do kill -s $signal -- "$pid" 2>/dev/null; done
  sleep 0.25
  round=$((round + 1))
done
`
