// Package argocd runs Argo CD's own servers for the end-to-end tests, and calls them with Argo CD's own client code.
package argocd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chromafn/chroma-fn/tests/e2e/cluster"
)

const (
	startTimeout = time.Minute
	pollInterval = 20 * time.Millisecond
	// noGrace kills at once: argocd-cmp-server ignores the wish to end, and nobody misses what the others would save.
	noGrace = 0
)

// An Instance is an argocd-repo-server with its cache, and the plugins beside it.
type Instance struct {
	directory string
	// binaries holds the programs of Argo CD under their names.
	binaries string
	address  string
	// processes are in the order of their start; they are stopped in the reverse one.
	processes []*cluster.Process
}

// Start runs an argocd-repo-server that knows no plugins yet. The directory must exist and have a short name: a path of
// a socket has at most 107 bytes.
func Start(ctx context.Context, directory string) (*Instance, error) {
	i := &Instance{directory: directory, binaries: filepath.Join(directory, "bin")}
	if err := i.start(ctx); err != nil {
		// What matters was said: a process that died is an error of Stop too.
		_ = i.Stop()
		return nil, fmt.Errorf("start Argo CD: %w", err)
	}
	return i, nil
}

func (i *Instance) start(ctx context.Context) error {
	redis, err := exec.LookPath("redis-server")
	if err != nil {
		return fmt.Errorf("%w; on Debian .ci/install installs it, or as root: apt-get install redis-server", err)
	}
	if err := i.install(ctx); err != nil {
		return err
	}
	ports, err := cluster.FreePorts(3)
	if err != nil {
		return err
	}
	i.address = ports[1]
	if err := i.run("redis", cluster.Program{Binary: redis, Arguments: redisArguments(ports[0])}); err != nil {
		return err
	}
	if err := i.waitFor(ctx, "tcp", ports[0]); err != nil {
		return err
	}
	server := cluster.Program{
		Binary:      filepath.Join(i.binaries, "argocd-repo-server"),
		Arguments:   repoServerArguments(ports),
		Environment: i.repoServerEnvironment(),
	}
	if err := i.run("repo-server", server); err != nil {
		return err
	}
	return i.waitFor(ctx, "tcp", i.address)
}

// install gives Argo CD's binary the names that it goes by, where the users of sidecars can read it.
// argocd-repo-server runs kustomize for native applications.
func (i *Instance) install(ctx context.Context) error {
	argocd, err := cluster.Build(ctx, cluster.ArgoCD())
	if err != nil {
		return err
	}
	kustomize, err := cluster.Build(ctx, cluster.Kustomize())
	if err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(i.directory, 0o755), os.Mkdir(i.binaries, 0o755), makeVolume(i.sockets())); err != nil {
		return err
	}
	const name = "argocd"
	if err := copyProgram(argocd, filepath.Join(i.binaries, name)); err != nil {
		return err
	}
	for link, program := range map[string]string{"argocd-cmp-server": name, "argocd-repo-server": name, "kustomize": kustomize} {
		if err := os.Symlink(program, filepath.Join(i.binaries, link)); err != nil {
			return err
		}
	}
	return nil
}

// Mount puts a program into argocd-repo-server's /usr/local/bin, under another name.
func (i *Instance) Mount(program, name string) error {
	return os.Symlink(program, filepath.Join(i.binaries, name))
}

func copyProgram(from, to string) error {
	program, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, program, 0o755)
}

// makeVolume makes a directory in which every user may write, as Kubernetes makes an emptyDir.
func makeVolume(directory string) error {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	return os.Chmod(directory, 0o777)
}

// sockets is the directory that argocd-repo-server looks for plugins in.
func (i *Instance) sockets() string {
	return filepath.Join(i.directory, "plugins")
}

func redisArguments(address string) []string {
	host, port, _ := strings.Cut(address, ":")
	return []string{"--bind", host, "--port", port, "--save", "", "--appendonly", "no"}
}

func repoServerArguments(ports []string) []string {
	host, port, _ := strings.Cut(ports[1], ":")
	metricsHost, metricsPort, _ := strings.Cut(ports[2], ":")
	return []string{
		"--address=" + host, "--port=" + port,
		"--metrics-address=" + metricsHost, "--metrics-port=" + metricsPort,
		"--disable-tls", "--redis=" + ports[0],
	}
}

// repoServerEnvironment replaces the paths that argocd-repo-server has in its image.
func (i *Instance) repoServerEnvironment() []string {
	home := filepath.Join(i.directory, "repo-server")
	return []string{
		"PATH=" + i.binaries + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME=" + home,
		"TMPDIR=" + home,
		"ARGOCD_PLUGINSOCKFILEPATH=" + i.sockets(),
		"ARGOCD_GPG_ENABLED=false",
		"ARGOCD_GNUPGHOME=" + home,
		"ARGOCD_TLS_DATA_PATH=" + home,
		"ARGOCD_SSH_DATA_PATH=" + home,
		"ARGOCD_ASK_PASS_SOCK=" + filepath.Join(home, "askpass.sock"),
	}
}

// run starts a program in a directory of its own.
func (i *Instance) run(name string, program cluster.Program) error {
	directory := filepath.Join(i.directory, name)
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	process, err := cluster.Launch(directory, program)
	if err != nil {
		return err
	}
	i.processes = append(i.processes, process)
	return nil
}

// waitFor waits until somebody listens at an address; the first process that ends ends the waiting.
func (i *Instance) waitFor(ctx context.Context, network, address string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		connection, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			return connection.Close()
		}
		for _, p := range i.processes {
			if failure := p.Failure(); failure != nil {
				return failure
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nobody listens: %w; %s", err, i.processes[len(i.processes)-1].Tail())
		case <-time.After(pollInterval):
		}
	}
}

// Stop ends the processes. One that ended by itself is an error.
func (i *Instance) Stop() error {
	var failures []error
	for _, p := range slices.Backward(i.processes) {
		failures = append(failures, p.Stop(noGrace))
	}
	i.processes = nil
	return errors.Join(failures...)
}
