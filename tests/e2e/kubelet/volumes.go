package kubelet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// volume is one that is ready to be mounted into containers.
type volume struct {
	// path is where the node has it.
	path     string
	readOnly bool
}

// prepareVolumes makes every volume of the pod, and gives each to the pod's group.
func (p *Pod) prepareVolumes(ctx context.Context) error {
	p.volumes = map[string]volume{}
	for i := range p.pod.Spec.Volumes {
		spec := &p.pod.Spec.Volumes[i]
		if _, twice := p.volumes[spec.Name]; twice {
			return fmt.Errorf("volume %s is there twice", spec.Name)
		}
		v, err := p.prepareVolume(ctx, spec)
		if err != nil {
			return fmt.Errorf("volume %s: %w", spec.Name, err)
		}
		p.volumes[spec.Name] = v
	}
	return nil
}

func (p *Pod) prepareVolume(ctx context.Context, spec *corev1.Volume) (volume, error) {
	v := volume{path: filepath.Join(p.directory, "volumes", spec.Name)}
	var err error
	switch {
	case spec.ConfigMap != nil:
		v.readOnly = true
		err = p.writeFiles(v, "ConfigMap", spec.ConfigMap.Name, spec.ConfigMap.Items, spec.ConfigMap.DefaultMode, isTrue(spec.ConfigMap.Optional))
	case spec.Secret != nil:
		v.readOnly = true
		err = p.writeFiles(v, "Secret", spec.Secret.SecretName, spec.Secret.Items, spec.Secret.DefaultMode, isTrue(spec.Secret.Optional))
	case spec.PersistentVolumeClaim != nil:
		return p.attachClaim(ctx, spec.PersistentVolumeClaim.ClaimName)
	case spec.EmptyDir != nil:
		err = p.makeEmptyDir(ctx, v, spec.EmptyDir)
	default:
		err = errors.New("the kubelet of the tests does not know its kind")
	}
	if err != nil {
		return volume{}, err
	}
	return v, p.own(v, corev1.FSGroupChangeAlways)
}

// attachClaim mounts the volume of a claim. The policy of the pod counts for such volumes alone.
func (p *Pod) attachClaim(ctx context.Context, name string) (volume, error) {
	at := slices.IndexFunc(p.objects.set.Spec.VolumeClaimTemplates, func(template corev1.PersistentVolumeClaim) bool {
		return ClaimName(&template, p.pod) == name
	})
	if at < 0 {
		return volume{}, fmt.Errorf("there is no claim %s", name)
	}
	claim := p.node.Claim(name)
	if err := claim.attach(ctx, p.objects.set.Spec.VolumeClaimTemplates[at]); err != nil {
		return volume{}, err
	}
	v := volume{path: claim.path}
	policy := corev1.FSGroupChangeAlways
	if context := p.pod.Spec.SecurityContext; context != nil && context.FSGroupChangePolicy != nil {
		policy = *context.FSGroupChangePolicy
	}
	if claim.IgnoresFSGroup || claim.ReadOnly {
		return v, nil
	}
	return v, p.own(v, policy)
}

func (p *Pod) makeEmptyDir(ctx context.Context, v volume, spec *corev1.EmptyDirVolumeSource) error {
	if err := os.MkdirAll(p.node.outside(v.path), 0o777); err != nil {
		return err
	}
	options := "mode=777"
	if limit := spec.SizeLimit; limit != nil {
		options += fmt.Sprintf(",size=%d", limit.Value())
	}
	if err := p.node.run(ctx, "mount", "-t", "tmpfs", "-o", options, "tmpfs", v.path); err != nil {
		return err
	}
	return os.Chmod(p.node.outside(v.path), 0o777)
}

// writeFiles writes the keys of a ConfigMap or a Secret as files: all of them, or the items.
func (p *Pod) writeFiles(v volume, kind, name string, items []corev1.KeyToPath, defaultMode *int32, optional bool) error {
	data, err := p.objects.data(kind, name, optional)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		for _, key := range slices.Sorted(maps.Keys(data)) {
			items = append(items, corev1.KeyToPath{Key: key, Path: key})
		}
	}
	if err := os.MkdirAll(p.node.outside(v.path), 0o755); err != nil {
		return err
	}
	for _, item := range items {
		content, found := data[item.Key]
		if !found && !optional {
			return fmt.Errorf("%s %q has no key %q", kind, name, item.Key)
		}
		mode := os.FileMode(0o644)
		if wanted := cmpOr(item.Mode, defaultMode); wanted != nil {
			mode = os.FileMode(*wanted)
		}
		file := p.node.outside(filepath.Join(v.path, item.Path))
		if err := writeFile(file, content, mode); err != nil {
			return err
		}
	}
	return nil
}

func cmpOr[T any](first, second *T) *T {
	if first != nil {
		return first
	}
	return second
}

// writeFile writes a file with a mode that no mask of the test process cuts.
func writeFile(file string, content []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, content, mode); err != nil {
		return err
	}
	return os.Chmod(file, mode)
}

// own gives a volume to the group of the pod as a kubelet does (pkg/volume/volume_linux.go of Kubernetes).
func (p *Pod) own(v volume, policy corev1.PodFSGroupChangePolicy) error {
	context := p.pod.Spec.SecurityContext
	if context == nil || context.FSGroup == nil {
		return nil
	}
	group, root := int(*context.FSGroup), p.node.outside(v.path)
	if policy == corev1.FSGroupChangeOnRootMismatch && isOwned(root, group) {
		return nil
	}
	mask := os.FileMode(0o660)
	if v.readOnly {
		mask = 0o440
	}
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if err := os.Lchown(path, -1, group); err != nil {
			return err
		}
		switch {
		case info.Mode()&os.ModeSymlink != 0:
			return nil
		case info.IsDir():
			return os.Chmod(path, info.Mode()|mask|os.ModeSetgid|0o110)
		default:
			return os.Chmod(path, info.Mode()|mask)
		}
	})
}
