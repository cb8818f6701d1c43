#!/bin/busybox sh
# First process of an emulated machine. Its root file system is that of the machine it runs on, read-only but for
# /run. Runs /command as root there and writes its output to the second serial port, from which the starter reads; the
# first one is the console. The last line is {"exit":N}.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
stty -F /dev/ttyS1 raw -echo

fail() {
  echo "{\"problem\":\"$1\"}" >/dev/ttyS1
  poweroff -f
}

for file in /modules/*.ko; do
  problem=$(insmod "$file" 2>&1) || fail "$problem"
done

mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose root /newroot ||
  fail 'the root file system cannot be mounted'
mount -t proc proc /newroot/proc
mount -t sysfs sys /newroot/sys
mount -t devtmpfs dev /newroot/dev
mount -t tmpfs tmpfs /newroot/run
mkdir /newroot/run/tmp /newroot/run/node-cache
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose node-cache /newroot/run/node-cache ||
  fail 'the cache of Node cannot be mounted'
mount -t bpf bpf /newroot/sys/fs/bpf
ip link set lo up

export PATH=/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/run/tmp
chroot /newroot /bin/bash -c "$(cat /command)" >/dev/ttyS1 2>&1 </dev/null
echo "{\"exit\":$?}" >/dev/ttyS1
/bin/poweroff -f
