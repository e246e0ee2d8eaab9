"""The system calls that a walled worker may, may sometimes, and may never make, with their numbers.

One policy, and its numbers on x86_64 and aarch64 (`-`: that machine has no such call). The numbers are facts of the Linux
kernel's interface: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h. A call that is on no list
here is answered ENOSYS, as by a kernel that does not know it, so that a library falls back to what it did before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["ALLOWED", "FATAL", "JUDGED", "REFUSED", "SET_UP", "number_of"]


def _table(text: str) -> Mapping[str, tuple[int | None, int | None]]:
    rows = (entry.split() for entry in text.replace("\n", " ").split(","))
    return {name: (_number(x86_64), _number(aarch64)) for name, x86_64, aarch64 in rows}


def _number(text: str) -> int | None:
    return None if text == "-" else int(text)


def number_of(table: Mapping[str, tuple[int | None, int | None]], name: str, machine: str) -> int | None:
    """The number of the call so named on `x86_64` or `aarch64`; None where that machine has no such call."""
    return table[name][0 if machine == "x86_64" else 1]


ALLOWED: Final = _table("""
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, preadv 295 69,
pwritev 296 70, preadv2 327 286, pwritev2 328 287, close 3 57, close_range 436 436, fstat 5 80, stat 4 -,
lstat 6 -, newfstatat 262 79, statx 332 291, lseek 8 62, mmap 9 222, mprotect 10 226, munmap 11 215,
mremap 25 216, brk 12 214, madvise 28 233, mincore 27 232, msync 26 227, membarrier 324 283, futex 202 98,
futex_waitv 449 449, sched_yield 24 124, rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139,
rt_sigpending 127 136, rt_sigtimedwait 128 137, sigaltstack 131 132, restart_syscall 219 128, access 21 -,
faccessat 269 48, faccessat2 439 439, readlink 89 -, readlinkat 267 78, getcwd 79 17, getdents 78 -,
getdents64 217 61, statfs 137 43, fstatfs 138 44, dup 32 23, dup2 33 -, dup3 292 24, pipe2 293 59,
eventfd2 290 19, epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22,
epoll_pwait2 441 441, poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, nanosleep 35 101,
clock_nanosleep 230 115, clock_gettime 228 113, clock_getres 229 114, gettimeofday 96 169, time 201 -,
times 100 153, getrusage 98 165, sysinfo 99 179, uname 63 160, getrandom 318 278, getcpu 309 168,
getpid 39 172, gettid 186 178, getppid 110 173, getpgid 121 155, getpgrp 111 -, getsid 124 156,
getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177, getgroups 115 158, getresuid 118 148,
getresgid 120 150, capget 125 90, getrlimit 97 163, getpriority 140 141, sched_getaffinity 204 123,
sched_getparam 143 121, sched_getscheduler 145 120, sched_get_priority_max 146 125,
sched_get_priority_min 147 126, set_tid_address 218 96, set_robust_list 273 99, get_robust_list 274 100,
rseq 334 293, arch_prctl 158 -, exit 60 93, exit_group 231 94, memfd_create 319 279, ftruncate 77 46,
fadvise64 221 223, recvmsg 47 212, sendmsg 46 211, recvfrom 45 207, shutdown 48 210, getsockopt 55 209,
getsockname 51 204, getpeername 52 205
""")
"""Always allowed: they touch only memory, threads, clocks and descriptors that the worker already holds."""

JUDGED: Final = _table("""
open 2 -, openat 257 56, clone 56 220, ioctl 16 29, fcntl 72 25, prctl 157 167, prlimit64 302 261,
kill 62 129, tgkill 234 131, sendto 44 206, setrlimit 160 164
""")
"""Allowed or not by their arguments; `seccomp` holds the rule of each."""

REFUSED: Final = _table("""
socket 41 198, socketpair 53 199, bind 49 200, connect 42 203, listen 50 201, accept 43 202, accept4 288 242,
sendmmsg 307 269, setsockopt 54 208, fork 57 -, vfork 58 -, creat 85 -, unlink 87 -, unlinkat 263 35,
rmdir 84 -, rename 82 -, renameat 264 38, renameat2 316 276, mkdir 83 -, mkdirat 258 34, link 86 -,
linkat 265 37, symlink 88 -, symlinkat 266 36, mknod 133 -, mknodat 259 33, chmod 90 -, fchmod 91 52,
fchmodat 268 53, chown 92 -, fchown 93 55, lchown 94 -, fchownat 260 54, utime 132 -, utimes 235 -,
futimesat 261 -, utimensat 280 88, truncate 76 45, fallocate 285 47, setxattr 188 5, lsetxattr 189 6,
fsetxattr 190 7, removexattr 197 14, lremovexattr 198 15, fremovexattr 199 16, tkill 200 130,
rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240, setuid 105 146, setgid 106 144, setreuid 113 145,
setregid 114 143, setresuid 117 147, setresgid 119 149, setgroups 116 159, setfsuid 122 151,
setfsgid 123 152, setpriority 141 140, setsid 112 157, setpgid 109 154, chdir 80 49, fchdir 81 50,
chroot 161 51, mlockall 151 230, shmget 29 194, shmat 30 196, shmctl 31 195, msgget 68 186, msgsnd 69 189,
semget 64 190, semop 65 193, mq_open 240 180, mq_unlink 241 181, inotify_init 253 -, inotify_init1 294 26,
inotify_add_watch 254 27, fanotify_init 300 262, pidfd_open 434 434, pidfd_getfd 438 438,
pidfd_send_signal 424 424
""")
"""Answered EPERM: they write, reach other processes or the network, but a library may try one and go on without."""

FATAL: Final = _table("""
execve 59 221, execveat 322 281, ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271,
process_madvise 440 440, kcmp 312 272, mount 165 40, umount2 166 39, pivot_root 155 41, move_mount 429 429,
open_tree 428 428, fsopen 430 430, fsmount 432 432, fsconfig 431 431, fspick 433 433, mount_setattr 442 442,
unshare 272 97, setns 308 268, bpf 321 280, perf_event_open 298 241, io_uring_setup 425 425,
io_uring_enter 426 426, io_uring_register 427 427, keyctl 250 219, add_key 248 217, request_key 249 218,
userfaultfd 323 282, init_module 175 105, finit_module 313 273, delete_module 176 106, kexec_load 246 104,
kexec_file_load 320 294, reboot 169 142, swapon 167 224, swapoff 168 225, acct 163 89, quotactl 179 60,
syslog 103 116, capset 126 91, personality 135 92, settimeofday 164 170, clock_settime 227 112,
clock_adjtime 305 266, adjtimex 159 171, sethostname 170 161, setdomainname 171 162, iopl 172 -,
ioperm 173 -, modify_ldt 154 -, vmsplice 278 75, open_by_handle_at 304 265, name_to_handle_at 303 264,
lookup_dcookie 212 18
""")
"""End the worker at once: nothing that examines a picture makes these; only code that took the worker over would."""

SET_UP: Final = _table("""
seccomp 317 277, landlock_create_ruleset 444 444, landlock_add_rule 445 445, landlock_restrict_self 446 446
""")
"""Made while the wall is being built, before the filter is in force."""
