/** `completions/`: what bash and zsh read to complete the options and commands, without running anything. */
import type { ProgramOptions } from './option-table.js';
import { shellCandidates } from './shell-candidates.js';
import { shellData } from './shell-data.js';

const notice = '# Generated from the menus: change them there and run "npm run generate".\n';

export function bashCompletion(options: ProgramOptions): string {
  return [notice, shellData(options), shellCandidates, bashFrontEnd].join('\n');
}

export function zshCompletion(options: ProgramOptions): string {
  return [
    `#compdef ipsecctl ipsecd\n${notice}`,
    shellData(options),
    shellCandidates,
    zshFrontEnd,
  ].join('\n');
}

/** Bash cuts words at `=` and `:`; the line itself says what the words are. */
const bashFrontEnd = `# Cuts a line into words as the shell will, into the array words; fails inside quotes.
_ipsecctl_split() {
  local line=$1 index character quote= word= begun=
  words=()
  for ((index = 0; index < \${#line}; index++)); do
    character=\${line:index:1}
    if [[ $quote ]]; then
      if [[ $character == "$quote" ]]; then quote=; else word+=$character; fi
    elif [[ $character == [\\'\\"] ]]; then
      quote=$character begun=yes
    elif [[ $character == \\\\ ]]; then
      index=$((index + 1)) begun=yes
      word+=\${line:index:1}
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
  _ipsecctl_split "\${COMP_LINE:0:COMP_POINT}" || return 0
  current=\${words[\${#words[@]} - 1]}
  mapfile -t COMPREPLY < <(_ipsecctl_candidates "\${1##*/}" "\${words[@]:1}")
  # Only what follows the last of these is replaced.
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+='='
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=':'
  [[ $breaks ]] && cut=\${current%"\${current##*[$breaks]}"}
  case \${COMPREPLY[0]-} in
    @files | @directories)
      local kind=-f
      [[ \${COMPREPLY[0]} == @directories ]] && kind=-d
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen $kind -- "\${current#--*=}") ;;
    *=) [[ \${#COMPREPLY[@]} -eq 1 ]] && compopt -o nospace 2>/dev/null ;;&
    *) COMPREPLY=("\${COMPREPLY[@]#"$cut"}") ;;
  esac
  return 0
}

complete -F _ipsecctl_bash ipsecctl ipsecd
`;

const zshFrontEnd = `_ipsecctl_zsh() {
  local -a given found
  # The words as the program will get them; of the last one what is before the cursor.
  given=("\${(@Q)words[2,CURRENT-1]}" "$PREFIX")
  found=("\${(@f)$(emulate sh; _ipsecctl_candidates "$service" "\${given[@]}")}")
  case \${found[1]} in
    @files) compset -P '*='; _files ;;
    @directories) compset -P '*='; _files -/ ;;
    *)
      compadd -S '' -- \${(M)found:#*=}
      compadd -- \${found:#*=} ;;
  esac
}

_ipsecctl_zsh
`;
