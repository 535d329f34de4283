package e2e_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newDockerEngine starts a Docker Engine of the test's own, with a store that goes when the test ends.
func newDockerEngine(t *testing.T) *imageEngine {
	t.Helper()
	daemon := dockerProgram(t, "dockerd")
	client := dockerProgram(t, "docker")
	// The path of a socket has at most 108 bytes, which the directory of a test can exceed.
	directory, err := os.MkdirTemp("", "docker-") //nolint:usetesting // see above
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(directory)) })
	path := func(name string) string { return filepath.Join(directory, name) }
	require.NoError(t, os.Mkdir(path("bin"), 0o755))
	require.NoError(t, os.Symlink(client, path("bin/docker")))

	address := "unix://" + path("docker.sock")
	var said bytes.Buffer
	// Functions have no network: neither a bridge nor rules of iptables are needed, and none are left behind.
	cmd := exec.CommandContext(t.Context(), daemon, "--host", address, "--iptables=false", "--bridge=none",
		"--data-root", path("data"), "--exec-root", path("exec"), "--pidfile", path("docker.pid"))
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() { <-ended })

	engine := &imageEngine{env: append(os.Environ(), "PATH="+path("bin")+string(os.PathListSeparator)+os.Getenv("PATH"), "DOCKER_HOST="+address)}
	ready := func() bool { return engine.sh(t, "docker info", "").exit == 0 }
	require.Eventually(t, func() bool { return isClosed(ended) || ready() }, time.Minute, 200*time.Millisecond, "dockerd does not answer")
	require.False(t, isClosed(ended), "dockerd ended: %s", &said)
	return engine
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func dockerProgram(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	require.NoError(t, err, "these tests need a Docker Engine; on Debian .ci/install installs it, or as root: apt-get install docker.io")
	return path
}

// take loads an image from the store of another engine.
func (e *imageEngine) take(t *testing.T, other *imageEngine, image string) {
	t.Helper()
	archive := filepath.Join(t.TempDir(), "image.tar")
	other.must(t, "docker save --output "+archive+" "+image)
	e.must(t, "docker load --quiet --input "+archive)
}
