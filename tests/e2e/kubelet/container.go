package kubelet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// container is one that was started.
type container struct {
	node     *Node
	name, id string
	began    time.Time
	logFile  string
	// ended is closed when the container has ended; only then may exitCode be read.
	ended    chan struct{}
	exitCode int
}

// startContainer starts a container and returns once its process runs, or has ended already.
func (p *Pod) startContainer(ctx context.Context, spec *corev1.Container) (*container, error) {
	image, err := p.node.pull(ctx, spec.Image)
	if err != nil {
		return nil, fmt.Errorf("container %s: pull %s: %w", spec.Name, spec.Image, err)
	}
	c := &container{
		node: p.node, name: spec.Name, ended: make(chan struct{}),
		id:      fmt.Sprintf("chroma-fn-e2e-%d-%d-%s", p.node.pid, p.number, spec.Name),
		logFile: filepath.Join(p.node.logs, fmt.Sprintf("%d-%s.log", p.number, spec.Name)),
	}
	bundle := filepath.Join(p.directory, "containers", spec.Name)
	if err := p.mountRoot(ctx, bundle, image); err != nil {
		return nil, fmt.Errorf("container %s: %w", spec.Name, err)
	}
	runtime, err := p.runtimeSpec(spec, image, c.id)
	if err != nil {
		return nil, fmt.Errorf("container %s: %w", spec.Name, err)
	}
	text, err := json.Marshal(runtime)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(p.node.outside(filepath.Join(bundle, "config.json")), text, 0o600); err != nil {
		return nil, err
	}
	return c, c.start(ctx, bundle)
}

// mountRoot lays a writable layer over those of the image.
func (p *Pod) mountRoot(ctx context.Context, bundle string, image Image) error {
	for _, name := range []string{"upper", "work", "rootfs"} {
		if err := os.MkdirAll(p.node.outside(filepath.Join(bundle, name)), 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s/upper,workdir=%s/work", strings.Join(image.Layers, ":"), bundle, bundle)
	return p.node.run(ctx, "mount", "-t", "overlay", "-o", options, "overlay", filepath.Join(bundle, "rootfs"))
}

func (c *container) start(ctx context.Context, bundle string) error {
	log, err := os.Create(c.logFile)
	if err != nil {
		return err
	}
	defer log.Close()
	pidFile := filepath.Join(bundle, "pid")
	// Not the caller's context: a container ends when its pod does.
	command := c.runc(context.Background(), "run", "--bundle", bundle, "--pid-file", pidFile, c.id)
	command.Stdout, command.Stderr = log, log
	c.began = time.Now()
	if err := command.Start(); err != nil {
		return err
	}
	go c.await(command)
	for {
		select {
		case <-c.ended:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
		if text, err := os.ReadFile(c.node.outside(pidFile)); err == nil && len(text) > 0 {
			return nil
		}
	}
}

func (c *container) await(command *exec.Cmd) {
	defer close(c.ended)
	err := command.Wait()
	if exit, isExit := errors.AsType[*exec.ExitError](err); isExit {
		c.exitCode = exit.ExitCode()
	} else if err != nil {
		c.exitCode = -1
	}
}

// runc is a command of the container runtime.
func (c *container) runc(ctx context.Context, arguments ...string) *exec.Cmd {
	return c.node.command(ctx, append([]string{"runc", "--root", filepath.Join(c.node.root, "runc")}, arguments...)...)
}

func (c *container) said() string {
	text, err := os.ReadFile(c.logFile)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// stop ends the container within the grace period, or kills it then.
func (c *container) stop(ctx context.Context, grace time.Duration) (killed bool, err error) {
	if err := c.signalFirst(ctx, syscall.SIGTERM); err != nil {
		return false, err
	}
	select {
	case <-c.ended:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	case <-time.After(grace):
	}
	err = c.signalFirst(ctx, syscall.SIGKILL)
	<-c.ended
	return true, err
}

// signalFirst sends a signal to the first process of the container, as a kubelet does.
func (c *container) signalFirst(ctx context.Context, signal syscall.Signal) error {
	return c.unlessEnded(run(c.runc(ctx, "kill", c.id, strconv.Itoa(int(signal)))))
}

// signalAll sends a signal to every process of the container.
func (c *container) signalAll(ctx context.Context, signal syscall.Signal) error {
	text, err := c.runc(ctx, "ps", "--format", "json", c.id).Output()
	if err != nil {
		return c.unlessEnded(fmt.Errorf("list the processes of %s: %w", c.name, err))
	}
	var pids []int
	if err := json.Unmarshal(text, &pids); err != nil {
		return err
	}
	arguments := []string{"sh", "-c", `kill "$@"`, "kill", "-" + strconv.Itoa(int(signal))}
	for _, pid := range pids {
		arguments = append(arguments, strconv.Itoa(pid))
	}
	return c.unlessEnded(c.node.run(ctx, arguments...))
}

// unlessEnded forgives a signal that came too late.
func (c *container) unlessEnded(err error) error {
	if err == nil {
		return nil
	}
	select {
	case <-c.ended:
		return nil
	case <-time.After(time.Second):
		return err
	}
}
