# The command in a container, from the package's tarball beside this file: `npm pack`, then `docker build .`. Pulumi's CLI and RKE
# are not in it; docs/container.md says how they come in.
ARG BASE=node:24-bookworm-slim
FROM ${BASE}
# Node keeps what it has compiled, npm's too, in /tmp.
ARG NODE_DISABLE_COMPILE_CACHE=1
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates openssh-client util-linux \
 && rm -rf /var/lib/apt/lists/*
COPY rancher-rollback-cli-*.tgz /tmp/package/
# A volume that is mounted on one of the folders for the first time takes its owner. An older tarball is not to be installed by chance.
RUN test "$(ls /tmp/package | wc -l)" -eq 1 \
 && npm install --global --ignore-scripts --no-fund --no-audit /tmp/package/*.tgz \
 && rm -rf /tmp/package /root/.npm \
 && rancher-rollback --version \
 && install --directory --owner node --group node /cluster /home/node/.pulumi
USER node
WORKDIR /cluster
ENTRYPOINT ["rancher-rollback"]
CMD ["--help"]
