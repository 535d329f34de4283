package tests_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/tests/hostile"
)

// Where remote bases are allowed they are fetched by HTTP and git, and held to what local files are held to.
func TestRemoteBases(t *testing.T) {
	served := map[string]string{
		"/resource.yaml":  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fetched}\n",
		"/generator.yaml": asGenerator(quiet, ours),
		"/program.yaml":   asGenerator(quiet, "exec: {path: ./evil.sh}"),
		"/bomb.yaml":      hostile.Bomb(),
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, served[r.URL.Path])
	}))
	defer server.Close()
	upstream := hostile.New(t)
	upstream.Write("base/kustomization.yaml", "generators: [chroma.yaml]\n")
	upstream.Write("base/chroma.yaml", asGenerator(quiet, ours))
	upstream.Write("program/kustomization.yaml", "generators: [chroma.yaml]\n")
	upstream.Write("program/chroma.yaml", asGenerator(quiet, "exec: {path: ../evil.sh}"))
	upstream.Write("link/kustomization.yaml", "resources: [link.yaml]\n")
	require.NoError(t, os.Symlink(filepath.Join(upstream.Directory, "../outside/secret.yaml"), filepath.Join(upstream.Directory, "link/link.yaml")))
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "-A"}, {"-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"}} {
		git := exec.Command("git", args...)
		git.Dir = upstream.Directory
		output, err := git.CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
	git := func(path string) string { return "file://" + upstream.Directory + "//" + path + "?ref=main" }
	for name, c := range map[string]struct{ kustomization, want, refusal string }{
		"resource by HTTP":  {"resources: [" + server.URL + "/resource.yaml]\n", "name: fetched", ""},
		"generator by HTTP": {"generators: [" + server.URL + "/generator.yaml]\n", "kind: StatefulSet", ""},
		"program by HTTP":   {"generators: [" + server.URL + "/program.yaml]\n", "", "names a program to be run (exec)"},
		"aliases by HTTP":   {"resources: [" + server.URL + "/bomb.yaml]\n", "", "aliases"},
		"base by git":       {"resources: ['" + git("base") + "']\n", "kind: StatefulSet", ""},
		"program by git":    {"resources: ['" + git("program") + "']\n", "", "names a program to be run (exec)"},
		"option for git":    {"resources: ['file://" + upstream.Directory + "?ref=%2D-upload-pack=./evil.sh']\n", "", "git would take for an option"},
		"link by git":       {"resources: ['" + git("link") + "']\n", "", "link.yaml is outside of"},
	} {
		t.Run(name, func(t *testing.T) {
			r := hostile.New(t)
			r.Write("kustomization.yaml", c.kustomization)
			t.Setenv("GIT_ALLOW_PROTOCOL", "file")
			got := runIn(t, r.Directory, "", "render", "--allow-remote", ".")
			assert.Contains(t, got.stdout, c.want)
			assert.Contains(t, got.stderr, c.refusal)
			assert.Equal(t, c.refusal == "", got.exit == 0, got.stderr)
			assert.NoFileExists(t, r.Marker)
			assert.NoFileExists(t, upstream.Marker)
			assert.NotContains(t, got.stderr+got.stdout, "topsecret")
			if refused := runIn(t, r.Directory, "", "render", "--allow-helm", "."); name != "option for git" {
				assert.Contains(t, refused.stderr, "remote bases and files are refused")
			}
		})
	}
}

// Bases on the disk are none that may be fetched: other repositories may lie there.
func TestRemoteBasesAreNotLocal(t *testing.T) {
	r := hostile.New(t)
	r.Write("kustomization.yaml", "resources: ['file:///somewhere?ref=main']\n")
	got := runIn(t, r.Directory, "", "render", "--allow-remote", ".")
	assert.Equal(t, 1, got.exit)
	assert.Contains(t, got.stderr, "transport 'file' not allowed")
}

// What looks like a remote base elsewhere than in a kustomization, and a password in a URL, are not shown.
func TestRefusalsShowNoPasswords(t *testing.T) {
	r := hostile.New(t)
	r.Write("kustomization.yaml", "resources: [secret.yaml, 'https://me:topsecret@example.com/base?ref=v1']\n")
	r.Write("secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {url: 'postgres://user:topsecret@db/x'}\n")
	got := runIn(t, r.Directory, "", "render", ".")
	assert.Contains(t, got.stderr, "https://example.com/base?ref=v1: remote bases and files are refused")
	assert.NotContains(t, got.stderr, "topsecret")
	assert.NotContains(t, got.stderr, "postgres")
}
