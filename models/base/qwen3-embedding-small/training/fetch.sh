#!/bin/bash
# Puts the sources into WORK/src (Debian 12 packages, unpacked) and WORK/gh (checkouts at the commits that were read).
set -euo pipefail
work=$1
mkdir -p "$work/debs" "$work/src" "$work/gh"
packages="wordnet-base python3.11-doc postgresql-doc-15 golang-1.19-src golang-1.19-doc sqlite3-doc apache2-doc cmake-doc
  nodejs-doc python-django-doc dict-jargon python-scipy-doc python-pandas-doc python-sqlalchemy-doc libboost1.74-doc
  llvm-14-doc erlang-doc libssl-doc zsh-doc python-flask-doc python-werkzeug-doc python-jinja2-doc python-tornado-doc
  python-requests-doc python-acme-doc python-certbot-doc python-sklearn-doc python-sympy-doc python-mako-doc
  python-pygments-doc python-babel-doc python-setuptools-doc nova-doc cinder-doc keystone-doc neutron-doc glance-doc
  heat-doc ironic-doc swift-doc python-openstackclient-doc twisted-doc"
for package in $packages; do
  (cd "$work/debs" && apt-get download "$package")
  dpkg -x "$work/debs/$package"_*.deb "$work/src/$package"
done
while read -r repo commit; do
  git clone --quiet "https://github.com/$repo" "$work/gh/${repo/\//+}"
  git -C "$work/gh/${repo/\//+}" checkout --quiet "$commit"
done <<'REPOS'
18F/handbook 1e4955634d0369f17e5bbc0ebbf8f62e2a3dfe4b
18F/methods f9305795b101763edd7ff3287a6e1005152ca862
GSA/digitalgov.gov 4979583206d90ff1707b097454a9b169ca9e95e4
GSA-TTS/identity-site 7bc713b98bef38f5cec7668726013a53d8a53a94
alphagov/government-service-design-manual 4efa105e0dde7beb862f99253f118e140da8d487
alphagov/smart-answers 6fb9aab9572cbf4f7f8e00384fe748d3ba121727
cloud-gov/cg-site 536b459f25dc541450f8b02675b32584196a05fd
department-of-veterans-affairs/vagov-content 5d2beb6948242bbe4bc86bbc5eb9e1df509b4f50
tldr-pages/tldr 08e345f42639f67d99282813247ac670dc6e87cb
PolyAI-LDN/task-specific-datasets 57ec275d8078af65b7731c2a98be812d844a6d6b
clinc/oos-eval 828f8093932c8fe6ca7936c3d2e52903b1c523de
REPOS
