# The service. Build tools, pip and the sources stay in the first stage; docs/http.md says how it is run.
# The base is python:3.12-slim of September 2026 (3.12.14, Debian trixie), all platforms. For a newer one:
#   docker buildx imagetools inspect python:3.12-slim --format '{{.Manifest.Digest}}'
ARG BASE=python:3.12-slim@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea
FROM ${BASE} AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY deploy/constraints.txt deploy/build-constraints.txt deploy/
RUN python -m venv --without-pip /opt/recsys \
    && python -m pip --python /opt/recsys/bin/python install --require-hashes -r deploy/constraints.txt \
    && python -m pip install --require-hashes -r deploy/build-constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY recsys recsys
# The project has no hash: it is built here, with what was just installed, and brings nothing else.
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && python -m pip --python /opt/recsys/bin/python install --no-deps --no-index /wheels/*.whl

FROM ${BASE}
RUN python -m pip uninstall --yes pip \
    && groupadd --system --gid 10001 recsys \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin recsys \
    && install --directory --owner=recsys --group=recsys --mode=0750 /data
COPY --from=build /opt/recsys /opt/recsys
ENV PATH=/opt/recsys/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/tmp/numba \
    RECSYS_STORE=/data/news.db \
    RECSYS_MODELS=/data/models
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8750
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8750/readyz', timeout=4)"]
ENTRYPOINT ["recsys"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8750"]
