#!/bin/sh
# Whole builds of kustomizations with 1, 10 and 50 ChromaConfigs, measured with hyperfine: in our own process against
# kustomize with our program under the name docker, and as a program against one that does nothing beside the same
# objects and one that has them from a file.
# usage: hosts.sh CHROMA_FN KUSTOMIZE
set -eu
program=$(realpath "$1") kustomize=$(realpath "$2")
command -v hyperfine >/dev/null || { echo 'bench: install hyperfine first' >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/noop.linked" ./tests/bench/noop
# Copies, as users have them: the pages of a file as the linker wrote it can cost a process a tenth more.
cp "$work/noop.linked" "$work/noop"
cp "$program" "$work/chroma-fn"
program=$work/chroma-fn
"$program" install "$work/without-docker"

# kustomization DIRECTORY COUNT ANNOTATION
kustomization() {
	mkdir -p "$1"
	echo 'generators: [chroma.yaml]' >"$1/kustomization.yaml"
	i=0
	while [ $i -lt "$2" ]; do
		printf -- '---\napiVersion: chromafn.dev/v1alpha1\nkind: ChromaConfig\nmetadata:\n  name: chroma-%d\n  annotations:\n    config.kubernetes.io/function: "%s"\nspec: {chromadb: {apiVersion: 1.5.9, auth: {enabled: false}}}\n' "$i" "$3"
		i=$((i + 1))
	done >"$1/chroma.yaml"
}

for count in 1 10 50; do
	kustomization "$work/container-$count" $count 'container: {image: ghcr.io/chromafn/chroma-fn}'
	hyperfine --shell sh --warmup 2 --runs 20 \
		-n "render of $count ChromaConfigs" "$program render $work/container-$count" \
		-n "kustomize build of $count ChromaConfigs" "PATH=$work/without-docker:\$PATH $kustomize build --enable-alpha-plugins $work/container-$count"
done
# kustomize's own work on the objects is most of the time, so the peers have them too. One does nothing, beside the same
# objects as resources. The other answers with them from a file, which no generator can do faster: kustomize parses what a
# function says twice.
for count in 1 10 50; do
	kustomization "$work/exec-$count" $count "exec: {path: $program}"
	kustomization "$work/noop-$count" $count "exec: {path: $work/noop}"
	"$program" render "$work/container-$count" >"$work/noop-$count/objects.yaml"
	echo 'resources: [objects.yaml]' >>"$work/noop-$count/kustomization.yaml"
	kustomization "$work/file-$count" $count "exec: {path: $work/noop, args: [$work/answer-NUMBER.yaml]}"
	i=0
	while [ $i -lt $count ]; do
		printf 'apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nfunctionConfig: {apiVersion: chromafn.dev/v1alpha1, kind: ChromaConfig, metadata: {name: chroma-%d}, spec: {chromadb: {apiVersion: 1.5.9, auth: {enabled: false}}}}\n' $i | "$program" >"$work/answer-$i.yaml"
		i=$((i + 1))
	done
	awk '/NUMBER/ { sub("NUMBER", n++) } { print }' "$work/file-$count/chroma.yaml" >"$work/numbered"
	mv "$work/numbered" "$work/file-$count/chroma.yaml"
	hyperfine --shell sh --warmup 2 --runs 20 \
		-n "program as generator, $count ChromaConfigs" "$kustomize build --enable-alpha-plugins --enable-exec $work/exec-$count" \
		-n "program that does nothing beside the same objects, $count ChromaConfigs" "$kustomize build --enable-alpha-plugins --enable-exec $work/noop-$count" \
		-n "program that answers from a file, $count ChromaConfigs" "$kustomize build --enable-alpha-plugins --enable-exec $work/file-$count"
done
