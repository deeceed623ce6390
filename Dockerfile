# Two stages: the first has the tools to install, the second only what runs.
FROM python:3.12.9-slim-bookworm AS build
WORKDIR /app
COPY requirements/livekit.txt requirements/
RUN python -m venv /app/venv \
 && /app/venv/bin/pip install --no-cache-dir --require-hashes -r requirements/livekit.txt
COPY pyproject.toml README.md LICENSE ./
COPY liveroom liveroom
COPY loadtests loadtests
RUN /app/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12.9-slim-bookworm AS server
COPY --from=build /app/venv /app/venv
RUN install -d -m 700 -o 10001 -g 10001 /data
VOLUME ["/data"]
# A number and not a name, so that Kubernetes can see that it is not root.
USER 10001:10001
ENV PATH=/app/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LIVEROOM_ENV=production \
    LIVEROOM_HOST=0.0.0.0 \
    LIVEROOM_PORT=8000 \
    LIVEROOM_DATA_DIR=/data
EXPOSE 8000
# Not by way of a proxy that the environment names, and with as little as it takes: this runs every ten seconds.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-Ic", "import os, http.client as h; c = h.HTTPConnection('127.0.0.1', int(os.environ['LIVEROOM_PORT']), timeout=2); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
# SIGTERM drains: clients are moved away before the process ends (LIVEROOM_DRAIN_S).
STOPSIGNAL SIGTERM
ENTRYPOINT ["liveroom"]
CMD ["serve"]

# The load generator: the same, with Locust. `docker build --target loadtest .`
FROM build AS loadtest-build
COPY requirements/loadtest.txt requirements/
RUN /app/venv/bin/pip install --no-cache-dir --require-hashes -r requirements/loadtest.txt

FROM server AS loadtest
# What Locust is told to load; the rest of it is in the environment.
COPY loadtests/locustfile.py /app/locustfile.py
COPY --from=loadtest-build /app/venv /app/venv
# For its report.
WORKDIR /data
HEALTHCHECK NONE
ENTRYPOINT ["locust"]
CMD ["--help"]

# Without a target the server is built.
FROM server
