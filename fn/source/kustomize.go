package source

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn"
	"github.com/chromafn/chroma-fn/fn/config"
	"github.com/chromafn/chroma-fn/fn/dockercli"
)

var (
	errNoFunction = errors.New("an object under generators or transformers lacks the annotation config.kubernetes.io/function, which names its container image; plugins are refused")
	errHelm       = errors.New("Helm charts in a kustomization are refused: they are fetched from elsewhere; render them beforehand, or allow them with --allow-helm") //nolint:staticcheck // a name
	errResource   = errors.New("a ChromaConfig is listed under resources, where nothing renders it; list it under generators")
	errTwice      = errors.New("the same object is made twice: an object of a generator is listed under resources too, or by another generator")
	errRemote     = errors.New("remote bases and files are refused: nothing is fetched from elsewhere; copy them into the repository, or allow them with --allow-remote")
	errUnwritten  = errors.New("the ChromaConfig was read and none of its objects came out: list it under generators, with the annotation config.kubernetes.io/function that names the container image")
)

// kustomization builds a kustomization in this process, as `kustomize build --enable-alpha-plugins` would. The
// functions of kustomize are containers, run by the program docker: for the time of the build, that is this program
// itself, which acts as its own image and refuses all others. Functions that are programs and plugins are refused, and
// so are remote bases and files and Helm charts where the options do not allow them.
func (g *guard) kustomization(o Options, file string) (*Rendering, error) {
	g.runsFunctions = true
	if err := g.change(func() error { return g.isolate(o) }); err != nil {
		return nil, err
	}
	var said func() string
	if err := g.change(func() (err error) { said, err = g.captureStderr(); return err }); err != nil {
		return nil, err
	}
	built, err := g.build(o, filepath.Dir(file))
	notes := said()
	switch {
	case g.refusal != nil:
		return nil, g.refusal
	case err != nil && strings.Contains(err.Error(), functionFailed) && notes != "":
		return nil, &FunctionError{notes}
	case err != nil:
		return nil, g.wordBuildError(o, file, err)
	}
	built.Notes = notes
	return built, g.checkBuild(file, built.Items)
}

// build runs kustomize's library with the defaults of its command line.
func (g *guard) build(o Options, directory string) (*Rendering, error) {
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified
	options.PluginConfig = types.EnabledPluginConfig(types.BploUseStaticallyLinked)
	options.PluginConfig.HelmConfig = types.HelmConfig{Enabled: o.AllowHelm, Command: "helm"}
	options.PluginConfig.FnpLoadingOptions = types.FnPluginLoadingOptions{EnableExec: false, Network: false}
	resources, err := krusty.MakeKustomizer(options).Run(g, directory)
	if err != nil {
		return nil, err
	}
	text, err := resources.AsYaml()
	return &Rendering{ResourceList: &fn.ResourceList{Items: resources.ToRNodeSlice()}, text: text}, err
}

// functionFailed is what kustomize says of a function that failed.
const functionFailed = "couldn't execute function: exit status"

// buildErrors are what kustomize says in the words of its command line, and what we say instead.
var buildErrors = []struct {
	part  string
	known error
}{
	{"unable to find plugin root", errNoFunction},
	{"--enable-helm", errHelm},
	{"merging from generator", errTwice},
	{"no 'git' program on path", errRemote},
	{errRemote.Error(), errRemote},
}

func (g *guard) wordBuildError(o Options, file string, err error) error {
	for _, e := range buildErrors {
		if !strings.Contains(err.Error(), e.part) || errors.Is(e.known, errRemote) && o.AllowRemote {
			continue
		}
		if errors.Is(e.known, errRemote) && len(g.remotes) > 0 {
			return fmt.Errorf("%s: %s: %w", file, strings.Join(g.remotes, ", "), errRemote)
		}
		return fmt.Errorf("%s: %w", file, e.known)
	}
	return fmt.Errorf("%s: %w", file, err)
}

// checkBuild refuses an output in which a ChromaConfig got lost: hosts that prune would delete its database.
func (g *guard) checkBuild(file string, items []*yaml.RNode) error {
	if slices.ContainsFunc(items, config.Is) {
		return fmt.Errorf("%s: %w", file, errResource)
	}
	for _, name := range slices.Sorted(maps.Keys(g.configs)) {
		if !slices.ContainsFunc(items, func(item *yaml.RNode) bool { return g.isMadeOf(item, name) }) {
			return fmt.Errorf("%s: %q: %w", file, name, errUnwritten)
		}
	}
	return nil
}

