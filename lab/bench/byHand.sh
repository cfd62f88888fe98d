#!/bin/sh
# The runbook of the failed upgrade, command after command and node after node, as an operator types it.
# A line "step: TITLE" begins each step.
set -eu
: "${RKE?}" "${KUBECTL?}" "${FOLDER?}" "${SNAPSHOT?}" "${VERSION?}" "${NODES?}" "${SSH_CONFIG?}" "${URL?}" "${CA?}" "${TOKEN?}"
cd "$FOLDER"

step() { echo "step: $1"; }

kubectl() { "$KUBECTL" --kubeconfig=kube_config_rancher-cluster.yml "$@"; }

# The API may just be away: whoever sees that tries again, for three minutes.
patiently() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 180 ] || return 1
    sleep 1
  done
}

answers() {
  printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" |
    curl --config - --silent --fail --max-time 5 --cacert "$CA" "$URL/v3/settings/server-version" |
    grep -q "\"value\":\"$VERSION\""
}

step "rke etcd snapshot-restore"
"$RKE" etcd snapshot-restore --name "$SNAPSHOT" --config rancher-cluster.yml

step "rke up"
"$RKE" up --config rancher-cluster.yml

for node in $NODES; do
  step "restart $node"
  ssh -F "$SSH_CONFIG" "$node" 'docker restart kube-apiserver kubelet kube-controller-manager kube-scheduler kube-proxy
    docker ps | grep flannel | cut -f 1 -d " " | xargs -r docker restart
    docker ps | grep calico | cut -f 1 -d " " | xargs -r docker restart' </dev/null
done

step "image"
patiently kubectl -n cattle-system set image deployment/cattle "cattle-server=rancher/rancher:$VERSION"
patiently kubectl -n cattle-system rollout status deployment/cattle --timeout=180s

step "confirm"
patiently answers
