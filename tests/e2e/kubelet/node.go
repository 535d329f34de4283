package kubelet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Node runs pods.
type Node struct {
	// Eager asks probes more often than the manifest says until they succeed: a success is seen at once, and failures
	// count as the manifest says.
	Eager bool

	pull Pull
	// logs is a directory of the host; root is one that only the node sees: all of it is in memory.
	logs, root string
	keeper     *exec.Cmd
	// life keeps the node alive: it ends when this is closed, as it is when the test process dies.
	life io.Closer
	// pid is the first process of the node, as the host counts.
	pid int

	mutex  sync.Mutex
	pods   []*Pod
	claims map[string]*Claim
}

// NewNode starts a node that keeps its files below a directory.
func NewNode(directory string, pull Pull) (*Node, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("pods need root: their users, groups and mounts are real")
	}
	if err := lookForPrograms(); err != nil {
		return nil, err
	}
	n := &Node{
		pull: pull, claims: map[string]*Claim{},
		logs: filepath.Join(directory, "logs"), root: filepath.Join(directory, "node"),
	}
	for _, path := range []string{n.logs, n.root} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return nil, err
		}
	}
	if err := n.start(); err != nil {
		return nil, fmt.Errorf("start a node: %w", err)
	}
	return n, nil
}

func (n *Node) start() error {
	// The first process of a process namespace takes all the others with it when it ends: here when its input ends.
	n.keeper = exec.Command("unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
		"sh", "-c", `mount -t tmpfs -o mode=755 tmpfs "$0" && echo started && exec cat >/dev/null`, n.root)
	var stderr strings.Builder
	n.keeper.Stderr = &stderr
	input, err := n.keeper.StdinPipe()
	if err != nil {
		return err
	}
	output, err := n.keeper.StdoutPipe()
	if err != nil {
		return err
	}
	if err := n.keeper.Start(); err != nil {
		return err
	}
	n.life = input
	if line, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		_ = n.keeper.Wait()
		return fmt.Errorf("%w %q\n%s", err, line, stderr.String())
	}
	n.pid, err = onlyChild(n.keeper.Process.Pid)
	return err
}

// onlyChild is the process that another one has started.
func onlyChild(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// Stop ends the node and what is left of its pods.
func (n *Node) Stop() error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	for _, pod := range n.pods {
		pod.abandon()
	}
	if err := n.life.Close(); err != nil {
		return err
	}
	return n.keeper.Wait()
}

// command is a command that runs on the node.
func (n *Node) command(ctx context.Context, arguments ...string) *exec.Cmd {
	enter := slices.Concat([]string{"--target", strconv.Itoa(n.pid), "--mount", "--pid", "--"}, arguments)
	command := exec.CommandContext(ctx, "nsenter", enter...)
	command.Env = []string{"PATH=" + os.Getenv("PATH")}
	return command
}

// run runs a command on the node.
func (n *Node) run(ctx context.Context, arguments ...string) error {
	return run(n.command(ctx, arguments...))
}

// outside is where the host finds a path of the node.
func (n *Node) outside(path string) string {
	return filepath.Join("/proc", strconv.Itoa(n.pid), "root", path)
}
