# The command in a container, from the package's tarball beside this file: `npm pack`, then `docker build .`. Pulumi's CLI and RKE
# are not in it; docs/container.md says how they come in.
ARG BASE=node:24-bookworm-slim
FROM ${BASE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates openssh-client util-linux \
 && rm -rf /var/lib/apt/lists/*
COPY rancher-rollback-cli-*.tgz /tmp/package/
RUN npm install --global --ignore-scripts --no-fund --no-audit /tmp/package/*.tgz \
 && rm -rf /tmp/package /root/.npm \
 && NODE_DISABLE_COMPILE_CACHE=1 rancher-rollback --version
USER node
WORKDIR /cluster
ENTRYPOINT ["rancher-rollback"]
CMD ["--help"]
