# JOIP in an image: `docker build -t joip .`; compose.yaml runs it with all that it needs.
FROM python:3.12-slim

RUN useradd --system --uid 1000 --create-home joip
WORKDIR /srv/joip
COPY requirements.txt requirements-workers.txt ./
RUN pip install --no-cache-dir --no-compile -r requirements.txt -r requirements-workers.txt
COPY . .
RUN mkdir -p data && chown joip data

USER joip
# Without the first, a process keeps 150 MB more after many uploads.
ENV MALLOC_ARENA_MAX=2 PYTHONUNBUFFERED=1 BIND=0.0.0.0 DATA_DIR=/srv/joip/data
VOLUME /srv/joip/data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s CMD ["python", "deploy/probe.py", "/readyz"]
CMD ["python", "-m", "gunicorn", "joip.wsgi"]
