package kubelet

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	corev1 "k8s.io/api/core/v1"
)

// systemMounts are those that every container gets.
var systemMounts = []specs.Mount{
	{Destination: "/proc", Type: "proc", Source: "proc", Options: []string{"nosuid", "noexec", "nodev"}},
	{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "strictatime", "mode=755", "size=65536k"}},
	{Destination: "/dev/pts", Type: "devpts", Source: "devpts", Options: []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
	{Destination: "/dev/mqueue", Type: "mqueue", Source: "mqueue", Options: []string{"nosuid", "noexec", "nodev"}},
	{Destination: "/dev/shm", Type: "tmpfs", Source: "shm", Options: []string{"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
	{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"nosuid", "noexec", "nodev", "ro"}},
}

// mounts are the system's, those of the kubelet and those of the manifest, outer directories first.
func (p *Pod) mounts(container *corev1.Container) ([]specs.Mount, error) {
	hosts := filepath.Join(p.directory, "hosts")
	text := fmt.Sprintf("127.0.0.1\tlocalhost\n::1\tlocalhost\n%s\t%s\n", podIPv4, p.pod.Spec.Hostname)
	if err := writeFile(p.node.outside(hosts), []byte(text), 0o644); err != nil {
		return nil, err
	}
	own := []specs.Mount{bind(hosts, "/etc/hosts", false)}
	for _, mount := range container.VolumeMounts {
		v, known := p.volumes[mount.Name]
		if !known {
			return nil, fmt.Errorf("there is no volume %s", mount.Name)
		}
		source, err := p.subPath(v, mount.SubPath)
		if err != nil {
			return nil, err
		}
		own = append(own, bind(source, mount.MountPath, mount.ReadOnly || v.readOnly))
	}
	slices.SortStableFunc(own, func(a, b specs.Mount) int {
		return strings.Count(filepath.Clean(a.Destination), "/") - strings.Count(filepath.Clean(b.Destination), "/")
	})
	return slices.Concat(systemMounts, own), nil
}

func bind(source, destination string, readOnly bool) specs.Mount {
	access := "rw"
	if readOnly {
		access = "ro"
	}
	return specs.Mount{Destination: destination, Type: "bind", Source: source, Options: []string{"rbind", "rprivate", access}}
}

// subPath is a path within a volume; a directory that is missing is made where the volume can be written.
func (p *Pod) subPath(v volume, inner string) (string, error) {
	path := filepath.Join(v.path, inner)
	if inner == "" {
		return path, nil
	}
	if !filepath.IsLocal(inner) {
		return "", fmt.Errorf("the subPath %s leaves the volume", inner)
	}
	_, err := os.Stat(p.node.outside(path))
	if os.IsNotExist(err) && !v.readOnly {
		return path, p.makeSubPath(v, inner)
	}
	return path, err
}

// makeSubPath makes a directory in a volume, and those above it, with the mode of the volume; the group is inherited.
func (p *Pod) makeSubPath(v volume, inner string) error {
	root, err := os.Stat(p.node.outside(v.path))
	if err != nil {
		return err
	}
	path := v.path
	for part := range strings.SplitSeq(filepath.Clean(inner), "/") {
		path = filepath.Join(path, part)
		err := os.Mkdir(p.node.outside(path), root.Mode())
		if os.IsExist(err) {
			continue
		}
		if err != nil {
			return err
		}
		if err := os.Chmod(p.node.outside(path), root.Mode()); err != nil {
			return err
		}
	}
	return nil
}
