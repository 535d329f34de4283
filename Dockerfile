# The image of the KRM function and of the Argo CD plugin: one static binary, the name of the user that it runs as, and
# the plugin's configuration. `make image` builds it.
ARG GO_VERSION=1.26

# The stage runs on the builder's platform and compiles for the target's. A builder that does not
# tell its own (docker's before BuildKit, podman 4.3) gets the usual one.
FROM --platform=${BUILDPLATFORM:-linux/amd64} docker.io/library/golang:${GO_VERSION} AS build
WORKDIR /src
# A layer of their own: modules change less often than code.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG IMAGE=ghcr.io/chromafn/chroma-fn
ARG TARGETOS
ARG TARGETARCH
# The flags are those of `make build`: the same source and Go give the same bytes, here and there.
RUN CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} go build -trimpath -buildvcs=false \
      -ldflags "-s -w -X main.buildVersion=${VERSION} -X main.imageRepository=${IMAGE}" \
      -o /out/usr/local/bin/chroma-fn ./cmd/chroma-fn
# kustomize and kpt run a function as `--user nobody`, a name that a bare scratch image does not know.
RUN mkdir /out/etc && \
    echo 'nobody:x:65534:65534:nobody:/:/sbin/nologin' >/out/etc/passwd && \
    echo 'nobody:x:65534:' >/out/etc/group
# kustomize, run in this program's own process, finds it under the name docker.
RUN ln -s chroma-fn /out/usr/local/bin/docker
# Where Argo CD's cmp-server, which the sidecar gets from the repo-server, looks for the configuration of its plugin.
RUN mkdir -p /out/home/argocd/cmp-server/config /out/home/argocd/cmp-server/config-with-discovery && \
    cp argocd-plugin/plugin.yaml /out/home/argocd/cmp-server/config/plugin.yaml && \
    cp argocd-plugin/plugin-with-discovery.yaml /out/home/argocd/cmp-server/config-with-discovery/plugin.yaml && \
    chmod 644 /out/home/argocd/cmp-server/*/plugin.yaml

FROM scratch
LABEL org.opencontainers.image.title="chroma-fn" \
      org.opencontainers.image.description="Renders a ChromaConfig to the Kubernetes objects of a Chroma vector database" \
      org.opencontainers.image.source="https://github.com/chromafn/chroma-fn" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out /
# By this cmp-server finds the program.
ENV PATH=/usr/local/bin
USER 65534:65534
ENTRYPOINT ["/usr/local/bin/chroma-fn"]
