#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Python workload of the test `python` beside it: sysv_ipc's semaphores (with timeouts: semtimedop), message queues
# and segments, its exceptions, and several processes. Everything printed is the same for each run.

import os
import signal
import sys
import threading
import time

import sysv_ipc as ipc

KEY = 0x5079


def report(what, result):
    print(f"{what}: {result!r}")


def attempt(what, call, *args, **kwargs):
    """Reports the call's result, or which of the module's exceptions it raised."""
    try:
        result = call(*args, **kwargs)
    except (ipc.Error, ValueError, MemoryError, OSError) as error:
        result = f"{type(error).__name__}: {error}"
    print(f"{what}: {result}")


def child(function):
    """Runs function in a forked process; its result is the exit status, an exception is status 99."""
    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            status = function() or 0
        except BaseException as error:  # the child must not run on into the parent's code
            print(f"child: {type(error).__name__}: {error}")
        finally:
            os._exit(status)
    return pid


def reap(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def until(condition, what):
    end = time.monotonic() + 10
    while not condition():
        if time.monotonic() > end:
            print(f"never: {what}")
            return
        time.sleep(0.01)


def receiving(pid):
    """Whether the process sleeps in msgrcv (its number on x86-64 and arm64)."""
    with open(f"/proc/{pid}/syscall") as f:
        return f.read().split()[0] in ("70", "188")


def stop_and_continue(pid):
    os.kill(pid, signal.SIGSTOP)
    stopped = os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1])
    os.kill(pid, signal.SIGCONT)
    return stopped


def took(call, *args):
    """How long a call took, and what it raised."""
    start = time.monotonic()
    try:
        call(*args)
        raised = None
    except (ipc.Error, OSError) as error:
        raised = type(error).__name__
    return raised, time.monotonic() - start


def semaphores():
    print("-- Semaphore")
    report("timeouts", ipc.SEMAPHORE_TIMEOUT_SUPPORTED)
    s = ipc.Semaphore(KEY, ipc.IPC_CREX, mode=0o640, initial_value=2)
    report("id, key", (s.id, s.key == KEY))
    attempt("exclusive again", ipc.Semaphore, KEY, ipc.IPC_CREX)
    attempt("one that is not there", ipc.Semaphore, KEY + 1)
    report("owner", (s.uid, s.gid, s.cuid, s.cgid, oct(s.mode)))
    report("fresh o_time", s.o_time)
    s.acquire()
    report("value", s.value)
    report("o_time is now", abs(s.o_time - time.time()) <= 2)
    report("last_pid is mine", s.last_pid == os.getpid())
    s.acquire(delta=1)
    attempt("acquire in no time", s.acquire, 0)
    raised, seconds = took(s.acquire, 0.3)
    report("acquire in 0.3 s", (raised, 0.25 < seconds < 5))
    s.block = False
    attempt("acquire without blocking", s.acquire)
    s.block = True
    s.release(5)
    report("value", s.value)
    attempt("delta 0", s.acquire, None, 0)
    s.value = 32767
    attempt("release past the maximum", s.release)
    attempt("value past the maximum", setattr, s, "value", 32768)
    report("value", s.value)
    raised, seconds = took(s.Z, 0.2)
    report("Z in 0.2 s", (raised, 0.15 < seconds < 5))
    s.value = 0
    attempt("Z", s.Z)
    s.mode = 0o600
    report("mode", oct(s.mode))
    s.remove()
    attempt("release after", s.release)
    attempt("value after", lambda: s.value)
    attempt("remove by id", ipc.remove_semaphore, s.id)


