#!/bin/busybox sh
# First process of an emulated machine, in its initramfs: reaches the host's files, read-only, and makes
# them its root; from there on everything is as in a user-mode-linux guest. What lies in /layer stays in
# memory and is shown in /run/memory.
for module in $(busybox cat /modules/order); do busybox insmod "/modules/$module"; done
busybox mount -t 9p root /root -o "ro,$LAB_SHARE_OPTIONS,cache=loose"
busybox mount -t tmpfs tmpfs /root/run
busybox mkdir /root/run/memory
busybox mount -o bind /layer /root/run/memory
cd /root || exit 1
busybox mount -o move . /
exec busybox chroot . "$LAB_RUN/guest-init.sh"
