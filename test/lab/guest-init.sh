#!/bin/sh
# First process of a user-mode-linux guest: lays a throw-away root over the host's files, runs the
# scenario in it and powers off. The host's disk is mounted read-only; only $LAB_OUT is written.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
. "$LAB_RUN/job.env"
modules=/usr/lib/uml/modules/$(uname -r)

mount -t proc proc /proc
mount -t tmpfs tmpfs /run
insmod "$modules/kernel/fs/overlayfs/overlay.ko"
mkdir /run/upper /run/work /run/root /run/layer
mount -t hostfs none /run/layer -o "$LAB_RUN/packages"
mount -t overlay overlay -o lowerdir=/run/layer:/,upperdir=/run/upper,workdir=/run/work /run/root

cd /run/root || exit 1
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t devtmpfs devtmpfs dev
mkdir -p dev/pts dev/shm
mount -t devpts devpts dev/pts
mount -t tmpfs tmpfs dev/shm
mount -t tmpfs tmpfs run
ln -s /proc/self/fd dev/fd
# A repository below one of these has just been covered.
case $LAB_REPOSITORY in
  /run/* | /dev/*)
    mkdir -p "/run/root$LAB_REPOSITORY"
    mount -t hostfs none "/run/root$LAB_REPOSITORY" -o "$LAB_RUN/repository"
    ;;
esac
mkdir -p "usr/lib/modules/${modules##*/}" ".$LAB_OUT" run/old
for name in $LAB_WITHOUT_MODULES; do find ".$modules" -name "$name.ko" -delete; done
mount --bind ".$modules" "usr/lib/modules/${modules##*/}"
mount -t hostfs none ".$LAB_OUT" -o "$LAB_RUN/out"

# Not a plain chroot: programs that enter mount namespaces would find the way out of it.
pivot_root . run/old && umount -l /run/old
export PATH="$LAB_PATH" HOME=/root TERM=dumb
chroot . sh -c '
  modprobe -qa $LAB_MODULES
  ip link set lo up
  exec "$LAB_NODE" --enable-source-maps "$LAB_MAIN" "$LAB_JOB"' <dev/null
sync
echo 1 >/proc/sys/kernel/sysrq
echo o >/proc/sysrq-trigger
sleep 30
