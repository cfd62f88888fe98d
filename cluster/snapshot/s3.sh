#!/bin/sh
# Functions that ask S3 by the node's s3cmd. The keys come on standard input and are in the environment of s3cmd alone: no
# command line, no file. The node's own s3cmd config is left out. They need script.sh.
# ssl: --ssl or --no-ssl. bucket: the folder's address. ca: certificates of the authority behind the endpoint, PEM; empty
# where the node knows it.
: "${host?}" "${ssl?}" "${region?}" "${bucket?}" "${keys?}" "${ca?}"

s3cmd_with() {
  unset AWS_ACCESS_KEY AWS_SECRET_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN
  if [ -n "$access" ]; then AWS_ACCESS_KEY_ID=$access AWS_SECRET_ACCESS_KEY=$secret; export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; fi
  # Some releases show times in that of the environment (s3cmd v1.5.2 S3/Utils.py, formatDateTime).
  TZ=UTC; export TZ
  exec s3cmd --config=/dev/null "--host=$host" "--host-bucket=$host" "--region=$region" "$ssl" ${authority:+"--ca-certs=$authority"} --no-progress "$@"
}

ready_for_s3() { # FOLDER for the authority's certificates. Sets access, secret, authority and credentials
  access='' secret='' authority=''
  # shellcheck disable=SC2034 # read by those who have this file
  if [ "$keys" = yes ]; then
    IFS= read -r access; IFS= read -r secret
    credentials=keys
  else
    credentials=profile
  fi
  has s3cmd || fail no-s3cmd
  [ -z "$ca" ] || { authority=$1/ca.pem; printf '%s\n' "$ca" >"$authority"; }
}
