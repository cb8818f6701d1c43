#!/usr/bin/env bash
# Signs what a registry holds with the identity of the running workflow, and verifies it as anybody else would. The
# digest of an image's index covers its SBOM and its provenance, too.
#   usage: sign.sh NAME@sha256:DIGEST
set -euo pipefail

[[ $1 =~ @sha256:[0-9a-f]{64}$ ]] || {
  echo "tripod: only what is named by digest is signed: $1" >&2
  exit 1
}
cosign sign --yes --recursive "$1"
cosign verify --certificate-oidc-issuer https://token.actions.githubusercontent.com \
  --certificate-identity "$GITHUB_SERVER_URL/$GITHUB_WORKFLOW_REF" "$1"
