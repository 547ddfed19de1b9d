/** How the shell completions choose among their words: plain shell, the same for every shell. */

/**
 * `_ipsecctl_candidates PROGRAM WORD... CURRENT` prints what CURRENT may become, one a line. To be
 * called in a subshell: it sets variables and options as it likes.
 */
export const shellCandidates = `# Of the words after the first, the one that the first is or alone begins.
_ipsecctl_one() {
  wanted=$1 found= others=
  [ -n "$wanted" ] || return 0
  shift
  for each; do
    case $each in
      "$wanted") echo "$each"; return ;;
      "$wanted"*) [ -z "$found" ] || others=yes; found=$each ;;
    esac
  done
  [ -n "$others" ] || echo "$found"
}

# Goes on from $node by a word of a path; afterwards $command is set if the word ends with one.
_ipsecctl_walk() {
  rest=$1
  case $rest in /*) [ -n "$started" ] || node= ;; esac
  started=yes
  while [ -n "$rest" ]; do
    part=\${rest%%/*}
    case $rest in */*) rest=\${rest#*/} ;; *) rest= ;; esac
    case $part in
      '') ;;
      ..) case $node in *' '*) node=\${node% *} ;; *) node= ;; esac ;;
      *)
        menu=$(_ipsecctl_one "$part" $(_ipsecctl_menus "$node") $(_ipsecctl_commands "$node"))
        [ -n "$menu" ] || return 1
        case " $(_ipsecctl_menus "$node") " in
          *" $menu "*) node=$node\${node:+ }$menu ;;
          *) command=$menu; [ -z "$rest" ]; return ;;
        esac ;;
    esac
  done
}

# Prints PREFIX and each word, where that begins with what is typed.
_ipsecctl_print() {
  prefix=$1
  shift
  for each; do
    case $prefix$each in "$current"*) echo "$prefix$each" ;; esac
  done
}

# The words of "MENU NAME" after NAME=, or of an option.
_ipsecctl_print_values() {
  prefix=$1
  shift
  if [ "$1" != , ]; then _ipsecctl_print "$prefix" "$@"; return; fi
  shift
  typed=\${current#"$prefix"}
  before=\${typed%"\${typed##*,}"}
  for word; do
    case ",$before" in *",$word,"*) ;; *) _ipsecctl_print "$prefix$before" "$word" ;; esac
  done
}

_ipsecctl_print_arguments() {
  if [ -n "$condition" ]; then
    words=$(_ipsecctl_conditions "$node")
  else
    words=$(_ipsecctl_arguments "$node $command")
  fi
  case $current in
    *=*)
      typed=\${current%%=*}
      name=$(_ipsecctl_one "$typed=" $words)
      # A shortened name is completed by its own beginning.
      [ -n "$name" ] || name=$(_ipsecctl_one "$typed" $words)
      [ -z "$name" ] ||
        _ipsecctl_print_values "$typed=" $(_ipsecctl_values "$node \${name%=}") ;;
    *)
      for word in $words; do
        case "$given" in *" \${word%=} "*) ;; *) _ipsecctl_print '' "$word" ;; esac
      done ;;
  esac
}

_ipsecctl_candidates() {
  set -f
  program=$1 node= command= condition= started= given=' '
  shift
  while [ $# -gt 1 ]; do
    case $1 in
      --*=*) shift ;;
      --*)
        values=$(_ipsecctl_option_values "$program $1")
        if [ -n "$values" ] && [ $# -eq 2 ]; then
          current=$2
          case $values in @*) echo "$values" ;; *) _ipsecctl_print '' $values ;; esac
          return
        fi
        shift
        [ -z "$values" ] || shift ;;
      *) break ;;
    esac
  done
  if [ $# -eq 1 ]; then
    current=$1
    case $current in
      --*=*)
        values=$(_ipsecctl_option_values "$program \${current%%=*}")
        case $values in
          @*) echo "$values" ;;
          *) _ipsecctl_print "\${current%%=*}=" $values ;;
        esac
        return ;;
      -*) _ipsecctl_print '' $(_ipsecctl_options "$program"); return ;;
    esac
  fi
  [ "$program" = ipsecctl ] || return 0
  while [ $# -gt 1 ]; do
    if [ -n "$command" ]; then
      case $1 in
        where) condition=yes ;;
        *) given="$given\${1%%=*} " ;;
      esac
    elif [ "\${1#:}" != "$1" ]; then
      command=$(_ipsecctl_one "\${1#:}" $(_ipsecctl_commands :))
      [ -n "$command" ] || return 0
      node=:
    else
      _ipsecctl_walk "$1" || return 0
    fi
    shift
  done
  current=$1
  if [ -n "$command" ]; then
    _ipsecctl_print_arguments
  elif [ "\${current#:}" != "$current" ]; then
    _ipsecctl_print : $(_ipsecctl_commands :)
  else
    path=\${current%"\${current##*/}"}
    _ipsecctl_walk "$path" || return 0
    [ -z "$command" ] || return 0
    _ipsecctl_print "$path" $(_ipsecctl_menus "$node") $(_ipsecctl_commands "$node")
  fi
}
`;