// isMadeOf reports whether an object belongs to the ChromaConfig that was read under a name. A prefix or suffix within the
// generator's own kustomization may have been added to it, which does not make it the name of another one.
func (g *guard) isMadeOf(item *yaml.RNode, name string) bool {
	_, owner, _ := strings.Cut(item.GetAnnotations()[fn.OwnerAnnotation], "/")
	return owner == name || strings.Contains(owner, name) && g.configs[owner] == nil
}

// isolate prepares the process for a build: docker is this program, no plugin is found, and unless it is allowed no other
// program is found and nothing is fetched. The guard undoes that in the end.
func (g *guard) isolate(o Options) error {
	directory, remove, err := linkDirectory()
	if err != nil {
		return err
	}
	g.undo = append(g.undo, remove)
	nowhere := filepath.Join(directory, "none")
	variables := map[string]string{"PATH": directory, "HOME": nowhere, "XDG_CONFIG_HOME": nowhere, "KUSTOMIZE_PLUGIN_HOME": nowhere, HandoverVariable: ""}
	if o.AllowRemote || o.AllowHelm {
		if variables["TMPDIR"], err = g.makeTemporary(); err != nil {
			return err
		}
		programs, err := g.programs(o)
		if err != nil {
			return err
		}
		variables["PATH"] += string(os.PathListSeparator) + programs
		// Not file: other repositories may lie on the same disk.
		if os.Getenv(gitProtocols) == "" {
			variables[gitProtocols] = "https:ssh"
		}
	}
	for name, value := range variables {
		if err := g.setVariable(name, value); err != nil {
			return err
		}
	}
	transport := http.DefaultTransport
	http.DefaultTransport = refusingTransport{}
	if o.AllowRemote {
		http.DefaultTransport = inspectingTransport{transport, g}
	}
	g.undo = append(g.undo, func() { http.DefaultTransport = transport })
	return g.handOver()
}

// gitProtocols is how git is told by which protocols it may fetch.
const gitProtocols = "GIT_ALLOW_PROTOCOL"

// setVariable changes a variable of the environment until the guard's end.
func (g *guard) setVariable(name, value string) error {
	before, wasSet := os.LookupEnv(name)
	g.undo = append(g.undo, func() {
		if wasSet {
			_ = os.Setenv(name, before)
		} else {
			_ = os.Unsetenv(name)
		}
	})
	return os.Setenv(name, value)
}

// programs is the path of the programs that kustomize itself may run, after our docker: git, which needs a shell and
// others, or helm alone, lest git fetches something.
func (g *guard) programs(o Options) (string, error) {
	if o.AllowRemote {
		return os.Getenv("PATH"), nil
	}
	directory := filepath.Join(g.temporary, "bin")
	if err := os.Mkdir(directory, 0o700); err != nil {
		return "", err
	}
	// Where helm is missing, kustomize says so when it needs it.
	if helm, err := exec.LookPath("helm"); err == nil {
		return directory, os.Symlink(helm, filepath.Join(directory, "helm"))
	}
	return directory, nil
}

// makeTemporary makes the directory into which kustomize clones repositories and inflates charts.
func (g *guard) makeTemporary() (string, error) {
	directory, err := os.MkdirTemp("", "chroma-fn-")
	if err != nil {
		return "", err
	}
	g.undo = append(g.undo, func() { _ = os.RemoveAll(directory) })
	g.temporary, err = resolve(directory)
	return g.temporary, err
}

// linkDirectory returns a directory that holds nothing but this program under the name docker: the program's own, where
// it was installed like that, else a temporary one.
func linkDirectory() (string, func(), error) {
	program, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	own := filepath.Dir(program)
	if isInstalled(own, program) {
		return own, func() {}, nil
	}
	directory, err := os.MkdirTemp("", "chroma-fn-")
	if err == nil {
		directory, err = filepath.Abs(directory)
	}
	if err != nil {
		return "", nil, fmt.Errorf("make a directory for the link named docker: %w; chroma-fn install makes one that stays", err)
	}
	remove := func() { _ = os.RemoveAll(directory) }
	if err := os.Symlink(program, filepath.Join(directory, dockercli.Name)); err != nil {
		remove()
		return "", nil, err
	}
	return directory, remove, nil
}

// isInstalled reports whether a directory holds this program, its link named docker, and nothing else that could be run.
func isInstalled(directory, program string) bool {
	entries, err := os.ReadDir(directory)
	if err != nil || len(entries) != 2 {
		return false
	}
	target, err := filepath.EvalSymlinks(filepath.Join(directory, dockercli.Name))
	if err != nil {
		return false
	}
	resolved, err := filepath.EvalSymlinks(program)
	return err == nil && target == resolved
}
