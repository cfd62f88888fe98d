#!/bin/sh
# The node's own clock as a line `clock NOW`, and its etcd, if there is one, as a line `container NAME RUNNING STARTED_AT`;
# then its component and network containers, and Rancher's own.
. ../node/dockerAnswers.sh
echo "clock $(date -u +%Y-%m-%dT%H:%M:%SZ)"
docker inspect --format 'container {{.Name}} {{.State.Running}} {{.State.StartedAt}}' etcd 2>/dev/null || true
. ./componentFacts.sh
. ./rancherFacts.sh
