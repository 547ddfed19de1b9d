#!/bin/sh
# First process of a lab on the machine's own kernel: runs in fresh mount, pid and network namespaces,
# so that named network namespaces, processes and mounts of the scenario all vanish when it ends.
. "$LAB_RUN/job.env"
mkdir -p /run/netns /run/lab
mount -t tmpfs tmpfs /run/netns
mount -t tmpfs tmpfs /run/lab
if [ -d "$LAB_RUN/packages/usr" ]; then
  # A copy: a lower layer inside the other one (a repository below /usr) is refused.
  cp -a "$LAB_RUN/packages/usr" /run/lab/usr
  mount -t overlay overlay -o lowerdir=/run/lab/usr:/usr /usr
fi
export PATH="$LAB_PATH" HOME=/root TERM=dumb
ip link set lo up
"$LAB_NODE" --enable-source-maps "$LAB_MAIN" "$LAB_JOB" </dev/null
