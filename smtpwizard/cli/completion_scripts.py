"""The completion scripts: one engine a shell, and the vocabulary as that shell writes it.

Each walks the words before the cursor to a node (a verb, or an action of one), and then completes
what can stand there.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple


class Node(NamedTuple):
    """What can follow the verb (and action) of `path`, the program where that is empty.

    `below` are further words with what they do, `options` all options with their texts, `valued`
    the kind of value of those that take one, `places` the kinds of what has its place; `many`
    where the last of these may be repeated.
    """

    path: str
    below: Mapping[str, str]
    options: Mapping[str, str]
    valued: Mapping[str, str]
    places: tuple[str, ...]
    many: bool


class Vocabulary(NamedTuple):
    """All nodes, and the words of each kind: those with an equals sign at their end go on."""

    nodes: tuple[Node, ...]
    lists: Mapping[str, Sequence[str]]


# -- bash, which macOS has of 2007: no associative arrays --------------------------------------

_BASH = r"""# bash completion for smtpwizard, made by: smtpwizard completion bash
# Put this line into ~/.bashrc:  eval "$(smtpwizard completion bash)"

_smtpwizard_node() {
    case $1 in
@NODES@
    *) below='' options='' places='' ;;
    esac
}

_smtpwizard_value() {
    case "$1 $2" in
@VALUES@
    *) kind='' ;;
    esac
}

_smtpwizard_list() {
    case $1 in
@LISTS@
    *) list='' ;;
    esac
}

_smtpwizard() {
    local cur=${COMP_WORDS[COMP_CWORD]} node='' flag='' count=0
    local i word kind list below options places
    local -a chosen each
    chosen=()
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == '=' ]]; then # bash breaks words here
            [[ -n $flag ]] || ((i++))
        elif [[ -n $flag ]]; then
            case $flag in --data-dir | --project)
                word=${word//[\\\"\']/}
                chosen+=("$flag" "${word/#\~/$HOME}")
                ;;
            esac
            flag=''
        elif [[ $word == -* ]]; then
            _smtpwizard_value "$node" "$word"
            [[ -n $kind ]] && flag=$word
        else
            _smtpwizard_node "$node"
            if [[ " $below " == *" $word "* ]]; then
                node="${node:+$node }$word" count=0
            else
                ((++count))
            fi
        fi
    done
    if [[ $cur == '=' || ${COMP_WORDS[COMP_CWORD - 1]} == '=' ]]; then
        [[ -n $flag ]] || return 0 # a value that is typed freely
        [[ $cur == '=' ]] && cur=''
    fi
    _smtpwizard_node "$node"
    if [[ -n $flag ]]; then
        _smtpwizard_value "$node" "$flag"
    elif [[ $cur == -* ]]; then
        kind=options list=$options
    elif [[ -n $below ]]; then
        kind=below list=$below
    else
        each=($places)
        kind=${each[count]:-}
        if [[ -z $kind && $places == *+ ]]; then kind=${each[${#each[@]} - 1]}; fi
        kind=${kind%+}
    fi
    case $kind in
    '' | free) ;;
    file)
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
        ;;
    folder)
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$cur")
        ;;
    connectors | projects)
        list=${cur//[\\\"\']/}
        while IFS= read -r word; do
            [[ $word == "$list"* ]] || continue
            case $cur in
            \'*) word=${word//\'/\'\\\'\'} ;;
            \"*)
                word=${word//\\/\\\\} word=${word//\"/\\\"}
                word=${word//\$/\\\$} word=${word//\`/\\\`}
                ;;
            *) printf -v word '%q' "$word" ;;
            esac
            COMPREPLY+=("$word")
        done < <("$1" ${chosen[@]+"${chosen[@]}"} completion --names "$kind" 2>/dev/null)
        ;;
    *)
        [[ $kind == options || $kind == below ]] || _smtpwizard_list "$kind"
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$list" -- "$cur")
        [[ ${COMPREPLY[0]:-} == *= ]] && compopt -o nospace 2>/dev/null
        ;;
    esac
    return 0
}

