package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// imageRoot is the repository's root, where a reader of the README is.
const imageRoot = "../.."

// imageGoBase is the name after FROM in the Dockerfile.
const imageGoBase = "docker.io/library/golang:1.26"

// imageGoBaseFile makes a stand-in for the image of Go: a shell and Go's settings. The host's own Go is mounted into it.
const imageGoBaseFile = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin && mkdir -p /tmp /go"]
ENV PATH=/go/bin:/usr/local/go/bin:/bin GOPATH=/go GOTOOLCHAIN=local GOCACHE=/cache
`

// imageContainersConf lets podman run where it is itself in a container: crun does not know each layout of cgroups, and
// limits must not exceed those that the test has. No container of these tests needs a network.
const imageContainersConf = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
netns = "none"
[engine]
runtime = "runc"
`

// imageEngine is podman under the name docker, with a store that goes when the test ends.
type imageEngine struct {
	env []string
}

// imageOutcome is what a command leaves behind.
type imageOutcome struct {
	stdout, stderr string
	exit           int
}

func newImageEngine(t *testing.T) *imageEngine {
	t.Helper()
	podman := imageProgram(t, "podman")
	imageProgram(t, "runc")
	directory := t.TempDir()
	path := func(name string) string { return filepath.Join(directory, name) }
	for _, name := range []string{"bin", "store", "run", "libpod", "tmp"} {
		require.NoError(t, os.Mkdir(path(name), 0o755))
	}
	imageWrite(t, path("containers.conf"), imageContainersConf, 0o644)
	imageWrite(t, path("bin/docker"), fmt.Sprintf("#!/bin/sh\nexec %s --root %s --runroot %s --tmpdir %s \"$@\"\n",
		podman, path("store"), path("run"), path("libpod")), 0o755)
	engine := &imageEngine{env: append(os.Environ(),
		"PATH="+path("bin")+string(os.PathListSeparator)+os.Getenv("PATH"),
		"CONTAINERS_CONF="+path("containers.conf"),
		"TMPDIR="+path("tmp"),
		"CONTAINER_ENGINE=docker",
	)}
	t.Cleanup(func() {
		// After a failed build podman leaves its store mounted, which could then not be removed.
		if err := exec.Command("umount", path("store/overlay")).Run(); err == nil {
			t.Log("unmounted the store that podman left behind")
		}
	})
	return engine
}

// imageProgram finds a program that the tests cannot do without.
func imageProgram(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	require.NoError(t, err, "the tests of the image need podman, runc and a static busybox; "+
		"on Debian .ci/install installs them, or as root: apt-get install podman runc busybox-static")
	return path
}

func imageWrite(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
}

// standInForGo puts an image under the name of Go's into the store, and arranges that builds run on it, without a
// network: Go and the modules are the host's.
func (e *imageEngine) standInForGo(t *testing.T) {
	t.Helper()
	busybox, err := os.ReadFile(imageProgram(t, "busybox"))
	require.NoError(t, err)
	directory := t.TempDir()
	imageWrite(t, filepath.Join(directory, "busybox"), string(busybox), 0o755)
	imageWrite(t, filepath.Join(directory, "Containerfile"), imageGoBaseFile, 0o644)
	e.must(t, "docker build --quiet --network none --tag "+imageGoBase+" "+directory)

	e.must(t, "go mod download")
	paths := strings.Fields(e.must(t, "go env GOROOT GOMODCACHE"))
	require.Len(t, paths, 2)
	// With :O what the build writes beside the modules is thrown away. The cache is for these builds alone: the host's
	// would make the comparison with the host's build an easy one.
	e.env = append(e.env, fmt.Sprintf("IMAGE_FLAGS=--network none --pull=never --volume %s:/usr/local/go:ro --volume %s:/go/pkg/mod:O --volume %s:/cache",
		paths[0], paths[1], imageBuildCache(t)))
}

// imageBuildCache is where Go keeps what it compiled for the image, from run to run.
func imageBuildCache(t *testing.T) string {
	t.Helper()
	cache := os.Getenv("CHROMA_FN_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		require.NoError(t, err)
		cache = filepath.Join(user, "chroma-fn")
	}
	cache = filepath.Join(cache, "e2e", "image-go-build")
	require.NoError(t, os.MkdirAll(cache, 0o755))
	return cache
}

// sh runs a command line in the repository's root.
func (e *imageEngine) sh(t *testing.T, line, stdin string) imageOutcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = imageRoot, e.env, strings.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
	}
	return imageOutcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// container runs a container that has something to say. podman 4.3 can lose all output of a container that ends at once
// while the machine is busy; one that says nothing at each of several attempts has nothing to say.
func (e *imageEngine) container(t *testing.T, line, stdin string) imageOutcome {
	t.Helper()
	var got imageOutcome
	for range 5 {
		if got = e.sh(t, line, stdin); got != (imageOutcome{}) {
			break
		}
	}
	return got
}

// must runs a command line that has to succeed and returns what it printed.
func (e *imageEngine) must(t *testing.T, line string) string {
	t.Helper()
	got := e.sh(t, line, "")
	require.Zero(t, got.exit, "%s\n%s%s", line, got.stdout, got.stderr)
	return got.stdout
}
