#!/usr/bin/perl
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Perl workload of the test `perl` beside it: the builtins, then the classes that perl brings along, then several
# processes. Prints what happened; every number in it is the same for each run, but pids, which are checked here.

use strict;
use warnings;
use IPC::SysV qw(:all);
use IPC::Msg;
use IPC::Semaphore;
use IPC::SharedMem;
use POSIX ();
use Errno ();
use Time::HiRes qw(time sleep alarm);

$| = 1;
my $KEY = 0x4950;

sub errno_name { return (grep { $!{$_} } sort keys %!)[0] // 'no errno' }

# Says the result of a call: its value, or the name of its errno.
sub report {
	my ($what, $result) = @_;
	$result = errno_name() if !defined $result || $result eq '';
	print "$what: $result\n";
}

# The same for builtins whose result is only true (1) or false (0).
sub outcome {
	my ($what, $result) = @_;
	report($what, $result ? 'ok' : '');
}

sub yes { return $_[0] ? 'yes' : 'no' }

# Runs CODE in a child; the parent goes on. CODE's return value is its exit status.
sub child(&) {
	my ($code) = @_;
	my $pid = fork // die "fork: $!";
	return $pid if $pid;
	my $status = $code->();
	$| = 1;
	POSIX::_exit($status // 0);
}

sub reap {
	my ($pid) = @_;
	waitpid($pid, 0) == $pid or die "waitpid: $!";
	return ($? & 127) ? 'signal ' . ($? & 127) : $? >> 8;
}

# Polls until CODE is true. Only to know that somebody sleeps, never to order what is printed.
sub until_true(&$) {
	my ($code, $what) = @_;
	my $end = time + 10;
	until ($code->()) {
		time < $end or do { print "never: $what\n"; return };
		sleep 0.01;
	}
}

# Whether a process sleeps in msgsnd or msgrcv (their numbers on x86-64 and arm64).
sub in_queue {
	my ($pid) = @_;
	open my $f, '<', "/proc/$pid/syscall" or return 0;
	return (<$f> // '') =~ /^(69|70|188|189) /;
}

sub builtin_messages {
	print "-- builtins: messages\n";
	my $id = msgget($KEY, IPC_CREAT | IPC_EXCL | 0600);
	report 'msgget', $id;
	report 'msgget again, exclusive', msgget($KEY, IPC_CREAT | IPC_EXCL | 0600);
	report 'msgget again', msgget($KEY, 0);
	report 'msgget of another key', msgget($KEY + 1, 0);
	for my $m ([3, 'three'], [1, 'one'], [2, ''], [3, "bytes \0\1\377"]) {
		outcome "msgsnd $m->[0]", msgsnd($id, pack('l! a*', @$m), IPC_NOWAIT);
	}
	outcome 'msgsnd of type 0', msgsnd($id, pack('l! a*', 0, 'x'), 0);
	outcome 'msgsnd that is too long', msgsnd($id, pack('l! a*', 1, 'x' x 8193), 0);
	my $buffer;
	for my $want (-2, 3, 0, 0) {
		my $n = msgrcv($id, $buffer, 100, $want, IPC_NOWAIT);
		my ($type, $text) = unpack 'l! a*', $buffer;
		report "msgrcv $want", "$n, type $type, " . unpack('H*', $text);
	}
	outcome 'msgrcv of nothing', msgrcv($id, $buffer, 100, 0, IPC_NOWAIT);
	msgsnd($id, pack('l! a*', 9, 'too long for that'), 0) or die;
	outcome 'msgrcv too small', msgrcv($id, $buffer, 3, 0, 0);
	outcome 'msgrcv cut', msgrcv($id, $buffer, 3, 0, MSG_NOERROR);
	report 'what was cut', (unpack 'l! a*', $buffer)[1];
	my $sent = 0;
	$sent++ while msgsnd($id, pack('l! a*', 1, 'x' x 1000), IPC_NOWAIT);
	report 'until full', $sent;
	outcome 'full', msgsnd($id, pack('l! a*', 1, 'x' x 1000), IPC_NOWAIT);
	report 'rmid', msgctl($id, IPC_RMID, 0);
	report 'rmid again', msgctl($id, IPC_RMID, 0);
	outcome 'msgsnd after', msgsnd($id, pack('l! a*', 1, ''), 0);
}

sub builtin_semaphores {
	print "-- builtins: semaphores\n";
	my $id = semget($KEY, 4, IPC_CREAT | 0666);
	report 'semget', $id;
	report 'semget of more', semget($KEY, 5, 0666);
	report 'semget of none', semget($KEY + 1, 0, IPC_CREAT | 0666);
	report 'setall', semctl($id, 0, SETALL, pack 's!4', 1, 2, 3, 4);
	report 'setval', semctl($id, 2, SETVAL, 30);
	report 'setval too far', semctl($id, 2, SETVAL, 40000);
	report 'setval of the fifth', semctl($id, 4, SETVAL, 1);
	my $all = '';
	report 'getall', semctl($id, 0, GETALL, $all);
	report 'values', join ' ', unpack 's!*', $all;
	outcome 'all or nothing', semop($id, pack 's!3 s!3', 0, -1, IPC_NOWAIT, 1, -9, IPC_NOWAIT);
	report 'value of the first', semctl($id, 0, GETVAL, 0);
	outcome 'both', semop($id, pack 's!3 s!3', 0, -1, IPC_NOWAIT, 1, -2, IPC_NOWAIT);
	outcome 'zero', semop($id, pack 's!3 s!3', 0, 0, IPC_NOWAIT, 1, 0, IPC_NOWAIT);
	outcome 'range', semop($id, pack 's!3', 3, 32767, IPC_NOWAIT);
	outcome 'no such semaphore', semop($id, pack 's!3', 4, 1, 0);
	report 'pid is mine', yes(semctl($id, 0, GETPID, 0) == $$);
	report 'rmid', semctl($id, 0, IPC_RMID, 0);
	outcome 'semop after', semop($id, pack 's!3', 0, 1, 0);
}

sub builtin_segments {
	print "-- builtins: segments\n";
	my $id = shmget($KEY, 5000, IPC_CREAT | 0640);
	report 'shmget', $id;
	report 'shmget of more', shmget($KEY, 5001, 0);
	my $data = '';
	outcome 'shmread fresh', shmread($id, $data, 0, 10);
	report 'is zero', yes($data eq "\0" x 10);
	outcome 'shmwrite', shmwrite($id, 'perl was here', 4990, 10);
	shmread($id, $data, 4988, 12);
	report 'shmread', unpack 'H*', $data;
	outcome 'shmwrite outside', eval { shmwrite($id, 'x', 5000, 1) };
	report 'rmid', shmctl($id, IPC_RMID, 0);
	outcome 'shmread after', shmread($id, $data, 0, 1);
}

sub classes {
	print "-- IPC::Msg\n";
	my $q = IPC::Msg->new(ftok('/', 65), IPC_CREAT | S_IRUSR | S_IWUSR) or die "IPC::Msg: $!";
	my $now = time;
	report 'snd', $q->snd(5, 'fünf', IPC_NOWAIT);
	report 'snd', $q->snd(4, 'vier');
	my $s = $q->stat;
	report 'stat', join ' ', $s->uid, $s->gid, $s->cuid, $s->cgid, sprintf('%o', $s->mode), $s->qnum, $s->qbytes, $s->lrpid;
	report 'sender is me', yes($s->lspid == $$);
	report 'times', join ' ', yes(abs($s->stime - $now) <= 2), $s->rtime, yes(abs($s->ctime - $now) <= 2);
	report 'set', $q->set(mode => 0644, qbytes => 1000);
	$s = $q->stat;
	report 'stat', sprintf '%o %d', $s->mode, $s->qbytes;
	my $text;
	report 'rcv', $q->rcv($text, 256, -4, IPC_NOWAIT);
	report 'text', $text;
	report 'rcv', $q->rcv($text, 256);
	report 'receiver is me', yes($q->stat->lrpid == $$);
	report 'remove', $q->remove;

	print "-- IPC::Semaphore\n";
	my $sem = IPC::Semaphore->new(IPC_PRIVATE, 5, S_IRUSR | S_IWUSR | IPC_CREAT) or die "IPC::Semaphore: $!";
	report 'setall', $sem->setall(1 .. 5);
	report 'getall', join ' ', $sem->getall;
	report 'setval', $sem->setval(1, 0);
	outcome 'op', $sem->op(0, -1, IPC_NOWAIT, 1, 0, IPC_NOWAIT, 4, 10, 0);
	report 'getall', join ' ', $sem->getall;
	report 'getval', $sem->getval(4);
	report 'getncnt, getzcnt', join ' ', $sem->getncnt(0), $sem->getzcnt(0);
	report 'getpid is me', yes($sem->getpid(4) == $$);
	report 'getpid of untouched', $sem->getpid(3) == 0 || $sem->getpid(3) == $$ ? 'me or none' : 'another';
	report 'set', $sem->set(mode => 0400);
	$s = $sem->stat;
	report 'stat', sprintf '%d %d %o %d %s', $s->uid, $s->gid, $s->mode, $s->nsems, yes(abs($s->otime - time) <= 2);
	report 'remove', $sem->remove;
	report 'getval after', $sem->getval(0);

	print "-- IPC::SharedMem\n";
	my $shm = IPC::SharedMem->new(IPC_PRIVATE, 100000, S_IRWXU) or die "IPC::SharedMem: $!";
	report 'write unattached', $shm->write(pack('A4', 'Perl'), 4, 4);
	report 'attach', yes($shm->attach);
	report 'read', $shm->read(4, 4);
	report 'write', $shm->write('far', 99997, 3);
	report 'nattch', $shm->stat->nattch;
	my $pid = child { $shm->read(99997, 3) eq 'far' && $shm->stat->nattch == 2 && $shm->write('kid!', 4, 4) ? 0 : 1 };
	report 'a child inherits it', reap $pid;
	report 'read', $shm->read(4, 4);
	report 'nattch', $shm->stat->nattch;
	report 'creator is me', yes($shm->stat->cpid == $$);
	report 'last is the child', yes($shm->stat->lpid == $pid);
	report 'remove', $shm->remove;
	report 'read removed', $shm->read(4, 4);
	report 'nattch', $shm->stat->nattch;
	report 'dest', yes($shm->stat->mode & 01000);
	report 'detach', yes($shm->detach);
	report 'stat after', $shm->stat;
}

# Blocking, timeouts, signals, undo, death: each sleeper is seen to sleep before the next step.
sub processes {
	print "-- processes\n";
	my $id = msgget(IPC_PRIVATE, 0600) // die;
	my $sem = IPC::Semaphore->new(IPC_PRIVATE, 3, 0600) // die;
	my ($buffer, $pid);

	# Four clients, one server, replies by type: the classic.
	my $server = child {
		my $served = 0;
		for (1 .. 200) {
			msgrcv($id, $buffer, 1000, 1, 0) or return 1;
			my ($from, $n) = (unpack 'l! l l', $buffer)[1, 2];
			msgsnd($id, pack('l! l', $from, $n * $n), 0) or return 2;
			$served++;
		}
		return $served == 200 ? 0 : 3;
	};
	my @clients = map {
		my $c = $_;
		child {
			for my $n (1 .. 50) {
				msgsnd($id, pack('l! l l', 1, 1000 + $c, $n), 0) or return 1;
				msgrcv($id, my $reply, 1000, 1000 + $c, 0) or return 2;
				return 3 if (unpack 'l! l', $reply)[1] != $n * $n;
			}
			return 0;
		}
	} 1 .. 4;
	report 'clients', join ' ', map { reap $_ } @clients;
	report 'server', reap $server;

	# A full queue lets a sleeping sender through when there is room.
	1 while msgsnd($id, pack('l! a*', 7, 'x' x 4000), IPC_NOWAIT);
	$pid = child { msgsnd($id, pack('l! a*', 8, 'waited' x 500), 0) ? 0 : 1 };
	until_true { in_queue($pid) } 'sender sleeps';
	report 'sender sleeps', yes(waitpid($pid, POSIX::WNOHANG()) == 0);
	msgrcv($id, $buffer, 8000, 7, 0) or die;
	report 'sender', reap $pid;
	outcome 'what it sent', msgrcv($id, $buffer, 8000, 8, IPC_NOWAIT);
	1 while msgrcv($id, $buffer, 8000, 0, IPC_NOWAIT);

	# A handled signal ends msgrcv and semop with EINTR, with or without restarting handlers; ignored ones do not.
	for my $flags (0, POSIX::SA_RESTART()) {
		my $hits = 0;
		POSIX::sigaction(POSIX::SIGALRM(), POSIX::SigAction->new(sub { $hits++ }, POSIX::SigSet->new, $flags)) or die;
		my $start = time;
		alarm 0.3;
		outcome 'msgrcv interrupted', msgrcv($id, $buffer, 10, 0, 0);
		report 'after the alarm', yes($hits == 1 && time - $start > 0.25);
		alarm 0.3;
		outcome 'semop interrupted', $sem->op(0, -1, 0);
		report 'handler ran', $hits;
	}
	$pid = child {
		$SIG{USR1} = 'IGNORE';
		$sem->op(2, 1, 0) or return 9;
		return $sem->op(0, -1, 0) ? 0 : 1;
	};
	until_true { $sem->getval(2) == 1 && $sem->getncnt(0) == 1 } 'child sleeps';
	kill 'USR1', $pid;
	sleep 0.1;
	report 'still asleep', $sem->getncnt(0);
	$sem->op(0, 1, 0);
	report 'ignored signal', reap $pid;

	# The oldest sleeper gets the units, and V then P by the same process steals none.
	my @order = map {
		my $n = $_;
		my $kid = child { $sem->op(0, -1, 0) ? 10 + $n : 1 };
		until_true { $sem->getncnt(0) == $n } "sleeper $n";
		$kid;
	} 1 .. 3;
	for my $n (1 .. 3) {
		$sem->op(0, 1, 0);
		outcome "own try after V $n", $sem->op(0, -1, IPC_NOWAIT);
		report "woken $n", reap $order[$n - 1];
	}

	# What a killed process undoes is there when its parent knows of the death.
	$pid = child {
		$sem->op(1, 5, SEM_UNDO, 2, -1, SEM_UNDO) or return 1;
		$sem->op(0, -1, 0);
		return 2;
	};
	until_true { $sem->getncnt(0) == 1 } 'undoer sleeps';
	report 'before', join ' ', $sem->getall;
	kill 'KILL', $pid;
	report 'killed', reap $pid;
	report 'after', join ' ', $sem->getall;
	report 'nobody waits', $sem->getncnt(0);

	# Removal wakes sleepers of both families.
	my @sleepers = (
		child { $sem->op(0, -1, 0) ? 0 : $!{EIDRM} ? 43 : 1 },
		child { msgrcv($id, $buffer, 1, 0, 0) ? 0 : $!{EIDRM} ? 43 : 1 }
	);
	until_true { $sem->getncnt(0) == 1 && in_queue($sleepers[1]) } 'two sleepers';
	$sem->remove;
	msgctl($id, IPC_RMID, 0) or die;
	report 'removed under sleepers', join ' ', map { reap $_ } @sleepers;
}

# Another user: permissions are the kernel's.
sub permissions {
	print "-- permissions\n";
	my $id = msgget($KEY, IPC_CREAT | 0642) // die;
	my $sem = semget($KEY, 1, IPC_CREAT | 0604) // die;
	my $shm = shmget($KEY, 4096, IPC_CREAT | 0600) // die;
	my $pid = child {
		POSIX::setgid(65534), POSIX::setuid(65534);
		outcome 'msgsnd', msgsnd($id, pack('l! a*', 1, 'in'), 0);
		outcome 'msgrcv', msgrcv($id, my $b, 10, 0, IPC_NOWAIT);
		report 'msgget to read', msgget($KEY, 0004);
		report 'msgget to write', msgget($KEY, 0002);
		outcome 'semop zero', semop($sem, pack 's!3', 0, 0, IPC_NOWAIT);
		outcome 'semop up', semop($sem, pack 's!3', 0, 1, IPC_NOWAIT);
		report 'getval', semctl($sem, 0, GETVAL, 0);
		report 'setval', semctl($sem, 0, SETVAL, 1);
		outcome 'shmread', shmread($shm, $b, 0, 1);
		report 'rmid', msgctl($id, IPC_RMID, 0);
		return 0;
	};
	report 'the other', reap $pid;
	msgctl($id, IPC_RMID, 0) or die;
	semctl($sem, 0, IPC_RMID, 0) or die;
	shmctl($shm, IPC_RMID, 0) or die;
}

builtin_messages();
builtin_semaphores();
builtin_segments();
classes();
processes();
permissions();
print "done\n";
