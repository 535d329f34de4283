package argocd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/chromafn/chroma-fn/tests/e2e/cluster"
)

// Paths in a sidecar, as the manual of Argo CD has them.
const (
	temporaryPath     = "/tmp"
	socketsPath       = "/home/argocd/cmp-server/plugins"
	configurationPath = "/home/argocd/cmp-server/config"
	configurationFlag = "--config-dir-path"
)

// A Sidecar is the container of a plugin.
type Sidecar struct {
	Container corev1.Container
	// Image is a directory with what its image holds; PATH is the image's.
	Image string
	Path  string
}

// A Plugin is an argocd-cmp-server.
type Plugin struct {
	// Name is what an Application calls the plugin.
	Name   string
	Socket string
	// Process is the server; what it runs are its children.
	Process *cluster.Process
	// Temporary is the sidecar's /tmp, where the applications are unpacked.
	Temporary string
}

// StartPlugin runs a plugin that argocd-repo-server finds. It runs what the container says, with its environment and as
// its user, but where the container has a path it gets the one that stands for it here.
func (i *Instance) StartPlugin(ctx context.Context, sidecar Sidecar) (*Plugin, error) {
	plugin, err := i.startPlugin(ctx, sidecar)
	if err != nil {
		return nil, fmt.Errorf("start the plugin in %s: %w", sidecar.Container.Name, err)
	}
	return plugin, nil
}

func (i *Instance) startPlugin(ctx context.Context, sidecar Sidecar) (*Plugin, error) {
	container := sidecar.Container
	home := fmt.Sprintf("sidecar-%d", len(i.processes))
	volumes, err := i.mount(home, container)
	if err != nil {
		return nil, err
	}
	here := func(path string) string { return hostPath(volumes, sidecar.Image, path) }
	arguments := container.Args
	if !slices.Contains(arguments, configurationFlag) {
		arguments = append([]string{configurationFlag, configurationPath}, arguments...)
	}
	name, err := pluginName(filepath.Join(here(arguments[slices.Index(arguments, configurationFlag)+1]), "plugin.yaml"))
	if err != nil {
		return nil, err
	}
	program := cluster.Program{
		Binary:      here(container.Command[0]),
		Environment: []string{"PATH=" + here(sidecar.Path), "TMPDIR=" + here(temporaryPath), "ARGOCD_CMP_WORKDIR=" + here(temporaryPath), "ARGOCD_PLUGINSOCKFILEPATH=" + here(socketsPath)},
		User:        uint32(*container.SecurityContext.RunAsUser),
	}
	for _, argument := range append(container.Command[1:], arguments...) {
		if filepath.IsAbs(argument) {
			argument = here(argument)
		}
		program.Arguments = append(program.Arguments, argument)
	}
	for _, variable := range container.Env {
		program.Environment = append(program.Environment, variable.Name+"="+variable.Value)
	}
	if err := i.run(home, program); err != nil {
		return nil, err
	}
	plugin := &Plugin{
		Name:      name,
		Socket:    filepath.Join(here(socketsPath), name+".sock"),
		Process:   i.processes[len(i.processes)-1],
		Temporary: here(temporaryPath),
	}
	return plugin, i.waitFor(ctx, "unix", plugin.Socket)
}

// mount returns the directory for each path at which the container has a volume: two volumes are those of the
// repo-server, the others its own.
func (i *Instance) mount(home string, container corev1.Container) (map[string]string, error) {
	volumes := map[string]string{}
	for _, mount := range container.VolumeMounts {
		switch mount.Name {
		case "var-files":
			volumes[mount.MountPath] = i.binaries
		case "plugins":
			volumes[mount.MountPath] = i.sockets()
		default:
			volumes[mount.MountPath] = filepath.Join(i.directory, home, mount.Name)
			if err := makeVolume(volumes[mount.MountPath]); err != nil {
				return nil, err
			}
		}
	}
	return volumes, nil
}

// hostPath is where a path of a container is: in one of its volumes, or in its image.
func hostPath(volumes map[string]string, image, path string) string {
	for at := path; at != "/"; at = filepath.Dir(at) {
		if volume := volumes[at]; volume != "" {
			return volume + strings.TrimPrefix(path, at)
		}
	}
	return filepath.Join(image, path)
}

// pluginName is the name that a plugin.yaml gives the plugin, and its socket.
func pluginName(file string) (string, error) {
	configuration, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var plugin struct {
		Metadata struct{ Name string }
		Spec     struct{ Version string }
	}
	switch err := yaml.Unmarshal(configuration, &plugin); {
	case err != nil:
		return "", err
	case plugin.Metadata.Name == "":
		return "", errors.New("its plugin.yaml has no metadata.name")
	case plugin.Spec.Version == "":
		return plugin.Metadata.Name, nil
	default:
		return plugin.Metadata.Name + "-" + plugin.Spec.Version, nil
	}
}
