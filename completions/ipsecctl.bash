# Generated from the menus: change them there and run "npm run generate".

# MENU
_ipsecctl_menus() {
  case $1 in
    '')
      echo 'ip' ;;
    'ip')
      echo 'ipsec' ;;
    'ip ipsec')
      echo 'policy installed-sa manual-sa peer pre-shared-secret proposal counters' ;;
  esac
}

# MENU
_ipsecctl_commands() {
  case $1 in
    '')
      echo 'import export' ;;
    'ip')
      echo 'export' ;;
    'ip ipsec')
      echo 'export explain' ;;
    'ip ipsec policy')
      echo 'add set remove enable disable comment move edit print find get explain export' ;;
    'ip ipsec installed-sa')
      echo 'print find get flush' ;;
    'ip ipsec manual-sa' | 'ip ipsec peer' | 'ip ipsec pre-shared-secret' | 'ip ipsec proposal')
      echo 'add set remove enable disable comment edit print find get explain export' ;;
    'ip ipsec counters')
      echo 'print get' ;;
    ':')
      echo 'local put' ;;
  esac
}

# "MENU COMMAND"
_ipsecctl_arguments() {
  case $1 in
    ' import')
      echo 'dry-run file-name= compat=' ;;
    ' export' | 'ip export' | 'ip ipsec export' | 'ip ipsec policy export' | 'ip ipsec manual-sa export' | 'ip ipsec peer export' | 'ip ipsec pre-shared-secret export' | 'ip ipsec proposal export')
      echo 'compact hide-sensitive terse file=' ;;
    'ip ipsec explain')
      echo 'src= dst= protocol= src-port= dst-port= packet-size= df=' ;;
    'ip ipsec policy add')
      echo 'src-address= dst-address= protocol= action= level= ipsec-protocols= tunnel= sa-src-address= sa-dst-address= proposal= manual-sa= dont-fragment= disabled= comment= copy-from= place-before=' ;;
    'ip ipsec policy set')
      echo 'numbers= src-address= dst-address= protocol= action= level= ipsec-protocols= tunnel= sa-src-address= sa-dst-address= proposal= manual-sa= dont-fragment= disabled= comment=' ;;
    'ip ipsec policy remove' | 'ip ipsec policy enable' | 'ip ipsec policy disable' | 'ip ipsec policy explain' | 'ip ipsec manual-sa remove' | 'ip ipsec manual-sa enable' | 'ip ipsec manual-sa disable' | 'ip ipsec manual-sa explain' | 'ip ipsec peer remove' | 'ip ipsec peer enable' | 'ip ipsec peer disable' | 'ip ipsec peer explain' | 'ip ipsec pre-shared-secret remove' | 'ip ipsec pre-shared-secret enable' | 'ip ipsec pre-shared-secret disable' | 'ip ipsec pre-shared-secret explain' | 'ip ipsec proposal remove' | 'ip ipsec proposal enable' | 'ip ipsec proposal disable' | 'ip ipsec proposal explain')
      echo 'numbers=' ;;
    'ip ipsec policy comment' | 'ip ipsec manual-sa comment' | 'ip ipsec peer comment' | 'ip ipsec pre-shared-secret comment' | 'ip ipsec proposal comment')
      echo 'numbers= comment=' ;;
    'ip ipsec policy move')
      echo 'numbers= destination=' ;;
    'ip ipsec policy edit' | 'ip ipsec policy get' | 'ip ipsec installed-sa get' | 'ip ipsec manual-sa edit' | 'ip ipsec manual-sa get' | 'ip ipsec peer edit' | 'ip ipsec peer get' | 'ip ipsec pre-shared-secret edit' | 'ip ipsec pre-shared-secret get' | 'ip ipsec proposal edit' | 'ip ipsec proposal get')
      echo 'numbers= value-name=' ;;
    'ip ipsec policy print' | 'ip ipsec installed-sa print' | 'ip ipsec manual-sa print' | 'ip ipsec peer print' | 'ip ipsec pre-shared-secret print' | 'ip ipsec proposal print' | 'ip ipsec counters print')
      echo 'brief count-only detail stats terse where without-paging from= interval= file=' ;;
    'ip ipsec policy find')
      echo 'where disabled= comment= src-address= dst-address= protocol= action= level= ipsec-protocols= tunnel= sa-src-address= sa-dst-address= proposal= manual-sa= dont-fragment= invalid= ph2-state= in-accepted= in-dropped= out-accepted= out-dropped= encrypted= not-encrypted= decrypted= not-decrypted=' ;;
    'ip ipsec installed-sa find')
      echo 'where protocol= pfs= manual= spi= direction= src-address= dst-address= auth-algorithm= enc-algorithm= replay= state= auth-key= enc-key= add-lifetime= use-lifetime= lifebytes= current-addtime= current-usetime= current-bytes=' ;;
    'ip ipsec installed-sa flush')
      echo 'sa-type=' ;;
    'ip ipsec manual-sa add')
      echo 'name= ah-algorithm= esp-auth-algorithm= esp-enc-algorithm= ah-key= esp-auth-key= esp-enc-key= ah-spi= esp-spi= disabled= comment= copy-from=' ;;
    'ip ipsec manual-sa set')
      echo 'numbers= name= ah-algorithm= esp-auth-algorithm= esp-enc-algorithm= ah-key= esp-auth-key= esp-enc-key= ah-spi= esp-spi= disabled= comment=' ;;
    'ip ipsec manual-sa find')
      echo 'where disabled= comment= name= ah-algorithm= esp-auth-algorithm= esp-enc-algorithm= ah-key= esp-auth-key= esp-enc-key= ah-spi= esp-spi= invalid=' ;;
    'ip ipsec peer add')
      echo 'address= exchange-mode= send-initial-contact= proposal-check= hash-algorithm= enc-algorithm= dh-group= disabled= comment= copy-from=' ;;
    'ip ipsec peer set')
      echo 'numbers= address= exchange-mode= send-initial-contact= proposal-check= hash-algorithm= enc-algorithm= dh-group= disabled= comment=' ;;
    'ip ipsec peer find')
      echo 'where disabled= comment= address= exchange-mode= send-initial-contact= proposal-check= hash-algorithm= enc-algorithm= dh-group= ph1-state= ph1-side= ph1-established= ph2-active= ph2-total=' ;;
    'ip ipsec pre-shared-secret add')
      echo 'address= ident-string= secret= disabled= comment= copy-from=' ;;
    'ip ipsec pre-shared-secret set')
      echo 'numbers= address= ident-string= secret= disabled= comment=' ;;
    'ip ipsec pre-shared-secret find')
      echo 'where disabled= comment= address= ident-string= secret=' ;;
    'ip ipsec proposal add')
      echo 'name= auth-algorithms= enc-algorithms= lifetime= lifebytes= pfs-group= disabled= comment= copy-from=' ;;
    'ip ipsec proposal set')
      echo 'numbers= name= auth-algorithms= enc-algorithms= lifetime= lifebytes= pfs-group= disabled= comment=' ;;
    'ip ipsec proposal find')
      echo 'where disabled= comment= name= auth-algorithms= enc-algorithms= lifetime= lifebytes= pfs-group=' ;;
    'ip ipsec counters get')
      echo 'value-name=' ;;
    ': local')
      echo 'name= value=' ;;
    ': put')
      echo 'message=' ;;
  esac
}