def queues():
    print("-- MessageQueue")
    q = ipc.MessageQueue(KEY, ipc.IPC_CREX, mode=0o600, max_message_size=8192)
    report("id, limits", (q.id, q.max_size, oct(q.mode)))
    for kind, text in ((5, b"five"), (1, b"one"), (9, b""), (5, "fünf".encode())):
        q.send(text, type=kind)
    report("current_messages", q.current_messages)
    report("sender is me", q.last_send_pid == os.getpid())
    report("receive -5", q.receive(type=-5))
    report("receive 5", q.receive(type=5))
    report("receive 0", q.receive())
    report("receive", q.receive(block=False))
    attempt("receive of nothing", q.receive, block=False)
    attempt("type 0", q.send, b"x", type=0)
    attempt("too long", q.send, b"x" * 8193)
    q.send(b"\0binary\xff" * 1000)
    report("long one", q.receive() == (b"\0binary\xff" * 1000, 1))
    n = 0
    try:
        while True:
            q.send(b"x" * 512, block=False)
            n += 1
    except ipc.BusyError:
        pass
    report("until full", (n, q.current_messages))
    q.max_size = 1024
    report("max_size", q.max_size)
    report("times", [abs(t - time.time()) <= 2 for t in (q.last_send_time, q.last_receive_time, q.last_change_time)])
    q.remove()
    attempt("send after", q.send, b"x")


def segments():
    print("-- SharedMemory")
    m = ipc.SharedMemory(KEY, ipc.IPC_CREX, mode=0o600, size=10000, init_character=b"-")
    report("id, size", (m.id, m.size, m.attached, m.number_attached))
    report("filled", m.read() == b"-" * 10000)
    m.write(b"python", offset=9994)
    report("end", m.read(8, offset=9992))
    attempt("write past the end", m.write, b"python", 9995)
    other = ipc.SharedMemory(KEY)
    report("attached twice", (other.number_attached, other.id == m.id))
    report("seen by the other", other.read(6, 9994))
    ro = ipc.attach(m.id, flags=ipc.SHM_RDONLY)
    report("read only", ro.read(6, 9994))
    attempt("store through it", ro.write, b"x")
    ro.detach()
    attempt("detached", ro.read)
    view = memoryview(m)
    view[0:3] = b"abc"
    report("by the buffer protocol", other.read(3))
    view.release()

    def changes_it():
        m.write(b"child", 100)
        return m.number_attached

    pid = child(changes_it)
    report("attached in a child", reap(pid))
    report("the child wrote", other.read(5, 100))
    report("creator is me, last is the child", (m.creator_pid == os.getpid(), m.last_pid == pid))
    m.remove()
    report("removed, attached", (m.number_attached, other.read(3), oct(m.mode & 0o777)))
    attempt("by key", ipc.SharedMemory, KEY)
    m.detach()
    other.detach()
    attempt("attach of a dead id", ipc.attach, m.id)
    attempt("more than there is", ipc.SharedMemory, KEY, ipc.IPC_CREX, size=1 << 62)


