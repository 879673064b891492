# One image for the worker, the watchdog, the codec server, the migrations and the command meedoen.

FROM python:3.13-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /app
COPY requirements-production.lock /src/
RUN /app/bin/python -m pip install --require-hashes -r /src/requirements-production.lock
COPY . /src/
RUN /app/bin/python -m pip install --no-deps --no-build-isolation /src \
    && /app/bin/python -m pip uninstall --yes setuptools pip \
    && /app/bin/python -m compileall -q /app/lib

FROM python:3.13-slim AS program

# The number is fixed, so that files in a volume keep their owner when the image is made anew.
RUN groupadd --gid 10001 meedoen \
    && useradd --uid 10001 --gid meedoen --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin meedoen \
    && install -d -o meedoen -g meedoen -m 0700 /sleutels /bewaking
COPY --from=build /app /app

ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MEEDOEN_KEY_FILE=/sleutels/keys.json
WORKDIR /app
USER 10001:10001
CMD ["python", "-m", "worker"]

# The same with pg_dump and pg_restore, for the service backup. They may not be older than the server, so they
# come from PostgreSQL's own packages.
FROM program AS backup
USER root
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install --yes --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/*
USER 10001:10001

FROM program
USER 10001:10001