# MENU
_ipsecctl_conditions() {
  case $1 in
    'ip ipsec policy')
      echo 'disabled= comment= src-address= dst-address= protocol= action= level= ipsec-protocols= tunnel= sa-src-address= sa-dst-address= proposal= manual-sa= dont-fragment= invalid= ph2-state= in-accepted= in-dropped= out-accepted= out-dropped= encrypted= not-encrypted= decrypted= not-decrypted=' ;;
    'ip ipsec installed-sa')
      echo 'protocol= pfs= manual= spi= direction= src-address= dst-address= auth-algorithm= enc-algorithm= replay= state= auth-key= enc-key= add-lifetime= use-lifetime= lifebytes= current-addtime= current-usetime= current-bytes=' ;;
    'ip ipsec manual-sa')
      echo 'disabled= comment= name= ah-algorithm= esp-auth-algorithm= esp-enc-algorithm= ah-key= esp-auth-key= esp-enc-key= ah-spi= esp-spi= invalid=' ;;
    'ip ipsec peer')
      echo 'disabled= comment= address= exchange-mode= send-initial-contact= proposal-check= hash-algorithm= enc-algorithm= dh-group= ph1-state= ph1-side= ph1-established= ph2-active= ph2-total=' ;;
    'ip ipsec pre-shared-secret')
      echo 'disabled= comment= address= ident-string= secret=' ;;
    'ip ipsec proposal')
      echo 'disabled= comment= name= auth-algorithms= enc-algorithms= lifetime= lifebytes= pfs-group=' ;;
    'ip ipsec counters')
      echo 'out-accept= out-drop= out-encrypt= in-accept= in-drop= in-decrypted= in-accept-isakmp= out-accept-isakmp= in-drop-encrypted-expected=' ;;
  esac
}