def processes():
    print("-- processes")
    s = ipc.Semaphore(None, ipc.IPC_CREX, initial_value=0)
    report("a key was chosen", s.key != 0)

    # A counter in a segment under a semaphore: four processes, none of its updates is lost.
    m = ipc.SharedMemory(None, ipc.IPC_CREX, size=4096, init_character=b"\0")
    lock = ipc.Semaphore(None, ipc.IPC_CREX, initial_value=1)

    def counts():
        for _ in range(250):
            with lock:
                n = int.from_bytes(m.read(8), "little")
                m.write((n + 1).to_bytes(8, "little"))

    report("counters", [reap(p) for p in [child(counts) for _ in range(4)]])
    report("counted", int.from_bytes(m.read(8), "little"))

    # A releaser ends a wait in time; waiters and their numbers.
    pid = child(lambda: s.acquire(30))
    until(lambda: s.waiting_for_nonzero == 1, "a waiter")
    s.release()
    report("released", (reap(pid), s.value))
    s.release()
    pid = child(lambda: s.Z(30))
    until(lambda: s.waiting_for_zero == 1, "a waiter for zero")
    s.acquire()
    report("reached zero", reap(pid))

    # undo: the unit comes back when its holder is killed.
    s.undo = True
    s.release()

    def holds():
        s.acquire()
        lock.acquire()
        lock.acquire()

    pid = child(holds)
    until(lambda: lock.waiting_for_nonzero == 1, "the holder")
    report("held", s.value)
    os.kill(pid, signal.SIGKILL)
    report("killed", (reap(pid), s.value, lock.value))
    s.undo = False

    # A thread that waits does not hold up the others of its process, and leaves when it gets what it waits for.
    got = []
    waiter = threading.Thread(target=lambda: (s.acquire(), s.acquire(), got.append("two units")))
    waiter.start()
    until(lambda: s.waiting_for_nonzero == 1, "the thread")
    report("meanwhile", s.value)
    s.release()
    waiter.join(10)
    report("the thread", got)

    # Signals: the handler runs while the call waits, and the module reports the interruption.
    hits = []
    signal.signal(signal.SIGALRM, lambda *_: hits.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    raised, seconds = took(s.acquire, 5)
    report("interrupted", (raised, len(hits), 0.15 < seconds < 4.5))
    q = ipc.MessageQueue(None, ipc.IPC_CREX)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    raised, seconds = took(q.receive)
    report("receive interrupted", (raised, len(hits), 0.15 < seconds < 4.5))

    # A stream through a queue that is mostly full, in order.
    def sends():
        for n in range(500):
            q.send(n.to_bytes(4, "little") + b"." * 1000, type=1 + n % 3)

    pid = child(sends)
    received = [q.receive() for _ in range(500)]
    report("stream", (reap(pid), [int.from_bytes(t[:4], "little") for t, _ in received] == list(range(500))))
    report("types", all(kind == 1 + n % 3 for n, (_, kind) in enumerate(received)))

    # Stopped and continued, without any handler: Linux ends semop with EINTR then (signal(7)), and restarts msgrcv.
    def is_interrupted():
        try:
            s.acquire()
        except ipc.Error as error:
            return 44 if "Signaled" in str(error) else 1

    pid = child(is_interrupted)
    until(lambda: s.waiting_for_nonzero == 1, "a waiter")
    report("stopped", stop_and_continue(pid))
    s.release()
    report("semop goes on", (reap(pid), s.value))
    s.value = 0
    pid = child(lambda: 45 if q.receive()[0] == b"late" else 1)
    until(lambda: receiving(pid), "a receiver")
    report("stopped", stop_and_continue(pid))
    q.send(b"late")
    report("msgrcv goes on", reap(pid))

    # Removed under them.
    def waits():
        try:
            s.acquire()
        except ipc.ExistentialError:
            return 43

    def receives():
        try:
            q.receive()
        except ipc.ExistentialError:
            return 43

    pids = [child(waits), child(receives)]
    until(lambda: s.waiting_for_nonzero == 1 and receiving(pids[1]), "two waiters")
    s.remove()
    q.remove()
    report("removed under them", [reap(p) for p in pids])
    lock.remove()
    m.detach()
    m.remove()


def permissions():
    print("-- another user")
    s = ipc.Semaphore(KEY, ipc.IPC_CREX, mode=0o604, initial_value=1)
    q = ipc.MessageQueue(KEY, ipc.IPC_CREX, mode=0o602)
    m = ipc.SharedMemory(KEY, ipc.IPC_CREX, mode=0o604, size=4096)

    def other_user():
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        attempt("value", lambda: s.value)
        attempt("acquire", s.acquire)
        attempt("send", q.send, b"in")
        attempt("receive", q.receive)
        attempt("attach", ipc.attach, m.id)
        attempt("attach to read", lambda: ipc.attach(m.id, flags=ipc.SHM_RDONLY).read(1))
        attempt("remove", s.remove)
        attempt("remove", m.remove)

    report("the other", reap(child(other_user)))
    s.remove()
    q.remove()
    m.detach()
    m.remove()


if __name__ == "__main__":
    # What is buffered at a fork would be written twice.
    sys.stdout.reconfigure(line_buffering=True)
    semaphores()
    queues()
    segments()
    processes()
    permissions()
    print("done")
    sys.exit(0)
