#!/bin/sh
# Whole processes, measured with hyperfine against their peers in the same run:
#   the quickstart against `helm template` of the chart, and a stream of 5,000 foreign objects against kyaml's own
#   function that does nothing.
# usage: run.sh CHROMA_FN HELM [CHART]
set -eu
program=$(realpath "$1") helm=$2 chart=${3:-}
command -v hyperfine >/dev/null || { echo 'bench: install hyperfine first' >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/noop" ./tests/bench/noop

if [ -n "$chart" ]; then
	hyperfine -N --warmup 3 --runs 30 \
		-n 'chroma-fn render examples/quickstart' "$program render examples/quickstart" \
		-n "cmp generate of the quickstart, as Argo CD's cmp-server runs it" "env -C examples/quickstart $program cmp generate" \
		-n 'helm template' "$helm template chroma $chart"
else
	echo 'no CHART=DIR: the quickstart is measured without helm template beside it'
	hyperfine -N --warmup 3 --runs 30 "$program render examples/quickstart"
fi

{
	printf 'apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n'
	i=0
	while [ $i -lt 5000 ]; do
		printf -- '- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: foreign-%d # a comment\n    namespace: elsewhere\n    labels: {app: foreign}\n  data:\n    key: value\n    other: "%d"\n' $i $i
		i=$((i + 1))
	done
	printf 'functionConfig:\n  apiVersion: chromafn.dev/v1alpha1\n  kind: ChromaConfig\n  metadata:\n    name: chroma\n'
} >"$work/foreign.yaml"
hyperfine --shell sh --warmup 3 --runs 20 \
	-n 'chroma-fn with 5,000 foreign objects' "$program <$work/foreign.yaml" \
	-n "kyaml's no-op function with 5,000 foreign objects" "$work/noop <$work/foreign.yaml"
