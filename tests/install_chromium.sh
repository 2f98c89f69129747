#!/usr/bin/env bash
# The browser journey needs a Chromium. As root on a Debian it is installed; elsewhere a person decides.
set -euo pipefail
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
  echo "The browser tests need Chromium: install your system's 'chromium' package." >&2
  exit 1
fi
