// Package hostile has the repositories that somebody else writes to make us run, read or fetch what they please.
package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Image is the one that a kustomization and a kpt package may ask for.
const Image = "ghcr.io/chromafn/chroma-fn"

// Repository is a directory to render, beside a secret and a program that must be neither read nor run.
type Repository struct {
	// Directory is what is to be rendered; Marker exists once a program of the repository has run.
	Directory, Marker string
	t                 *testing.T
}

// New makes a repository with a program, evil.sh, and nothing to render yet.
func New(t *testing.T) Repository {
	t.Helper()
	root := t.TempDir()
	r := Repository{Directory: filepath.Join(root, "repository"), Marker: filepath.Join(root, "was-run"), t: t}
	r.Write("../outside/secret.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: topsecret}\n")
	r.Write("evil.sh", "#!/bin/sh\ntouch "+r.Marker+"\n")
	require.NoError(t, os.Chmod(filepath.Join(r.Directory, "evil.sh"), 0o755))
	return r
}

// Write writes a file of the repository.
func (r Repository) Write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.Directory, name)
	require.NoError(r.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(r.t, os.WriteFile(path, []byte(text), 0o600))
}

// generator writes a kustomization with one generator whose function annotation is given.
func (r Repository) generator(annotation string) {
	r.t.Helper()
	r.Write("kustomization.yaml", "generators: [generator.yaml]\n")
	r.Write("generator.yaml", fmt.Sprintf("apiVersion: chromafn.dev/v1alpha1\nkind: ChromaConfig\nmetadata:\n  name: chroma\n  annotations:\n    config.kubernetes.io/function: |\n%s\n", indent(annotation)))
}

func indent(text string) string {
	return "      " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      ")
}

// Bomb is a few lines of YAML that stand for 10^9 values.
func Bomb() string {
	var text strings.Builder
	text.WriteString("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n")
	for i := range 8 {
		fmt.Fprintf(&text, "x%d: &x%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*x%d, ", i), 10), ", "))
	}
	return text.String()
}

func (r Repository) read(name string) string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.Directory, name))
	require.NoError(r.t, err)
	return string(text)
}

// linkOut makes a link to the secret outside.
func (r Repository) linkOut(name string) {
	r.t.Helper()
	require.NoError(r.t, os.Symlink("../outside/secret.yaml", filepath.Join(r.Directory, name)))
}

// A Case is a hostile repository, and what the error must name.
type Case struct {
	Name   string
	Make   func(r Repository)
	Blames []string
}

