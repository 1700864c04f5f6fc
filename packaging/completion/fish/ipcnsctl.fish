# SPDX-License-Identifier: LGPL-2.1-or-later
#
# fish completion of ipcnsctl(1). Names are asked of the service, if it runs, and of /proc/net/unix for
# namespaces of `ipcnsctl run`; the service is never started for that.

function __ipcnsctl_service_names
    busctl --auto-start=no status org.ipcnsd >/dev/null 2>&1; and ipcnsctl --quiet list 2>/dev/null
end

# The sockets of `ipcnsctl run --name` are @ipcns/UID/NAME.
function __ipcnsctl_names
    sed -n "s|.* @ipcns/"(id -u)"/||p" /proc/net/unix 2>/dev/null | sort -u
    __ipcnsctl_service_names
end

# The verb and the operands before the cursor, one a line; options and their values left out. Of run and
# exec the command is among the operands.
function __ipcnsctl_operands
    set -l words (commandline -opc)
    set -l i 2
    while test $i -le (count $words)
        switch $words[$i]
            case -n --name -p --parent --bus --base --metadata --socket --format --segments
                set i (math $i + 1)
            case --
                # What follows is the command's.
                set i (math $i + 1)
                test $i -le (count $words); and printf '%s\n' $words[$i..-1]
                return
            case '-*'
            case '*'
                echo $words[$i]
        end
        set i (math $i + 1)
    end
end

# Is the verb $argv[1], with $argv[2] operands before the cursor? "+": at least one.
function __ipcnsctl_at
    set -l words (__ipcnsctl_operands)
    test (count $words) -ge 1; and contains -- $words[1] (string split , $argv[1]); or return 1
    set -l n (math (count $words) - 1)
    test (count $argv) -lt 2; and return 0
    if test "$argv[2]" = +
        test $n -ge 1
    else
        test $n -eq $argv[2]
    end
end

# Is a verb to be typed? As the verb itself, or as what help is asked for.
function __ipcnsctl_no_verb
    test (count (__ipcnsctl_operands)) -eq 0
end

function __ipcnsctl_wants_verb
    __ipcnsctl_no_verb; or __ipcnsctl_at help 0
end

# Has the command of run or exec begun? Succeeds also where its first word is to be typed.
function __ipcnsctl_in_command
    set -l words (__ipcnsctl_operands)
    test (count $words) -ge 1; or return 1
    switch $words[1]
        case run
            test (count $words) -ge 2; or not string match -q -- '-*' (commandline -ct)
        case exec
            test (count $words) -ge 2
        case '*'
            return 1
    end
end

function __ipcnsctl_in_options
    not __ipcnsctl_in_command
end

# The command line from the command's first word on.
function __ipcnsctl_complete_command
    set -l words (__ipcnsctl_operands)
    set -l skip 1
    test "$words[1]" = exec; and set skip 2
    set -l command
    test (count $words) -gt $skip; and set command $words[(math $skip + 1)..-1]
    complete -C (string join ' ' -- (string escape -- $command) (commandline -ct))
end

function __ipcnsctl_objects
    set -l words (__ipcnsctl_operands)
    ipcnsctl --quiet objects $words[2] $words[3] 2>/dev/null | awk '{ print $2 }'
end

set -l limits msgmax msgmnb msgmni semmsl semmns semopm semmni queues_max msg_max msgsize_max msg_default \
    msgsize_default shmmax shmall shmmni shm_rmid_forced quota_msg quota_sem quota_shm quota_mqueue quota_bytes \
    quota_state quota_parked
set -l limits (string replace -r '$' = -- $limits)

complete -c ipcnsctl -f
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a run -d 'Run a command in a namespace'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a exec -d 'Run a command in a namespace of the service'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a create -d 'Make a namespace'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a destroy -d 'End namespaces'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a list -d 'List the namespaces'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a show -d 'Show a namespace, its limits and its use'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a objects -d 'List the objects of a namespace'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a limits -d 'Show or change limits and quotas'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a rm -d 'Remove objects'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a mount -d 'Mount the message queues of a namespace'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a umount -d 'Undo mount'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a oci-profile -d 'Write a seccomp profile for containers'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a doctor -d 'Look for what is missing'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a version -d 'Show versions'
complete -c ipcnsctl -n __ipcnsctl_wants_verb -a help -d 'Show the usage'

complete -c ipcnsctl -n __ipcnsctl_no_verb -l version -d 'Show the version'
complete -c ipcnsctl -n __ipcnsctl_in_options -s h -l help -d 'Show the usage'
complete -c ipcnsctl -n __ipcnsctl_in_options -s j -l json -d 'Print JSON'
complete -c ipcnsctl -n __ipcnsctl_in_options -s q -l quiet -d 'Print less'
complete -c ipcnsctl -n __ipcnsctl_in_options -l user -d 'The bus of the user'
complete -c ipcnsctl -n __ipcnsctl_in_options -l bus -x -d 'D-Bus address'
complete -c ipcnsctl -n '__ipcnsctl_at run,exec 0' -l shim -d 'Preload libipcshim'
complete -c ipcnsctl -n '__ipcnsctl_at run 0' -s n -l name -x -a '(__ipcnsctl_names)' -d 'Join or make this namespace'
complete -c ipcnsctl -n '__ipcnsctl_at run 0' -l segments -x -a 'native injected' -d 'How it gets shared memory'
complete -c ipcnsctl -n '__ipcnsctl_at oci-profile' -l base -r -F -d 'The profile that containers have now'
complete -c ipcnsctl -n '__ipcnsctl_at oci-profile' -s n -l name -x -a '(__ipcnsctl_service_names)' -d 'The namespace'
complete -c ipcnsctl -n '__ipcnsctl_at oci-profile' -l metadata -x -d 'What the service is told'
complete -c ipcnsctl -n '__ipcnsctl_at oci-profile' -l socket -r -F -d 'Where the service takes listeners'
complete -c ipcnsctl -n '__ipcnsctl_at oci-profile' -l format -x -a oci -d 'The format'
complete -c ipcnsctl -n '__ipcnsctl_at oci-profile' -l no-flags -d 'For runc before 1.5'
complete -c ipcnsctl -n '__ipcnsctl_at create' -s p -l parent -x -a '(__ipcnsctl_service_names)' -d 'The namespace above'

complete -c ipcnsctl -n '__ipcnsctl_at exec,show,objects,limits,rm,mount 0' -a '(__ipcnsctl_service_names)'
complete -c ipcnsctl -n '__ipcnsctl_at destroy' -a '(__ipcnsctl_service_names)'
complete -c ipcnsctl -n '__ipcnsctl_at objects,rm 1' -a 'msg sem shm mqueue'
complete -c ipcnsctl -n '__ipcnsctl_at rm 2' -a '(__ipcnsctl_objects)'
complete -c ipcnsctl -n '__ipcnsctl_at create,limits +' -a "$limits" -d Limit
complete -c ipcnsctl -n '__ipcnsctl_at mount 1' -a '(__fish_complete_directories)'
complete -c ipcnsctl -n '__ipcnsctl_at umount 0' -a '(__fish_complete_directories)'
complete -c ipcnsctl -n __ipcnsctl_in_command -a '(__ipcnsctl_complete_command)'