complete -F _smtpwizard smtpwizard
"""


def _bash(words: Vocabulary) -> str:
    nodes = [
        f"    {shlex.quote(node.path)}) below={shlex.quote(' '.join(node.below))} "
        f"options={shlex.quote(' '.join(node.options))} places={shlex.quote(_places(node))} ;;"
        for node in words.nodes
    ]
    values = [
        f"    {shlex.quote(f'{node.path} {flag}')}) kind={kind} ;;"
        for node in words.nodes
        for flag, kind in node.valued.items()
    ]
    lists = [
        f"    {name}) list={shlex.quote(' '.join(each))} ;;" for name, each in words.lists.items()
    ]
    return _filled(_BASH, NODES=nodes, VALUES=values, LISTS=lists)


def _places(node: Node) -> str:
    return " ".join(node.places) + ("+" if node.many else "")


def _filled(script: str, **parts: Sequence[str]) -> str:
    for name, lines in parts.items():
        script = script.replace(f"@{name}@", "\n".join(lines))
    return script


# -- zsh ---------------------------------------------------------------------------------------

_ZSH = r"""#compdef smtpwizard
# zsh completion for smtpwizard, made by: smtpwizard completion zsh
# Save it as _smtpwizard in a folder of $fpath, or put into ~/.zshrc, after compinit:
#   source <(smtpwizard completion zsh)

_smtpwizard_node() {
    case $1 in
@NODES@
    (*) below=() options=() places=() ;;
    esac
}

_smtpwizard_value() {
    case "$1 $2" in
@VALUES@
    (*) kind='' ;;
    esac
}

_smtpwizard_list() {
    case $1 in
@LISTS@
    (*) list=() ;;
    esac
}

