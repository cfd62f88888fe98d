#!/bin/sh
# The module's zip lacks the generated OpenAPI definitions: they are generated on a copy of it.
set -eu
module=k8s.io/kubernetes@v1.20.15
mkdir src
cp -r "$(go mod download -json "$module" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')" src/kubernetes
chmod -R u+w src/kubernetes

output=src/kubernetes/pkg/generated/openapi
: >header.txt
# shellcheck disable=SC2046 # one argument for each package
"$OPENAPI_GEN" --go-header-file header.txt --report-filename report.txt \
  --output-dir "$output" --output-pkg k8s.io/kubernetes/pkg/generated/openapi --output-file zz_generated.openapi.go \
  $(cat openapi-packages.txt)

# Today's generator names a package that this Kubernetes did not know yet.
sed -i 's#"k8s.io/kube-openapi/pkg/validation/spec"#"github.com/go-openapi/spec"#' "$output/zz_generated.openapi.go"
