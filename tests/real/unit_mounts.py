"""
What systemd mounts for a service, imitated: `unit_mounts.py FOLDER NAME=VALUE... -- COMMAND`.

Needs root.  Only what concerns mounts is looked at; the namespace is this process's own, and goes with it.
FOLDER is empty, and stays so.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys

CLONE_NEWNS = 0x20000
RDONLY, NOSUID, NOEXEC, REMOUNT, BIND, MOVE, REC, SLAVE = 1, 2, 8, 32, 4096, 8192, 16384, 1 << 19
DETACH = 2
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
LIBC = ctypes.CDLL(None, use_errno=True)
TUNABLES = ("acpi", "asound", "bus", "fs", "irq", "scsi", "sys", "sysrq-trigger")


def done(result: int, what: str) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), what)


def mount(source: str, target: str, flags: int, kind: str = "", options: str = "") -> None:
    words = (source.encode(), target.encode(), kind.encode() or None, flags, options.encode() or None)
    done(LIBC.mount(*words), target)


def read_only(path: str) -> None:
    """That place and what is mounted below it."""
    with open("/proc/self/mountinfo") as file:
        places = [line.split()[4] for line in file]
    if path not in places:
        mount(path, path, BIND | REC)
        places.append(path)
    for place in places:
        if place == path or place.startswith(path.rstrip("/") + "/"):
            mount("", place, BIND | REMOUNT | RDONLY)


def own_devices(root: str, scratch: str) -> None:
    devices = f"{scratch}/dev"
    os.mkdir(devices)
    mount("tmpfs", devices, NOSUID | NOEXEC, "tmpfs", "mode=755")
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        os.mknod(f"{devices}/{name}", 0o666 | stat.S_IFCHR, os.stat(f"/dev/{name}").st_rdev)
        os.chmod(f"{devices}/{name}", 0o666)
    for name in ("pts", "shm"):
        os.mkdir(f"{devices}/{name}")
        mount(f"/dev/{name}", f"{devices}/{name}", BIND)
    os.symlink("pts/ptmx", f"{devices}/ptmx")
    os.symlink("/proc/self/fd", f"{devices}/fd")
    mount(devices, f"{root}/dev", MOVE)


def imitate(settings: dict[str, str], root: str, scratch: str) -> None:
    """Below `root`, where all that there is has been bound."""
    wanted = {name for name, value in settings.items() if value in ("yes", "strict")}
    nothing = f"{scratch}/nothing"
    os.close(os.open(nothing, os.O_CREAT, 0))
    if "ProtectSystem" in wanted:
        for place in ("usr", "etc", "home", "var", "opt", "root"):
            read_only(f"{root}/{place}")
    if "PrivateTmp" in wanted:
        mount("tmpfs", f"{root}/tmp", 0, "tmpfs", "mode=1777")
    if "ProtectControlGroups" in wanted:
        read_only(f"{root}/sys/fs/cgroup")
    if "ProtectKernelModules" in wanted and os.path.isdir(f"{root}/usr/lib/modules"):
        mount("tmpfs", f"{root}/usr/lib/modules", RDONLY, "tmpfs", "mode=000")
    if "ProtectKernelLogs" in wanted:
        mount(nothing, f"{root}/proc/kmsg", BIND)
    if "ProtectHostname" in wanted:
        for name in ("hostname", "domainname"):
            read_only(f"{root}/proc/sys/kernel/{name}")
    if "ProtectKernelTunables" in wanted:
        for name in TUNABLES:
            if os.path.exists(f"{root}/proc/{name}"):
                read_only(f"{root}/proc/{name}")
        mount(nothing, f"{root}/proc/kallsyms", BIND)
        read_only(f"{root}/sys")
    if "PrivateDevices" in wanted:
        own_devices(root, scratch)


def main(arguments: list[str]) -> None:
    end = arguments.index("--")
    scratch, *words = arguments[:end]
    settings = dict(word.split("=", 1) for word in words)
    done(LIBC.unshare(CLONE_NEWNS), "unshare")
    mount("", "/", REC | SLAVE)
    mount("tmpfs", scratch, 0, "tmpfs", "mode=755")
    root = f"{scratch}/root"
    os.mkdir(root)
    mount("/", root, BIND | REC)
    imitate(settings, root, scratch)
    os.chdir(root)
    done(LIBC.syscall(PIVOT_ROOT, b".", b"."), "pivot_root")
    done(LIBC.umount2(b".", DETACH), "umount2")
    os.chdir("/")
    os.execvp(arguments[end + 1], arguments[end + 1 :])


if __name__ == "__main__":
    main(sys.argv[1:])
