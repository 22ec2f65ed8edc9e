# The web catalog's files, from the root of the repository:
#   docker build --file deploy/images/catalog.Dockerfile --tag patchwork/catalog .
# It listens on 8080 and writes nothing. CATALOG_PUBLIC__REGISTRY_URL and CATALOG_PUBLIC__S3PROXY_URL are the hosts that its
# pages may call; /config.json and /config.js of its host are the registry's.
# CA_CERTIFICATE: the certificates, in PEM, of a proxy that opens TLS; npm trusts them as well. The image does not contain them.

FROM node:24.11-bookworm-slim AS build
ARG CA_CERTIFICATE=
WORKDIR /build
RUN printf '%s\n' "$CA_CERTIFICATE" > /ca.pem
COPY catalog/package.json catalog/package-lock.json ./
RUN ${CA_CERTIFICATE:+env NODE_EXTRA_CA_CERTS=/ca.pem} npm ci --no-audit --no-fund
COPY catalog ./
RUN npm run build

# A copy without the right to low ports, which a container that may gain no privileges cannot start.
FROM caddy:2.11.4-alpine AS caddy
RUN cp /usr/bin/caddy /caddy

FROM alpine:3.22
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="patchwork-catalog" \
      org.opencontainers.image.description="Patchwork: an open registry for Quilt data packages; its web catalog" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=caddy /caddy /caddy
COPY deploy/images/catalog.Caddyfile /Caddyfile
COPY --from=build /build/dist /srv
ENV HOME=/tmp
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 \
    CMD ["wget", "--quiet", "--spider", "http://127.0.0.1:8080/"]
CMD ["/caddy", "run", "--config", "/Caddyfile", "--adapter", "caddyfile"]
