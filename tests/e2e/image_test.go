package e2e_test

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const imageName = "ghcr.io/chromafn/chroma-fn:dev"

// imageLockedUp is less than any host grants.
const imageLockedUp = "docker run --rm -i --read-only --network none --cap-drop ALL --security-opt no-new-privileges "

// The image is built by the README's command from the Dockerfile as it is, with a stand-in for the image of Go that has
// the host's Go: this proves the Dockerfile's steps and what comes out of them, not that Go's own image is as expected.
func TestImage(t *testing.T) {
	engine := newImageEngine(t)
	engine.standInForGo(t)
	commands := imageReadmeCommands(t)
	require.Len(t, commands, 2)
	engine.must(t, commands[0])
	bin := t.TempDir()
	engine.must(t, "make build VERSION=dev BIN="+bin)
	native := filepath.Join(bin, "chroma-fn")

	docker := newDockerEngine(t)
	docker.take(t, engine, imageName)
	for name, runner := range map[string]*imageEngine{"podman": engine, "Docker Engine": docker} {
		t.Run(name, func(t *testing.T) {
			t.Run("the command of the README", func(t *testing.T) { testImageCommand(t, runner, commands[1], native) })
			t.Run("answers as the binary, whoever runs it", func(t *testing.T) { testImageAnswers(t, runner) })
			t.Run("documents itself", func(t *testing.T) { testImageDocuments(t, runner, native) })
		})
	}
	t.Run("holds the bytes that make build makes", func(t *testing.T) {
		want, err := os.ReadFile(native)
		require.NoError(t, err)
		got := imageFiles(t, engine)["usr/local/bin/chroma-fn"]
		assert.Equal(t, sha256.Sum256(want), sha256.Sum256([]byte(got)), "two builds of the program differ")
	})
	t.Run("holds nothing else", func(t *testing.T) { testImageContent(t, engine) })
	t.Run("configuration", func(t *testing.T) { testImageConfiguration(t, engine) })
}

func testImageCommand(t *testing.T, engine *imageEngine, command, native string) {
	got := engine.container(t, command, "")
	_, input, found := strings.Cut(command, "< ")
	require.True(t, found)
	assert.Equal(t, engine.sh(t, native+" < "+input, ""), got)
	assert.Contains(t, got.stdout, "kind: StatefulSet")
}

// imageReadmeCommands are the indented lines of the README's section about the image.
func imageReadmeCommands(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(imageRoot, "README.md"))
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n## Container image\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	var commands []string
	for line := range strings.Lines(section) {
		if command, indented := strings.CutPrefix(line, "    "); indented {
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	return commands
}

// imageFiles are the files of the image, by path.
func imageFiles(t *testing.T, engine *imageEngine) map[string]string {
	t.Helper()
	container := strings.TrimSpace(engine.must(t, "docker create "+imageName))
	archive := tar.NewReader(strings.NewReader(engine.must(t, "docker export "+container)))
	engine.must(t, "docker rm "+container)
	files := map[string]string{}
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		require.NoError(t, err)
		if header.Typeflag == tar.TypeDir {
			continue
		}
		if header.Typeflag == tar.TypeSymlink {
			files[header.Name] = "-> " + header.Linkname
			continue
		}
		assert.Zero(t, header.Mode&0o7022, "%s is writable by others or changes the user", header.Name)
		content, err := io.ReadAll(archive)
		require.NoError(t, err)
		files[header.Name] = string(content)
	}
}

func testImageContent(t *testing.T, engine *imageEngine) {
	files := imageFiles(t, engine)
	delete(files, "usr/local/bin/chroma-fn")
	plugin := func(name string) string {
		text, err := os.ReadFile(filepath.Join(imageRoot, "argocd-plugin", name))
		require.NoError(t, err)
		return string(text)
	}
	assert.Equal(t, map[string]string{
		"etc/passwd":           "nobody:x:65534:65534:nobody:/:/sbin/nologin\n",
		"etc/group":            "nobody:x:65534:\n",
		"usr/local/bin/docker": "-> chroma-fn",
		"home/argocd/cmp-server/config/plugin.yaml":                plugin("plugin.yaml"),
		"home/argocd/cmp-server/config-with-discovery/plugin.yaml": plugin("plugin-with-discovery.yaml"),
	}, files)
}

func testImageConfiguration(t *testing.T, engine *imageEngine) {
	var images []struct {
		Config struct {
			User       string
			Entrypoint []string
			Cmd        []string
			Env        []string
			Volumes    map[string]any
			Labels     map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(engine.must(t, "docker image inspect "+imageName)), &images))
	require.Len(t, images, 1)
	config := images[0].Config
	assert.Equal(t, "65534:65534", config.User)
	assert.Equal(t, []string{"/usr/local/bin/chroma-fn"}, config.Entrypoint)
	assert.Empty(t, config.Cmd)
	assert.Equal(t, []string{"PATH=/usr/local/bin"}, config.Env)
	assert.Empty(t, config.Volumes)
	for label := range config.Labels {
		if !strings.HasPrefix(label, "org.opencontainers.image.") {
			delete(config.Labels, label)
		}
	}
	assert.Equal(t, map[string]string{
		"org.opencontainers.image.title":       "chroma-fn",
		"org.opencontainers.image.description": "Renders a ChromaConfig to the Kubernetes objects of a Chroma vector database",
		"org.opencontainers.image.source":      "https://github.com/chromafn/chroma-fn",
		"org.opencontainers.image.licenses":    "Apache-2.0",
	}, config.Labels)
}

// Each case of testdata/function has the answer, and what is said on standard error with the exit code.
func testImageAnswers(t *testing.T, engine *imageEngine) {
	for _, user := range []string{"", "--user nobody ", "--user 12345:0 ", "--user 0:0 "} {
		for _, name := range []string{"quickstart", "in-a-package", "fails-all-at-once"} {
			read := func(file string) string {
				text, err := os.ReadFile(filepath.Join(imageRoot, "tests/testdata/function", name, file))
				require.NoError(t, err)
				return string(text)
			}
			t.Run(user+name, func(t *testing.T) {
				said, exit, found := strings.Cut(read("stderr.txt"), "exit: ")
				require.True(t, found)
				got := engine.container(t, imageLockedUp+user+imageName, read("input.yaml"))
				assert.Equal(t, read("output.yaml"), got.stdout)
				assert.Equal(t, said, got.stderr)
				assert.Equal(t, map[string]int{"0\n": 0, "1\n": 1}[exit], got.exit)
			})
		}
	}
}

// `kpt fn doc` runs the image like this, with an empty ResourceList on standard input.
func testImageDocuments(t *testing.T, engine *imageEngine, native string) {
	for _, flag := range []string{" --help", " --doc"} {
		got := engine.container(t, imageLockedUp+"--user nobody "+imageName+flag, "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n")
		assert.Equal(t, imageOutcome{stdout: engine.must(t, native+flag)}, got)
	}
	var doc map[string]any
	require.NoError(t, json.Unmarshal([]byte(engine.container(t, imageLockedUp+imageName+" --doc", "").stdout), &doc))
	assert.Equal(t, imageName, doc["image"])
	assert.Equal(t, false, doc["hidden"])
	for _, field := range []string{"short", "long", "examples", "description", "tags", "sourceURL", "examplePackageURLs", "license"} {
		assert.NotEmpty(t, doc[field], field)
	}
}
