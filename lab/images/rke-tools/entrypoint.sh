#!/bin/bash
# stand-in of /opt/rke-tools/entrypoint.sh: prepares the host for a component and execs it
set -e
case "$1" in
kubelet)
  # /host/dev -> /dev, as the real one does, so that devices made later are seen
  mount --rbind /host/dev /dev 2>/dev/null || true
  mount -o rw,remount /sys/fs/cgroup 2>/dev/null || true
  mkdir -p /var/lib/kubelet/volumeplugins /var/lib/cni /etc/cni/net.d /opt/cni/bin
  # CNI plugins of the hyperkube image go onto the host
  if [ -d /opt/cni-plugins ]; then cp -n /opt/cni-plugins/* /opt/cni/bin/ 2>/dev/null || true; fi
  if [ -n "$RKE_KUBELET_DOCKER_CONFIG" ]; then
    echo "$RKE_KUBELET_DOCKER_CONFIG" | base64 -d > "$RKE_KUBELET_DOCKER_FILE"
  fi
  set -- "$@" --cgroup-driver=cgroupfs
  ;;
kube-proxy)
  set -- "$@" --conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0
  ;;
esac
exec "$@"