# "MENU NAME"; a comma before them: they make lists
_ipsecctl_values() {
  case $1 in
    ' compat' | 'ip ipsec df' | 'ip ipsec policy tunnel' | 'ip ipsec policy disabled' | 'ip ipsec policy invalid' | 'ip ipsec installed-sa pfs' | 'ip ipsec installed-sa manual' | 'ip ipsec manual-sa disabled' | 'ip ipsec manual-sa invalid' | 'ip ipsec peer send-initial-contact' | 'ip ipsec peer disabled' | 'ip ipsec pre-shared-secret disabled' | 'ip ipsec proposal disabled')
      echo 'yes no' ;;
    'ip ipsec protocol' | 'ip ipsec policy protocol')
      echo 'all icmp igmp ggp ipencap ip-encap st tcp egp pup udp hmp xns-idp rdp iso-tp4 xtp ddp idpr-cmtp gre esp ipsec-esp ah ipsec-ah rspf vmtp ospf ipip encap' ;;
    'ip ipsec policy action')
      echo 'accept drop encrypt' ;;
    'ip ipsec policy level')
      echo 'use acquire require' ;;
    'ip ipsec policy ipsec-protocols')
      echo ', ah esp' ;;
    'ip ipsec policy manual-sa')
      echo 'none' ;;
    'ip ipsec policy dont-fragment')
      echo 'clear inherit set' ;;
    'ip ipsec policy ph2-state')
      echo 'spawning starting ready-to-send getspi-sent getspi-done msg1-sent ready-to-establish commiting adding-sa established expired no-phase2' ;;
    'ip ipsec installed-sa sa-type')
      echo 'ah esp all' ;;
    'ip ipsec installed-sa protocol')
      echo 'ah esp' ;;
    'ip ipsec installed-sa direction')
      echo 'in out' ;;
    'ip ipsec installed-sa auth-algorithm')
      echo 'none md5 sha1' ;;
    'ip ipsec installed-sa enc-algorithm')
      echo 'none des 3des aes' ;;
    'ip ipsec installed-sa state')
      echo 'larval mature dying dead' ;;
    'ip ipsec manual-sa ah-algorithm' | 'ip ipsec manual-sa esp-auth-algorithm')
      echo 'null md5 sha1' ;;
    'ip ipsec manual-sa esp-enc-algorithm')
      echo 'null des 3des aes-128 aes-192 aes-256' ;;
    'ip ipsec peer exchange-mode')
      echo 'main aggressive base' ;;
    'ip ipsec peer proposal-check')
      echo 'claim exact obey strict' ;;
    'ip ipsec peer hash-algorithm')
      echo 'md5 sha' ;;
    'ip ipsec peer enc-algorithm')
      echo 'des 3des aes-128 aes-192 aes-256' ;;
    'ip ipsec peer dh-group')
      echo 'modp768 modp1024 modp1536 modp2048 modp3072 modp4096 modp8192' ;;
    'ip ipsec peer ph1-state')
      echo 'spawning starting message-1-received message-1-sent message-2-received message-2-sent message-3-received message-3-sent message-4-received established expired no-phase1' ;;
    'ip ipsec peer ph1-side')
      echo 'initiator responder' ;;
    'ip ipsec proposal auth-algorithms')
      echo ', md5 sha1 null' ;;
    'ip ipsec proposal enc-algorithms')
      echo ', 3des aes-128 aes-192 aes-256 des null' ;;
    'ip ipsec proposal pfs-group')
      echo 'none modp768 modp1024 modp1536 modp2048 modp3072 modp4096 modp8192' ;;
  esac
}

# PROGRAM
_ipsecctl_options() {
  case $1 in
    'ipsecctl')
      echo '--socket --json --watch --colour --user --name --help --version' ;;
    'ipsecd')
      echo '--state-dir --socket --dataplane --log-level --port --help --version' ;;
  esac
}

