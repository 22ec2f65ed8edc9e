# One service, from the root of the repository:
#   docker build --file deploy/images/service.Dockerfile --build-arg SERVICE=auth --tag patchwork/auth .
# SERVICE: auth, registry, indexer or s3proxy. It listens on 8080, needs nothing to write to but /tmp, and takes its
# settings from the environment. Migrations: `python -m shared.db.migrate auth`.
# CA_CERTIFICATE: the certificates, in PEM, of a proxy that opens TLS; pip trusts them as well. The image does not contain them.

FROM python:3.11.14-slim-bookworm AS build
ARG SERVICE
ARG CA_CERTIFICATE=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_CERT=/build/ca.pem
WORKDIR /build
# The library that locks readers of files in. It is part of Debian's package manager, and so of the base image of both stages.
RUN python -c 'from ctypes.util import find_library; assert find_library("seccomp")'
RUN cat /etc/ssl/certs/ca-certificates.crt > ca.pem && printf '%s\n' "$CA_CERTIFICATE" >> ca.pem
COPY requirements/image-build.txt requirements/image-${SERVICE}.txt requirements/
RUN python -m venv tools && tools/bin/pip install --require-hashes --only-binary=:all: -r requirements/image-build.txt
RUN python -m venv --without-pip /opt/patchwork && python -m pip --python /opt/patchwork/bin/python install --require-hashes --only-binary=:all: -r requirements/image-${SERVICE}.txt
COPY shared shared
COPY services/${SERVICE} services/${SERVICE}
RUN tools/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir wheels ./shared ./services/${SERVICE} && python -m pip --python /opt/patchwork/bin/python install --no-index --no-deps wheels/*.whl

FROM python:3.11.14-slim-bookworm
ARG SERVICE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="patchwork-${SERVICE}" \
      org.opencontainers.image.description="Patchwork: an open registry for Quilt data packages; its service ${SERVICE}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/patchwork /opt/patchwork
# Certificate authorities of RDS, which only services with PGSSLROOTCERT trust.
COPY deploy/images/rds-ca.pem /opt/patchwork/rds-ca.pem
ENV PATH=/opt/patchwork/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    UVICORN_APP=${SERVICE}.main:create_app \
    UVICORN_FACTORY=true \
    UVICORN_HOST=0.0.0.0 \
    UVICORN_PORT=8080 \
    UVICORN_ACCESS_LOG=false \
    UVICORN_SERVER_HEADER=false \
    UVICORN_LOG_LEVEL=warning \
    UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN=25
# On Fargate, a volume has the rights that the image gives it.
VOLUME ["/tmp"]
WORKDIR /tmp
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os; from urllib.request import urlopen; urlopen(f'http://127.0.0.1:{os.environ[\"UVICORN_PORT\"]}/health/live', timeout=4)"]
CMD ["python", "-m", "shared.web.serving"]