// Cases are all of them; elsewhere is the address of a server from which nothing may be fetched.
func Cases(elsewhere string) []Case {
	return []Case{
		{"program as generator", func(r Repository) {
			r.generator("exec: {path: ./evil.sh}")
		}, []string{"generator.yaml", "exec"}},
		{"program inline", func(r Repository) {
			r.Write("kustomization.yaml", "generators:\n- |-\n  apiVersion: a/v1\n  kind: B\n  metadata:\n    name: c\n    annotations:\n      config.kubernetes.io/function: 'exec: {path: ./evil.sh}'\n")
		}, []string{"kustomization.yaml", "exec"}},
		{"program by a patch", func(r Repository) {
			r.generator("container: {image: " + Image + "}")
			r.Write("kustomization.yaml", "generators: [generator]\n")
			r.Write("generator/base/kustomization.yaml", "resources: [generator.yaml]\n")
			r.Write("generator/base/generator.yaml", r.read("generator.yaml"))
			r.Write("generator/kustomization.yaml", "resources: [base]\npatches:\n- target: {kind: ChromaConfig}\n  patch: |-\n    - op: replace\n      path: /metadata/annotations/config.kubernetes.io~1function\n      value: \"exec: {path: ./evil.sh}\"\n")
		}, []string{"exec"}},
		{"another image", func(r Repository) {
			r.generator("container: {image: docker.io/library/alpine}")
		}, []string{"docker.io/library/alpine"}},
		{"image with a similar name", func(r Repository) {
			r.generator("container: {image: " + Image + "-evil:v1}")
		}, []string{Image + "-evil"}},
		{"flags for an image", func(r Repository) {
			r.generator("container: {image: --privileged}")
		}, []string{"--privileged"}},
		{"mount", func(r Repository) {
			r.generator("container:\n  image: " + Image + "\n  mounts: [{type: bind, src: ., dst: /x, rw: true}]")
		}, []string{"mounts are refused"}},
		{"network", func(r Repository) {
			r.generator("container: {image: " + Image + ", network: true}")
		}, []string{"network"}},
		{"path out of the repository", func(r Repository) {
			r.Write("kustomization.yaml", "resources: [../outside/secret.yaml]\n")
		}, []string{"outside/secret.yaml"}},
		{"directory out of the repository", func(r Repository) {
			r.Write("../outside/kustomization.yaml", "resources: [secret.yaml]\n")
			r.Write("kustomization.yaml", "resources: [../outside]\n")
		}, []string{"outside"}},
		{"link out of the repository", func(r Repository) {
			r.linkOut("link.yaml")
			r.Write("kustomization.yaml", "resources: [link.yaml]\n")
		}, []string{"link.yaml"}},
		{"link out of plain YAML", func(r Repository) {
			r.linkOut("link.yaml")
			r.Write("chroma.yaml", "apiVersion: chromafn.dev/v1alpha1\nkind: ChromaConfig\nmetadata:\n  name: chroma\n")
		}, []string{"link.yaml"}},
		{"plugin by its path", func(r Repository) {
			r.Write("kustomization.yaml", "generators: [plugin.yaml]\n")
			r.Write("plugin.yaml", "apiVersion: ../../../"+r.Directory+"\nkind: evil.sh\nmetadata: {name: x}\n")
		}, []string{"plugin.yaml"}},
		{"generator from elsewhere", func(r Repository) {
			r.Write("kustomization.yaml", "generators: ["+elsewhere+"/generator.yaml]\n")
		}, []string{elsewhere}},
		{"resource from elsewhere", func(r Repository) {
			r.Write("kustomization.yaml", "resources: ["+elsewhere+"/resource.yaml]\n")
		}, []string{elsewhere}},
		{"base from elsewhere", func(r Repository) {
			r.Write("kustomization.yaml", "resources: [\"https://github.com/example/example//base?ref=main\"]\n")
		}, []string{"github.com/example/example"}},
		{"Helm chart", func(r Repository) {
			r.Write("kustomization.yaml", "helmCharts: [{name: a, repo: "+elsewhere+"}]\n")
		}, []string{"Helm charts"}},
		{"aliases that multiply", func(r Repository) {
			r.Write("kustomization.yaml", "resources: [bomb.yaml]\n")
			r.Write("bomb.yaml", Bomb())
		}, []string{"bomb.yaml", "aliases"}},
		{"aliases that multiply in plain YAML", func(r Repository) {
			r.Write("bomb.yaml", Bomb())
		}, []string{"bomb.yaml", "aliases"}},
		{"file of 100 MB", func(r Repository) {
			r.Write("kustomization.yaml", "resources: [large.yaml]\n")
			r.Write("large.yaml", "x: &x "+strings.Repeat("a", 100<<20)+"\n")
		}, []string{"large.yaml", "limit"}},
		{"pipe", func(r Repository) {
			r.Write("kustomization.yaml", "resources: [/dev/zero]\n")
		}, []string{"/dev/zero"}},
		{"program of a kpt pipeline", func(r Repository) {
			r.Write("Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: x}\npipeline:\n  mutators:\n  - exec: ./evil.sh\n")
		}, []string{"./evil.sh"}},
		{"image of a kpt pipeline", func(r Repository) {
			r.Write("Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: x}\npipeline:\n  mutators:\n  - image: set-labels:v0.1\n")
		}, []string{"set-labels:v0.1"}},
		{"path out of a kpt package", func(r Repository) {
			r.Write("Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: x}\npipeline:\n  mutators:\n  - image: "+Image+"\n    configPath: ../outside/secret.yaml\n")
		}, []string{"../outside/secret.yaml"}},
	}
}
