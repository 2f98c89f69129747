#!/usr/bin/env bash
# What the tests use besides Python packages: a Chromium, PostgreSQL's programs, node, npm, nginx, MariaDB's programs, curl, gettext.
# As root on a Debian they are installed; elsewhere this says what is missing.
set -euo pipefail
PATH=$PATH:/usr/sbin

missing=()
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
command -v nginx >/dev/null || missing+=(nginx-light)
command -v mariadbd >/dev/null || missing+=(mariadb-server-core)
command -v mariadb >/dev/null || missing+=(mariadb-client-core)
command -v curl >/dev/null || missing+=(curl)
command -v xgettext >/dev/null || missing+=(gettext)
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing ${missing[*]} ..."
  # The tests start what they need themselves: no package may start its service now.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "The tests need these packages of your system: ${missing[*]}" >&2
  exit 1
fi
