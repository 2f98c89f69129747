# One image for the web server, the workers and beat; a second target for the simulated AWS account. For x86-64.
# The image contains Terraform and the AWS provider in fixed versions: Terraform by its SHA-256, the provider by the
# blueprint's lock file. TERRAFORM_FROM=folder takes both from ./var/image instead (terraform, mirror/), for a
# machine without internet: Terraform as it is there, the provider still by the lock file.
ARG TERRAFORM_FROM=internet

FROM debian:bookworm-20260824-slim AS python
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates tini \
 && rm -rf /var/lib/apt/lists/*

FROM python AS packages
COPY requirements/ /requirements/
RUN python3 -m venv /opt/portal/venv \
 && /opt/portal/venv/bin/pip install --no-cache-dir --require-hashes -r /requirements/production.txt

FROM packages AS simulator-packages
RUN /opt/portal/venv/bin/pip install --no-cache-dir --require-hashes -r /requirements/demo.txt

FROM python AS terraform-internet
ARG TERRAFORM_VERSION=1.11.4
ARG TERRAFORM_SHA256=1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc
RUN apt-get update && apt-get install -y --no-install-recommends curl unzip
RUN curl -fsSLo /tmp/terraform.zip \
      "https://releases.hashicorp.com/terraform/${TERRAFORM_VERSION}/terraform_${TERRAFORM_VERSION}_linux_amd64.zip" \
 && echo "${TERRAFORM_SHA256}  /tmp/terraform.zip" | sha256sum -c - \
 && mkdir /image && unzip -q /tmp/terraform.zip terraform -d /image
COPY terraform_modules/ /terraform_modules/
# `init` refuses a provider that the lock file does not name; the mirror then holds exactly that one, unpacked.
RUN set -eu; for module in /terraform_modules/*/; do \
      if [ -e "$module/.terraform.lock.hcl" ]; then cd "$module"; \
        /image/terraform init -backend=false -lockfile=readonly -input=false; \
        mkdir -p /image/mirror; cp -a .terraform/providers/. /image/mirror/; fi; done

FROM python AS terraform-folder
COPY var/image/ /image/
COPY terraform_modules/ /terraform_modules/
RUN printf 'provider_installation {\n  filesystem_mirror { path = "/image/mirror" }\n}\n' > /tmp/mirror.tfrc \
 && set -eu; for module in /terraform_modules/*/; do \
      if [ -e "$module/.terraform.lock.hcl" ]; then cd "$module"; TF_CLI_CONFIG_FILE=/tmp/mirror.tfrc \
        /image/terraform init -backend=false -lockfile=readonly -input=false; fi; done

FROM terraform-${TERRAFORM_FROM} AS terraform

FROM python AS portal
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/portal portal
COPY --from=terraform /image/terraform /usr/local/bin/terraform
COPY --from=terraform /image/mirror /opt/portal/terraform-providers
COPY --from=packages /opt/portal/venv /opt/portal/venv
COPY manage.py /opt/portal/app/
COPY portal/ /opt/portal/app/portal/
COPY provisioner/ /opt/portal/app/provisioner/
COPY terraform_modules/ /opt/portal/app/terraform_modules/
ENV PATH=/opt/portal/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/portal TERRAFORM_PLUGIN_MIRROR=/opt/portal/terraform-providers LOG_FORMAT=json
WORKDIR /opt/portal/app
USER portal
# tini reaps orphans of workers; a shepherd continues when its worker is replaced inside the container.
ENTRYPOINT ["tini", "--"]
CMD ["uvicorn", "portal.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--lifespan", "off", "--no-access-log", "--ws-max-size", "65536", "--ws-per-message-deflate", "false", "--proxy-headers", "--timeout-graceful-shutdown", "3"]

FROM python AS simulator
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/portal portal
COPY --from=simulator-packages /opt/portal/venv /opt/portal/venv
COPY simulator/ /opt/portal/app/simulator/
ENV PATH=/opt/portal/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /opt/portal/app
USER portal
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "simulator", "--host", "0.0.0.0", "--port", "4566", "--data", "/var/lib/portal"]

# The last stage is the result of `docker build .`.
FROM portal
