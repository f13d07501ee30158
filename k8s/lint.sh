#!/bin/sh
# Lint of the image and of the cluster files; `make check` runs it. The linters live in a virtual
# environment of their own (.venv-infra), because what they need clashes with what Rhannu needs.
# Apart from installing them once from the package registry, nothing here uses the network.
set -eu

cd "$(dirname "$0")/.."
venv=.venv-infra
lock=requirements/infra.lock
if ! cmp -s "$lock" "$venv/installed.lock"; then
    echo "infra: installing the linters into $venv"
    rm -rf "$venv"
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes --only-binary :all: -r "$lock"
    cp "$lock" "$venv/installed.lock"
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo "infra: hadolint"
"$venv/bin/hadolint" Dockerfile
echo "  no findings"

echo "infra: cluster files, against each other and against Kubernetes' schemas"
"$venv/bin/python" k8s/check.py --validator "$venv/bin/kubernetes-validate" --scratch "$scratch"

# checkov asks nobody for anything: no platform, no key, no results sent, no modules fetched. The
# cluster files are read twice: as they are written, and as kustomize (where it is installed) leaves them.
unset BC_API_KEY PRISMA_API_URL
export LOG_LEVEL=ERROR PYTHONWARNINGS=ignore
checkov() {
    echo "infra: checkov, $1"
    shift
    "$venv/bin/python" -m checkov.main --config-file .checkov.yaml "$@" > "$scratch/out" || failed=1
    sed '/^$/d; s/^/  /' "$scratch/out"
}
failed=0
checkov "the image" --file Dockerfile --framework dockerfile
checkov "the cluster files" --directory k8s --framework kubernetes secrets
for overlay in "$scratch"/*/; do
    checkov "the objects of $(basename "$overlay")" --directory "$overlay" --framework kubernetes
done
exit "$failed"
