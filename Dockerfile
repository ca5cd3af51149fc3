# Stage 1: the environment and the pages' assets, in layers that change from seldom to often.
FROM python:3.11-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends git make && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY pyproject.toml constraints.txt Makefile README.md LICENSE NOTICE ./
COPY scripts scripts
RUN python -m venv .venv \
    && .venv/bin/python scripts/install_torch.py \
    && .venv/bin/pip install --no-cache-dir fastapi faiss-cpu sentence-transformers sqlmodel httpx -c constraints.txt
COPY index index
COPY recommender recommender
COPY ledger ledger
COPY api api
RUN make install

# Stage 2: what runs, as a user of its own, with the data on a volume.
FROM python:3.11-slim
RUN useradd --create-home --uid 10001 baicha && install -d -o baicha /data
WORKDIR /app
COPY --from=build /app /app
COPY starter starter
ENV BAICHA_DATA=/data BAICHA_HOST=0.0.0.0 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive PYTHONPATH=/app
USER baicha
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=120s CMD ["/app/.venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=5)"]
CMD ["/app/.venv/bin/baicha", "serve", "--starter", "starter"]
