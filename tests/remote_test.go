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
)

// Where remote bases are allowed they are fetched by HTTP and git, and held to what local files are held to.
func TestRemoteBases(t *testing.T) {
	served := map[string]string{
		"/resource.yaml":  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fetched}\n",
		"/generator.yaml": asGenerator(quiet, ours),
		"/program.yaml":   asGenerator(quiet, "exec: {path: ./evil.sh}"),
		"/bomb.yaml":      bomb(),
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, served[r.URL.Path])
	}))
	defer server.Close()
	upstream := newRepository(t)
	upstream.write(t, "base/kustomization.yaml", "generators: [chroma.yaml]\n")
	upstream.write(t, "base/chroma.yaml", asGenerator(quiet, ours))
	upstream.write(t, "program/kustomization.yaml", "generators: [chroma.yaml]\n")
	upstream.write(t, "program/chroma.yaml", asGenerator(quiet, "exec: {path: ../evil.sh}"))
	upstream.write(t, "link/kustomization.yaml", "resources: [link.yaml]\n")
	require.NoError(t, os.Symlink(filepath.Join(upstream.directory, "../outside/secret.yaml"), filepath.Join(upstream.directory, "link/link.yaml")))
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "-A"}, {"-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"}} {
		git := exec.Command("git", args...)
		git.Dir = upstream.directory
		output, err := git.CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
	git := func(path string) string { return "file://" + upstream.directory + "//" + path + "?ref=main" }
	for name, c := range map[string]struct{ kustomization, want, refusal string }{
		"resource by HTTP":  {"resources: [" + server.URL + "/resource.yaml]\n", "name: fetched", ""},
		"generator by HTTP": {"generators: [" + server.URL + "/generator.yaml]\n", "kind: StatefulSet", ""},
		"program by HTTP":   {"generators: [" + server.URL + "/program.yaml]\n", "", "names a program to be run (exec)"},
		"aliases by HTTP":   {"resources: [" + server.URL + "/bomb.yaml]\n", "", "aliases"},
		"base by git":       {"resources: ['" + git("base") + "']\n", "kind: StatefulSet", ""},
		"program by git":    {"resources: ['" + git("program") + "']\n", "", "names a program to be run (exec)"},
		"link by git":       {"resources: ['" + git("link") + "']\n", "", "link.yaml is outside of"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			r.write(t, "kustomization.yaml", c.kustomization)
			got := runIn(t, r.directory, "", "render", "--allow-remote", ".")
			assert.Contains(t, got.stdout, c.want)
			assert.Contains(t, got.stderr, c.refusal)
			assert.Equal(t, c.refusal == "", got.exit == 0, got.stderr)
			assert.NoFileExists(t, r.marker)
			assert.NoFileExists(t, upstream.marker)
			assert.NotContains(t, got.stderr+got.stdout, "topsecret")
			refused := runIn(t, r.directory, "", "render", "--allow-helm", ".")
			assert.Contains(t, refused.stderr, "remote bases and files are refused")
		})
	}
}
