# syntax=docker/dockerfile:1
# The image of Rhannu: one image, three commands (serve, worker, migrate).
# It carries no database: RHANNU_DATABASE_URL and the keys come from the cluster (k8s/README.md).
#
# The base is pinned by tag only, since a digest was not to be had when this was written. A release
# pins it: --build-arg PYTHON_TAG=3.11-slim-bookworm@sha256:<the digest that your registry names>.
ARG PYTHON_TAG=3.11-slim-bookworm

FROM python:${PYTHON_TAG} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
# Made without pip, so that what is copied below cannot install anything.
RUN python -m venv --without-pip /opt/venv
COPY requirements/runtime.in requirements/runtime.lock requirements/embedded.lock requirements/
# Wheels only: nothing is compiled here, and every file must have the hash that the lock names.
RUN python -m pip --python /opt/venv/bin/python install --require-hashes --only-binary :all: -r requirements/runtime.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY alembic alembic
COPY openapi openapi
COPY domain domain
COPY services services
COPY api api
# The build backend comes from a lock too, for this one step. The tree is installed where it stands
# (editable), because alembic/ and openapi/ are found beside pyproject.toml, as in a checkout.
RUN awk '/^[^ #]/ { keep = /^setuptools==/ } keep' requirements/embedded.lock > /tmp/backend.lock \
    && python -m pip --python /opt/venv/bin/python install --require-hashes --only-binary :all: -r /tmp/backend.lock \
    && python -m pip --python /opt/venv/bin/python install --no-deps --no-build-isolation --editable . \
    && python -m pip --python /opt/venv/bin/python uninstall --yes setuptools \
    && rm -rf ./*.egg-info build requirements \
    && /opt/venv/bin/python -m compileall -q api services domain

FROM python:${PYTHON_TAG} AS service
LABEL org.opencontainers.image.title="rhannu" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.description="Shared multi-agency risk flags and information sharing for adult safeguarding"
# No installer stays in the image, and the service runs as a user who owns nothing in it.
RUN python -m pip uninstall --yes --root-user-action=ignore setuptools wheel pip \
    && groupadd --gid 10001 rhannu \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin rhannu
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app /app
# /tmp is the only place written to; the root file system may be mounted read-only.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONFAULTHANDLER=1 \
    RHANNU_ENVIRONMENT=production \
    RHANNU_HOME=/tmp/rhannu \
    RHANNU_HOST=0.0.0.0 \
    RHANNU_PORT=8000
WORKDIR /app
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# For `serve` under a plain container engine. Kubernetes ignores it and uses its own probes.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['RHANNU_PORT']}/health/live\", timeout=2)"]
ENTRYPOINT ["rhannu"]
CMD ["serve"]
