package kubelet

import (
	"context"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// A Claim is a volume that outlives pods: a file system of the size that was asked for.
type Claim struct {
	// ReadOnly is how a file system is mounted whose disk has failed.
	ReadOnly bool
	// IgnoresFSGroup is how a volume behaves whose driver cannot change owners, such as many network file systems.
	IgnoresFSGroup bool

	node *Node
	path string
}

// Claim returns the claim of a name, whose file system is made when a pod first uses it.
func (n *Node) Claim(name string) *Claim {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.claims[name] == nil {
		n.claims[name] = &Claim{node: n, path: filepath.Join(n.root, "claims", name)}
	}
	return n.claims[name]
}

// Path is where the test finds the volume.
func (c *Claim) Path() string {
	return c.node.outside(c.path)
}

// attach makes the file system, empty and root's as a new one is, and mounts it as the claim is now.
func (c *Claim) attach(ctx context.Context, template corev1.PersistentVolumeClaim) error {
	size := template.Spec.Resources.Requests.Storage()
	access := "rw"
	if c.ReadOnly {
		access = "ro"
	}
	script := fmt.Sprintf(`mkdir -p "$0"; mountpoint -q "$0" || mount -t tmpfs -o mode=755,size=%d tmpfs "$0"; mount -o remount,%s "$0"`, size.Value(), access)
	return c.node.run(ctx, "sh", "-ec", script, c.path)
}

// Resize gives the file system another size while it is in use.
func (c *Claim) Resize(ctx context.Context, bytes int64) error {
	return c.node.run(ctx, "mount", "-o", fmt.Sprintf("remount,size=%d", bytes), c.path)
}

// Used is how many bytes of the file system are taken.
func (c *Claim) Used() (int64, error) {
	var status unix.Statfs_t
	err := unix.Statfs(c.Path(), &status)
	return int64(status.Blocks-status.Bfree) * status.Bsize, err
}
