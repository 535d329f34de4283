package source

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

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
	version    string
	results    sdk.Results
	// rendered are the ChromaConfigs that a function has rendered.
	rendered map[*yaml.RNode]bool
}

// errReported says that the results hold the errors.
var errReported = errors.New("reported")

// kptPackage renders a kpt package: its subpackages first, then the functions of its own pipeline. A function must be
// this program's image; all others are refused by name.
func (g *guard) kptPackage(o Options, directory string) (*fn.ResourceList, error) {
	h := &hydration{guard: g, repository: o.ImageRepository, version: o.Version, rendered: map[*yaml.RNode]bool{}}
	items, err := h.hydrate(directory)
	switch {
	case errors.Is(err, errReported):
		return &fn.ResourceList{Results: h.results}, nil
	case err != nil:
		return nil, err
	}
	for _, item := range items {
		if config.Is(item) && !h.rendered[item] {
			path, _, _ := kioutil.GetFileAnnotations(item)
			return nil, fmt.Errorf("%s: no function of the package renders this ChromaConfig; name %s in the pipeline of its Kptfile", path, o.ImageRepository)
		}
	}
	return &fn.ResourceList{Items: items, Results: h.results}, nil
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
	if len(pipeline.Validators) > 0 {
		return nil, fmt.Errorf("%s: %w", filepath.Join(directory, kptfile), errValidator)
	}
	for _, function := range pipeline.Mutators {
		if items, err = h.run(directory, function, items); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// kptEndings are the endings of the files that kpt reads.
var kptEndings = []string{".yaml", ".yml"}

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
		case entry.Name() == ".krmignore":
			return nil, nil, fmt.Errorf("%s: only kpt itself reads this file; use kpt fn render", path)
		case entry.Name() == ".git":
		case entry.IsDir() && hasKptfile == nil:
			subpackages = append(subpackages, path)
		case entry.IsDir():
			inner, below, err := packageFiles(path)
			if err != nil {
				return nil, nil, err
			}
			files, subpackages = append(files, inner...), append(subpackages, below...)
		case slices.Contains(kptEndings, filepath.Ext(path)):
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
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if file.APIVersion != "kpt.dev/v1" || file.Kind != kptfile {
		return nil, fmt.Errorf("%s: must be a Kptfile of kpt.dev/v1, not %s of %s", path, file.Kind, file.APIVersion)
	}
	if file.Pipeline == nil {
		return &kptfilev1.Pipeline{}, nil
	}
	return file.Pipeline, nil
}

var (
	errValidator = errors.New("validators have no place here: what they make is thrown away; list chroma-fn under mutators, and use kpt fn render for others")
	errBoth      = errors.New("configPath and configMap exclude each other")
	errTag       = errors.New("the function's tag is a constraint that only kpt itself can resolve; use kpt fn render, or write the tag into the image")
	errSelector  = errors.New("the function chooses its items by selectors or exclude, which only kpt itself can; use kpt fn render")
	errNoConfig  = errors.New("the function's configPath is no object of the package")
)

// run runs one function of a pipeline.
func (h *hydration) run(directory string, function kptfilev1.Function, items []*yaml.RNode) ([]*yaml.RNode, error) {
	at := filepath.Join(directory, kptfile)
	if err := h.refuse(function); err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	if note := (dockercli.Call{Image: function.Image}).Mismatch(h.version); note != "" {
		h.results = append(h.results, &sdk.Result{Severity: sdk.Warning, Message: note, File: &sdk.File{Path: at}})
	}
	list := &fn.ResourceList{Items: items, Overrides: h.guard.overrides}
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
	for _, item := range list.Items {
		h.rendered[item] = h.rendered[item] || config.Is(item)
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
	case function.Tag != "":
		return errTag
	case function.ConfigPath != "" && len(function.ConfigMap) > 0:
		return errBoth
	default:
		return nil
	}
}

// settingsOf is the ConfigMap that kpt makes of a pipeline's configMap.
func settingsOf(values map[string]string) *yaml.RNode {
	node := yaml.NewMapRNode(&map[string]string{"apiVersion": "v1", "kind": "ConfigMap"})
	// Setting the field of a map cannot fail.
	_ = node.PipeE(yaml.SetField("data", yaml.NewMapRNode(&values)))
	_ = node.PipeE(yaml.SetField("metadata", yaml.NewMapRNode(&map[string]string{"name": "function-input"})))
	return node
}