_smtpwizard() {
    local cur=${words[CURRENT]} node='' flag='' word kind='' i
    local -i count=0
    local -a chosen below options places list
    for ((i = 2; i < CURRENT; i++)); do
        word=${(Q)words[i]}
        if [[ -n $flag ]]; then
            [[ $flag == (--data-dir|--project) ]] && chosen+=("$flag" "${word/#\~/$HOME}")
            flag=''
        elif [[ $word == (--data-dir|--project)=* ]]; then
            chosen+=("$word")
        elif [[ $word == -* ]]; then
            _smtpwizard_value "$node" "$word"
            [[ -n $kind ]] && flag=$word
        else
            _smtpwizard_node "$node"
            if (( ${below[(I)$word:*]} )); then
                node="${node:+$node }$word"
                count=0
            else
                count+=1
            fi
        fi
    done
    _smtpwizard_node "$node"
    kind=''
    if [[ -n $flag ]]; then
        _smtpwizard_value "$node" "$flag"
    elif [[ $cur == -* ]]; then
        _describe -o option options
        return
    elif (( $#below )); then
        _describe verb below
        return
    else
        kind=${places[count + 1]:-}
        if [[ -z $kind && ${places[-1]:-} == *+ ]]; then kind=${places[-1]}; fi
        kind=${kind%+}
    fi
    case $kind in
    (''|free) _message 'a value' ;;
    (file) _files ;;
    (folder) _files -/ ;;
    (connectors|projects)
        list=(${(f)"$(${words[1]} $chosen completion --names $kind 2>/dev/null)"})
        compadd -a list
        ;;
    (*)
        _smtpwizard_list "$kind"
        if [[ ${list[1]:-} == *= ]]; then compadd -S '' -a list; else compadd -a list; fi
        ;;
    esac
}

if [[ $funcstack[1] == _smtpwizard ]]; then
    _smtpwizard "$@"
else
    compdef _smtpwizard smtpwizard
fi
"""


def _zsh(words: Vocabulary) -> str:
    def described(entries: Mapping[str, str]) -> str:
        return " ".join(
            shlex.quote(name.replace(":", "\\:") + ":" + text) for name, text in entries.items()
        )

    nodes = [
        f"    ({shlex.quote(node.path)}) below=({described(node.below)}) "
        f"options=({described(node.options)}) places=({_places(node)}) ;;"
        for node in words.nodes
    ]
    values = [
        f"    ({shlex.quote(f'{node.path} {flag}')}) kind={kind} ;;"
        for node in words.nodes
        for flag, kind in node.valued.items()
    ]
    lists = [
        f"    ({name}) list=({' '.join(map(shlex.quote, each))}) ;;"
        for name, each in words.lists.items()
    ]
    return _filled(_ZSH, NODES=nodes, VALUES=values, LISTS=lists)


# -- fish --------------------------------------------------------------------------------------

_FISH = r"""# fish completion for smtpwizard, made by: smtpwizard completion fish
# Save it as ~/.config/fish/completions/smtpwizard.fish

function __smtpwizard_below
    switch "$argv[1]"
@NODES@
    end
end

function __smtpwizard_valued
    switch "$argv[1]"
@VALUES@
    end
end

# The node that the words before the cursor lead to, how many words follow it, and the data folder
# and project that they choose.
function __smtpwizard_words
    set -l node ''
    set -l flag ''
    set -l count 0
    set -l chosen
    for word in (commandline -opc)[2..-1]
        if test -n "$flag"
            if contains -- $flag --data-dir --project
                set -a chosen $flag (string replace -r '^~' $HOME -- $word)
            end
            set flag ''
        else if string match -qr -- '^--(data-dir|project)=' $word
            set -a chosen $word
        else if string match -q -- '-*' $word
            if contains -- $word (__smtpwizard_valued $node)
                set flag $word
            end
        else if contains -- $word (__smtpwizard_below $node)
            set node (string trim -- "$node $word")
            set count 0
        else
            set count (math $count + 1)
        end
    end
    printf '%s\n' "$node" $count $chosen
end

function __smtpwizard_at
    set -l found (__smtpwizard_words)
    test "$found[1]" = "$argv[1]"
end

# At this node, before the word with this number; from it on where a third word follows.
function __smtpwizard_place
    set -l found (__smtpwizard_words)
    test "$found[1]" = "$argv[1]"; or return 1
    test $found[2] -eq $argv[2]; and return 0
    test (count $argv) -eq 3; and test $found[2] -gt $argv[2]
end

function __smtpwizard_names
    set -l found (__smtpwizard_words)
    set -l program (commandline -opc)[1]
    $program $found[3..-1] completion --names $argv[1] 2>/dev/null
end

complete -c smtpwizard -f
@ENTRIES@
"""


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _fish(words: Vocabulary) -> str:
    def cases(pairs: Mapping[str, Sequence[str]]) -> list[str]:
        out = []
        for path, names in pairs.items():
            if names:
                out += [
                    f"        case {_fish_quoted(path)}",
                    f"            printf '%s\\n' {' '.join(names)}",
                ]
        return out

    return _filled(
        _FISH,
        NODES=cases({node.path: tuple(node.below) for node in words.nodes}),
        VALUES=cases({node.path: tuple(node.valued) for node in words.nodes}),
        ENTRIES=list(_fish_entries(words)),
    )


def _fish_entries(words: Vocabulary) -> Iterator[str]:
    for node in words.nodes:
        where = f"__smtpwizard_at {_fish_quoted(node.path)}"
        at = f"complete -c smtpwizard -n {_fish_quoted(where)}"
        for name, text in node.below.items():
            yield f"{at} -a {name} -d {_fish_quoted(text)}"
        for flag, text in node.options.items():
            short = "-l" if flag.startswith("--") else "-s"
            takes = _fish_values(node.valued[flag], words) if flag in node.valued else ""
            if takes:
                takes = f" -r{takes}" if takes == " -F" else f" -x{takes}"
            elif flag in node.valued:
                takes = " -x"
            yield f"{at} {short} {flag.lstrip('-')}{takes} -d {_fish_quoted(text)}"
        for number, kind in enumerate(node.places):
            more = " more" if node.many and number == len(node.places) - 1 else ""
            where = f"__smtpwizard_place {_fish_quoted(node.path)} {number}{more}"
            values = _fish_values(kind, words)
            if values:
                yield f"complete -c smtpwizard -n {_fish_quoted(where)}{values}"


def _fish_values(kind: str, words: Vocabulary) -> str:
    if kind == "file":
        return " -F"
    if kind == "folder":
        return " -a '(__fish_complete_directories)'"
    if kind in ("connectors", "projects"):
        return f" -a '(__smtpwizard_names {kind})'"
    if kind in words.lists:
        return f" -a {_fish_quoted(' '.join(words.lists[kind]))}"
    return ""


# -- PowerShell --------------------------------------------------------------------------------

_POWERSHELL = r"""# PowerShell completion for smtpwizard, made by: smtpwizard completion powershell
# Put this line into $PROFILE:
#   smtpwizard completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName smtpwizard -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $nodes = @{
@NODES@
    }
    $lists = @{
@LISTS@
    }
    $node = ''
    $flag = ''
    $count = 0
    $chosen = @()
    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($null -ne $_.Value) { [string]$_.Value } else { $_.Extent.Text } })
    foreach ($word in $before) {
        if ($flag) {
            if ($flag -in '--data-dir', '--project') { $chosen += $flag, $word }
            $flag = ''
        } elseif ($word.StartsWith('-')) {
            if ($nodes[$node].Valued.ContainsKey($word)) { $flag = $word }
        } elseif ($nodes[$node].Below.Contains($word)) {
            $node = "$node $word".Trim()
            $count = 0
        } else {
            $count += 1
        }
    }
    $here = $nodes[$node]
    $texts = @{}
    if ($flag) {
        $kind = $here.Valued[$flag]
    } elseif ($wordToComplete.StartsWith('-')) {
        $kind = ''
        $texts = $here.Options
    } elseif ($here.Below.Count) {
        $kind = ''
        $texts = $here.Below
    } elseif ($count -lt $here.Places.Count) {
        $kind = $here.Places[$count]
    } elseif ($here.Many) {
        $kind = $here.Places[-1]
    } else {
        $kind = 'free'
    }
    if ($kind -in 'file', 'folder') { return } # PowerShell completes paths by itself
    if ($kind -in 'connectors', 'projects') {
        $found = @(& smtpwizard @chosen completion --names $kind 2>$null)
    } elseif ($kind) {
        $found = @($lists[$kind])
    } else {
        $found = @($texts.Keys)
    }
    $typed = $wordToComplete.Trim("'", '"')
    foreach ($word in $found) {
        if (-not $word -or -not $word.StartsWith($typed, 'OrdinalIgnoreCase')) { continue }
        $text = $word
        if ($word -match "[^\w.=/:-]") { $text = "'" + $word.Replace("'", "''") + "'" }
        $hint = if ($texts.Contains($word) -and $texts[$word]) { $texts[$word] } else { $word }
        [System.Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue', $hint)
    }
}
"""


def _powershell(words: Vocabulary) -> str:
    def table(entries: Mapping[str, str]) -> str:
        return "; ".join(f"{_quoted(name)} = {_quoted(text)}" for name, text in entries.items())

    def several(entries: Sequence[str]) -> str:
        return f"@({', '.join(map(_quoted, entries))})"

    nodes = [
        f"        {_quoted(node.path)} = @{{ Below = [ordered]@{{ {table(node.below)} }}; "
        f"Options = [ordered]@{{ {table(node.options)} }}; Valued = @{{ {table(node.valued)} }}; "
        f"Places = {several(node.places)}; Many = ${str(node.many).lower()} }}"
        for node in words.nodes
    ]
    lists = [f"        {_quoted(name)} = {several(each)}" for name, each in words.lists.items()]
    return _filled(_POWERSHELL, NODES=nodes, LISTS=lists)


def _quoted(text: str) -> str:
    """A string of PowerShell, which takes typographic quotes for plain ones."""
    return "'" + "".join(c * 2 if c in "'\u2018\u2019\u201a\u201b" else c for c in text) + "'"


SCRIPTS: Mapping[str, Callable[[Vocabulary], str]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
    "powershell": _powershell,
}
