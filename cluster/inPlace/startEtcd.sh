#!/bin/sh
# Starts etcd where an RKE that has ended left it stopped. That RKE's server of the snapshot may hold etcd's port: where it
# cannot be removed, this ends, and etcd is not started.
. ../rke/removeHelpers.sh
. ../containers/startAgain.sh
