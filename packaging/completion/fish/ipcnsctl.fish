# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion of ipcnsctl(1).

# Names of namespaces that run here: their sockets are @ipcns/UID/NAME.
function __ipcnsctl_names
    sed -n "s|.* @ipcns/"(id -u)"/||p" /proc/net/unix 2>/dev/null | sort -u
end

# Has the command begun, behind the options of run? Succeeds also while its first word is typed.
function __ipcnsctl_in_command
    set -l words (commandline -opc) (commandline -ct)
    test (count $words) -ge 3; and test "$words[2]" = run; or return 1
    set -l i 3
    while test $i -le (count $words)
        switch $words[$i]
            case --
                test $i -lt (count $words)
                return
            case -n --name
                set i (math $i + 2)
            case '-*'
                set i (math $i + 1)
            case '*'
                return 0
        end
    end
    return 1
end

function __ipcnsctl_in_options
    __fish_seen_subcommand_from run; and not __ipcnsctl_in_command
end

set -l verbs run version help

complete -c ipcnsctl -f
complete -c ipcnsctl -n "not __fish_seen_subcommand_from $verbs" -a run -d 'Run a command in a namespace'
complete -c ipcnsctl -n "not __fish_seen_subcommand_from $verbs" -a version -d 'Show the version'
complete -c ipcnsctl -n "not __fish_seen_subcommand_from $verbs" -a help -d 'Show the usage'
complete -c ipcnsctl -n "not __fish_seen_subcommand_from $verbs" -l version -d 'Show the version'
complete -c ipcnsctl -n "not __fish_seen_subcommand_from $verbs" -s h -l help -d 'Show the usage'
complete -c ipcnsctl -n __ipcnsctl_in_options -s n -l name -x -a '(__ipcnsctl_names)' -d 'Join or make this namespace'
complete -c ipcnsctl -n __ipcnsctl_in_options -s h -l help -d 'Show the usage'
complete -c ipcnsctl -n __ipcnsctl_in_command -x -a '(__fish_complete_subcommand --fcs-skip=2 -n --name)'