# "PROGRAM --OPTION"; @files and @directories stand for names
_ipsecctl_option_values() {
  case $1 in
    'ipsecctl --socket' | 'ipsecd --socket')
      echo '@files' ;;
    'ipsecctl --colour')
      echo 'auto always never' ;;
    'ipsecd --state-dir')
      echo '@directories' ;;
    'ipsecd --dataplane')
      echo 'auto xfrm memory' ;;
    'ipsecd --log-level')
      echo 'trace debug info warn error fatal silent' ;;
  esac
}

# Of the words after the first, the one that the first is or alone begins.
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
    part=${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
    case $part in
      '') ;;
      ..) case $node in *' '*) node=${node% *} ;; *) node= ;; esac ;;
      *)
        menu=$(_ipsecctl_one "$part" $(_ipsecctl_menus "$node") $(_ipsecctl_commands "$node"))
        [ -n "$menu" ] || return 1
        case " $(_ipsecctl_menus "$node") " in
          *" $menu "*) node=$node${node:+ }$menu ;;
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
  typed=${current#"$prefix"}
  before=${typed%"${typed##*,}"}
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
      typed=${current%%=*}
      name=$(_ipsecctl_one "$typed=" $words)
      # A shortened name is completed by its own beginning.
      [ -n "$name" ] || name=$(_ipsecctl_one "$typed" $words)
      [ -z "$name" ] ||
        _ipsecctl_print_values "$typed=" $(_ipsecctl_values "$node ${name%=}") ;;
    *)
      for word in $words; do
        case "$given" in *" ${word%=} "*) ;; *) _ipsecctl_print '' "$word" ;; esac
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
        values=$(_ipsecctl_option_values "$program ${current%%=*}")
        case $values in
          @*) echo "$values" ;;
          *) _ipsecctl_print "${current%%=*}=" $values ;;
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
        *) given="$given${1%%=*} " ;;
      esac
    elif [ "${1#:}" != "$1" ]; then
      command=$(_ipsecctl_one "${1#:}" $(_ipsecctl_commands :))
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
  elif [ "${current#:}" != "$current" ]; then
    _ipsecctl_print : $(_ipsecctl_commands :)
  else
    path=${current%"${current##*/}"}
    _ipsecctl_walk "$path" || return 0
    [ -z "$command" ] || return 0
    _ipsecctl_print "$path" $(_ipsecctl_menus "$node") $(_ipsecctl_commands "$node")
  fi
}

# Cuts a line into words as the shell will, into the array words; fails inside quotes.
_ipsecctl_split() {
  local line=$1 index character quote= word= begun=
  words=()
  for ((index = 0; index < ${#line}; index++)); do
    character=${line:index:1}
    if [[ $quote ]]; then
      if [[ $character == "$quote" ]]; then quote=; else word+=$character; fi
    elif [[ $character == [\'\"] ]]; then
      quote=$character begun=yes
    elif [[ $character == \\ ]]; then
      index=$((index + 1)) begun=yes
      word+=${line:index:1}
    elif [[ $character == [[:blank:]] ]]; then
      [[ $begun ]] && words+=("$word")
      word= begun=
    else
      word+=$character begun=yes
    fi
  done
  words+=("$word")
  [[ ! $quote ]]
}

_ipsecctl_bash() {
  local words current breaks= cut=
  COMPREPLY=()
  _ipsecctl_split "${COMP_LINE:0:COMP_POINT}" || return 0
  current=${words[${#words[@]} - 1]}
  mapfile -t COMPREPLY < <(_ipsecctl_candidates "${1##*/}" "${words[@]:1}")
  # Only what follows the last of these is replaced.
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+='='
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=':'
  [[ $breaks ]] && cut=${current%"${current##*[$breaks]}"}
  case ${COMPREPLY[0]-} in
    @files | @directories)
      local kind=-f
      [[ ${COMPREPLY[0]} == @directories ]] && kind=-d
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen $kind -- "${current#--*=}") ;;
    *=) [[ ${#COMPREPLY[@]} -eq 1 ]] && compopt -o nospace 2>/dev/null ;;&
    *) COMPREPLY=("${COMPREPLY[@]#"$cut"}") ;;
  esac
  return 0
}

complete -F _ipsecctl_bash ipsecctl ipsecd
