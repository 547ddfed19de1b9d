#!/bin/sh
# First process of a guest that has the host's files as its root: lays a throw-away root over them, runs the
# scenario in it and powers off. The host's disk is mounted read-only; only $LAB_OUT is written.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
. "$LAB_RUN/job.env"
modules=$LAB_KERNEL_MODULES/$(uname -r)

# share NAME FOLDER CACHE: mounts what lies in $LAB_RUN under that name. CACHE is how 9p may cache it: for
# what nobody changes `loose`, else `none`.
share() {
  case $LAB_KERNEL in
    uml) mount -t hostfs none "$2" -o "$LAB_RUN/$1" ;;
    qemu) mount -t 9p "$1" "$2" -o "$LAB_SHARE_OPTIONS,cache=$3" ;;
  esac
}

mount -t proc proc /proc
case $LAB_KERNEL in
  uml) mount -t tmpfs tmpfs /run && lower=/run/layer:/ ;;
  # The first script has mounted /run, and in it what is held in memory.
  qemu) lower=/run/memory:/run/layer:/ ;;
esac
insmod "$modules/kernel/fs/overlayfs/overlay.ko"
mkdir /run/upper /run/work /run/root /run/layer
share packages /run/layer loose
mount -t overlay overlay -o lowerdir=$lower,upperdir=/run/upper,workdir=/run/work /run/root

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
    share repository "/run/root$LAB_REPOSITORY" loose
    ;;
esac
mkdir -p "usr/lib/modules/${modules##*/}" ".$LAB_OUT" run/old
for name in $LAB_WITHOUT_MODULES; do find ".$modules" -name "$name.ko" -delete; done
mount --bind ".$modules" "usr/lib/modules/${modules##*/}"
share out ".$LAB_OUT" none

# Not a plain chroot: programs that enter mount namespaces would find the way out of it.
pivot_root . run/old && umount -l /run/old
export PATH="$LAB_PATH" HOME=/root TERM=dumb
chroot . sh -c '
  modprobe -qa $LAB_MODULES
  if [ "$LAB_KERNEL" = qemu ]; then
    printf "#!/bin/sh\ncase \$* in *crypto-*) exit 1 ;; esac\nexec /sbin/modprobe \"\$@\"\n" >/run/modprobe
    chmod 755 /run/modprobe
    echo /run/modprobe >/proc/sys/kernel/modprobe
  fi
  ip link set lo up
  exec "$LAB_NODE" --enable-source-maps "$LAB_MAIN" "$LAB_JOB"' <dev/null
sync
echo 1 >/proc/sys/kernel/sysrq
echo o >/proc/sysrq-trigger
sleep 30
