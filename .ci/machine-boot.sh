#!/bin/sh
# A machine of its own inside of this one: systemd in new namespaces, without a network, on a copy of this disk that is forgotten when the machine ends.
# As root: machine-boot.sh GROUP, where GROUP is a new folder in a cgroup2 file system, for all that will run.
set -e

if [ "$1" != inside ]; then
  mkdir "$1"
  echo $$ > "$1/cgroup.procs"
  exec unshare --cgroup --mount --pid --net --uts --ipc --fork sh "$0" inside
fi

mount --make-rprivate /
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
root=/mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work $root
mount -t proc proc $root/proc
mount -t sysfs -o ro sysfs $root/sys
mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
for folder in run tmp dev dev/shm; do
  mkdir -p $root/$folder
  mount -t tmpfs -o mode=755 none $root/$folder
done
# What is checked out in one of these is seen all the same.
checkout=$(dirname "$(dirname "$0")")
if [ ! -e "$root$checkout" ]; then
  mkdir -p "$root$checkout"
  mount -o bind,ro "$checkout" "$root$checkout"
fi
chmod 1777 $root/tmp $root/dev/shm
mkdir $root/dev/pts
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts $root/dev/pts
ln -s pts/ptmx $root/dev/ptmx
for device in null zero full random urandom tty; do
  touch $root/dev/$device
  mount --bind /dev/$device $root/dev/$device
done
ln -s /proc/self/fd $root/dev/fd
for number in 0:stdin 1:stdout 2:stderr; do ln -s /proc/self/fd/${number%:*} $root/dev/${number#*:}; done
# What this machine runs, a new one does not.
rm -rf $root/etc/systemd/system/*.wants $root/etc/rc?.d/S*
: > $root/etc/machine-id
ip link set lo up
exec env -i container=machine PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot $root /lib/systemd/systemd --system --unit=multi-user.target
