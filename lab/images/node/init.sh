#!/bin/bash
# The first process of a node: a machine with an sshd and a dockerd, or none yet, and nothing else.
mount --make-rshared /
mkdir -p /run/sshd /var/lib/etcd /etc/cni /opt/cni/bin /var/lib/cni /var/log/pods /var/log/containers /root/.ssh
install -m 600 /lab/authorized_keys /root/.ssh/authorized_keys
install -m 600 /lab/host_key /etc/ssh/ssh_host_ed25519_key

# A user as RKE's documentation asks for: in the docker group, without sudo. With a password that nobody has, not a
# locked one: sshd without PAM lets no locked user in.
if [ -n "$LAB_USER" ] && ! id "$LAB_USER" >/dev/null 2>&1; then
  useradd --create-home --shell /bin/bash --password '*' "$LAB_USER"
  if getent group docker >/dev/null; then usermod --append --groups docker "$LAB_USER"; fi
  install -D -m 600 -o "$LAB_USER" /lab/authorized_keys "/home/$LAB_USER/.ssh/authorized_keys"
  chown "$LAB_USER" "/home/$LAB_USER/.ssh"
fi
[ -z "$LAB_SECOND_ADDRESS" ] || ip address add "$LAB_SECOND_ADDRESS" dev eth0
# What the cloud calls this machine, and its address: entrypoint.sh of rke-tools acts on it.
[ -z "$LAB_CLOUD" ] || echo "$LAB_CLOUD" >/run/lab-cloud

# Names are never asked for: the engine of the machine underneath would ask them of the outside world.
echo 'nameserver 127.0.0.1' >/etc/resolv.conf

if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  # cgroup v2: controllers can be handed down only from a group without processes.
  mkdir -p /sys/fs/cgroup/init
  xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/init/cgroup.procs || true
  sed 's/ / +/g; s/^/+/' </sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
else
  mount -o remount,rw /sys/fs/cgroup
  for hierarchy in /sys/fs/cgroup/*; do
    mountpoint -q "$hierarchy" && mount -o remount,rw "$hierarchy"
  done
fi 2>/dev/null
mount -o remount,rw /sys 2>/dev/null
mount -o remount,rw /proc/sys 2>/dev/null

# Bit 24 of the bounding set is CAP_SYS_RESOURCE: see runc-lab.
bounding=0x$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
runtime=runc
((bounding >> 24 & 1)) || runtime=lab

while :; do
  # Docker may be installed only later: the group is the last that its package makes.
  until command -v dockerd && getent group docker; do sleep 1; done >/dev/null
  rm -f /var/run/docker.pid /run/docker/containerd/containerd.pid
  dockerd --default-runtime "$runtime" >>/var/log/dockerd.log 2>&1
  sleep 1
done &
/usr/sbin/sshd

trap '[ -f /var/run/docker.pid ] || exit 0; kill "$(cat /var/run/docker.pid)"; tail --pid="$(cat /var/run/docker.pid)" -f /dev/null; exit 0' TERM
while :; do sleep 3600 & wait $!; done
