package source

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	kptfilev1 "github.com/kptdev/kpt/api/kptfile/v1"
	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn"
	"github.com/chromafn/chroma-fn/fn/config"
	"github.com/chromafn/chroma-fn/fn/dockercli"
)

// hydration is the rendering of a kpt package, as `kpt fn render` does it, without writing to it.
type hydration struct {
	guard      *guard
	repository string
	results    sdk.Results
}

// errReported says that the results hold the errors.
var errReported = errors.New("reported")

// kptPackage renders a kpt package: its subpackages first, then the functions of its own pipeline. A function must be
// this program's image; all others are refused by name.
func (g *guard) kptPackage(o Options, directory string) (*fn.ResourceList, error) {
	h := &hydration{guard: g, repository: o.ImageRepository}
	items, err := h.hydrate(directory)
	switch {
	case errors.Is(err, errReported):
		return &fn.ResourceList{Results: h.results}, nil
	case err != nil:
		return nil, err
	}
	for _, item := range items {
		if config.Is(item) && !slices.ContainsFunc(items, isOf(item)) {
			path, _, _ := kioutil.GetFileAnnotations(item)
			return nil, fmt.Errorf("%s: no function of the package renders this ChromaConfig; name %s in the pipeline of its Kptfile", path, o.ImageRepository)
		}
	}
	return &fn.ResourceList{Items: items, Results: h.results}, nil
}

// isOf reports whether an object was generated from the ChromaConfig.
func isOf(source *yaml.RNode) func(*yaml.RNode) bool {
	owner := source.GetAnnotations()[fn.OwnerAnnotation]
	return func(item *yaml.RNode) bool {
		return fn.IsGenerated(item) && item.GetAnnotations()[fn.OwnerAnnotation] == owner
	}
}

// hydrate renders a package and those below it.
func (h *hydration) hydrate(directory string) ([]*yaml.RNode, error) {
	files, subpackages, err := packageFiles(directory)
	if err != nil {
		return nil, err
	}
	var items []*yaml.RNode
	for _, subpackage := range subpackages {
		below, err := h.hydrate(subpackage)
		if err != nil {
			return nil, err
		}
		items = append(items, below...)
	}
	for _, file := range files {
		read, err := h.guard.plain(Options{Path: file}, false)
		if err != nil {
			return nil, err
		}
		items = append(items, read...)
	}
	pipeline, err := h.guard.pipeline(directory)
	if err != nil {
		return nil, err
	}
	for _, function := range slices.Concat(pipeline.Mutators, pipeline.Validators) {
		if items, err = h.run(directory, function, items); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// packageFiles lists the files of a package, without those of packages below it, which it lists too.
func packageFiles(directory string) (files, subpackages []string, err error) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range entries {
		path := filepath.Join(directory, entry.Name())
		_, hasKptfile := os.Stat(filepath.Join(path, kptfile))
		switch {
		case strings.HasPrefix(entry.Name(), "."):
		case entry.IsDir() && hasKptfile == nil:
			subpackages = append(subpackages, path)
		case entry.IsDir():
			inner, below, err := packageFiles(path)
			if err != nil {
				return nil, nil, err
			}
			files, subpackages = append(files, inner...), append(subpackages, below...)
		case slices.Contains(yamlEndings, filepath.Ext(path)):
			files = append(files, path)
		}
	}
	return files, subpackages, nil
}

// pipeline reads the functions of a package.
func (g *guard) pipeline(directory string) (*kptfilev1.Pipeline, error) {
	path := filepath.Join(directory, kptfile)
	text, err := g.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file kptfilev1.KptFile
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if file.Pipeline == nil {
		return &kptfilev1.Pipeline{}, nil
	}
	return file.Pipeline, nil
}

var (
	errSelector = errors.New("the function chooses its items by selectors or exclude, which only kpt itself can; use kpt fn render")
	errNoConfig = errors.New("the function's configPath is no object of the package")
)

// run runs one function of a pipeline.
func (h *hydration) run(directory string, function kptfilev1.Function, items []*yaml.RNode) ([]*yaml.RNode, error) {
	at := filepath.Join(directory, kptfile)
	if err := h.refuse(function); err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	list := &fn.ResourceList{Items: items}
	switch {
	case function.ConfigPath != "":
		config := filepath.Join(directory, filepath.FromSlash(function.ConfigPath))
		i := slices.IndexFunc(items, func(item *yaml.RNode) bool {
			path, _, _ := kioutil.GetFileAnnotations(item)
			return path == config
		})
		if i < 0 {
			return nil, fmt.Errorf("%s: %s: %w", at, function.ConfigPath, errNoConfig)
		}
		list.FunctionConfig = items[i]
	case len(function.ConfigMap) > 0:
		list.FunctionConfig = settingsOf(function.ConfigMap)
	}
	if err := fn.Process(list); err != nil {
		return nil, err
	}
	h.results = append(h.results, list.Results...)
	if list.Failed() {
		return nil, errReported
	}
	return list.Items, nil
}

// refuse says why a function does not run here.
func (h *hydration) refuse(function kptfilev1.Function) error {
	switch _, err := (dockercli.Call{Image: function.Image}).Tag(h.repository); {
	case function.Exec != "":
		return fmt.Errorf("the function %q is a program, which is refused; use kpt fn render --allow-exec", function.Exec)
	case err != nil:
		return fmt.Errorf("the function %q is refused: only %s runs here; use kpt fn render", function.Image, h.repository)
	case len(function.Selectors)+len(function.Exclusions) > 0:
		return errSelector
	default:
		return nil
	}
}

// settingsOf is the ConfigMap that kpt makes of a pipeline's configMap.
func settingsOf(values map[string]string) *yaml.RNode {
	node := yaml.NewMapRNode(nil)
	node.SetApiVersion("v1")
	node.SetKind("ConfigMap")
	node.SetDataMap(values)
	// Setting the name of a map cannot fail.
	_ = node.SetName("function-input")
	return node
}
