package source

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn"
	"github.com/chromafn/chroma-fn/fn/config"
	"github.com/chromafn/chroma-fn/fn/dockercli"
)

var (
	errFunction   = errors.New("a function of the kustomization failed; what it said stands above")
	errTooLong    = errors.New("the kustomization takes too long to build")
	errNoFunction = errors.New("an object under generators or transformers lacks the annotation config.kubernetes.io/function, which names its container image; plugins are refused")
	errHelm       = errors.New("Helm charts in a kustomization are refused: they are fetched from elsewhere; render them beforehand") //nolint:staticcheck // a name
	errResource   = errors.New("a ChromaConfig is listed under resources, where nothing renders it; list it under generators")
	errUnwritten  = errors.New("a ChromaConfig was read and none of its objects came out: list it under generators, with the annotation config.kubernetes.io/function that names the container image")
)

// kustomization builds a kustomization in this process, as `kustomize build --enable-alpha-plugins` would. The
// functions of kustomize are containers, run by the program docker: for the time of the build, that is this program
// itself, which acts as its own image and refuses all others. Functions that are programs, plugins, remote bases and
// remote files are refused.
func (g *guard) kustomization(o Options, directory string) (*Rendering, error) {
	restore, err := isolate()
	if err != nil {
		return nil, err
	}
	defer restore()
	type outcome struct {
		built *Rendering
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() {
			if problem := recover(); problem != nil {
				done <- outcome{err: fmt.Errorf("kustomize's library failed: %v", problem)}
			}
		}()
		built, err := g.build(directory)
		done <- outcome{built, err}
	}()
	var timeout <-chan time.Time
	if o.Limits.Duration > 0 {
		timeout = time.After(o.Limits.Duration)
	}
	select {
	case <-timeout:
		return nil, fmt.Errorf("%s: %w (limit %s)", directory, errTooLong, o.Limits.Duration)
	case end := <-done:
		switch {
		case g.refusal != nil:
			return nil, g.refusal
		case end.err != nil:
			return nil, wordBuildError(directory, end.err)
		}
		return end.built, g.checkBuild(directory, end.built.Items)
	}
}

// build runs kustomize's library with the defaults of its command line.
func (g *guard) build(directory string) (*Rendering, error) {
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified
	options.PluginConfig = types.EnabledPluginConfig(types.BploUseStaticallyLinked)
	options.PluginConfig.HelmConfig.Enabled = false
	options.PluginConfig.FnpLoadingOptions = types.FnPluginLoadingOptions{EnableExec: false, Network: false}
	resources, err := krusty.MakeKustomizer(options).Run(g, directory)
	if err != nil {
		return nil, err
	}
	text, err := resources.AsYaml()
	return &Rendering{ResourceList: &fn.ResourceList{Items: resources.ToRNodeSlice()}, text: text}, err
}

// wordBuildError says in our words what kustomize says in those of its command line.
func wordBuildError(directory string, err error) error {
	for part, known := range map[string]error{
		"couldn't execute function: exit status": errFunction,
		"unable to find plugin root":             errNoFunction,
		"--enable-helm":                          errHelm,
	} {
		if strings.Contains(err.Error(), part) {
			err = known
		}
	}
	return fmt.Errorf("%s: %w", directory, err)
}

// checkBuild refuses an output in which a ChromaConfig got lost: hosts that prune would delete its database.
func (g *guard) checkBuild(directory string, items []*yaml.RNode) error {
	switch {
	case slices.ContainsFunc(items, config.Is):
		return fmt.Errorf("%s: %w", directory, errResource)
	case g.sawConfig && !slices.ContainsFunc(items, fn.IsGenerated):
		return fmt.Errorf("%s: %w", directory, errUnwritten)
	default:
		return nil
	}
}

// isolate prepares the process for a build: docker is this program, no other program is found, no plugin is found, and
// nothing is fetched. It returns what undoes that.
func isolate() (func(), error) {
	directory, remove, err := linkDirectory()
	if err != nil {
		return nil, err
	}
	undo := []func(){remove}
	for name, value := range map[string]string{
		"PATH":                  directory,
		"HOME":                  filepath.Join(directory, "none"),
		"XDG_CONFIG_HOME":       filepath.Join(directory, "none"),
		"KUSTOMIZE_PLUGIN_HOME": filepath.Join(directory, "none"),
	} {
		before, wasSet := os.LookupEnv(name)
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
		undo = append(undo, func() {
			if wasSet {
				_ = os.Setenv(name, before)
			} else {
				_ = os.Unsetenv(name)
			}
		})
	}
	transport := http.DefaultTransport
	http.DefaultTransport = refusingTransport{}
	undo = append(undo, func() { http.DefaultTransport = transport })
	return func() {
		for _, f := range undo {
			f()
		}
	}, nil
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

// refusingTransport fetches nothing. kustomize's loader fetches files by HTTP outside of its file system.
type refusingTransport struct{}

var errRemote = errors.New("nothing is fetched from elsewhere; copy the file into the repository")

func (refusingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("%s: %w", request.URL.Redacted(), errRemote)
}
