# The service. Build tools, pip and the sources stay in the first stage; docs/http.md says how it is run.
FROM python:3.12-slim AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY recsys recsys
# The versions that the tests ran with. Hashes are left out: with them pip wants one of the project itself too.
RUN sed -E '/^ +--hash/d; s/ *\\$//' constraints.txt > versions.txt \
    && python -m venv --without-pip /opt/recsys \
    && python -m pip --python /opt/recsys/bin/python install --constraint versions.txt '.[serve,fast,postgresql]'

FROM python:3.12-slim
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
