#!/bin/sh
# deploying.sh FOLDER COMMAND...: run it as root on this machine as it is, but for what it writes, which goes into
# a memory of its own and is gone with it.
set -eu
folder=$1
shift
mount -t tmpfs tmpfs "$folder"
mkdir "$folder/upper" "$folder/work" "$folder/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
for place in proc dev; do
    mount --rbind "/$place" "$folder/root/$place"
done
exec chroot "$folder/root" "$@"
