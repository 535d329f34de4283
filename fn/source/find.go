package source

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/fn/runtime/runtimeutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn"
	"github.com/chromafn/chroma-fn/fn/config"
	"github.com/chromafn/chroma-fn/fn/dockercli"
)

// Find returns the ChromaConfigs that Render would render, as its functions would get them, without rendering anything:
// it follows the files of a kustomization to its generators, and builds only generators that are kustomizations
// themselves. What stands elsewhere, or names another function than this program's image, is left out, and so is what
// only wires. What cannot be read yields nothing.
func Find(ctx context.Context, o Options) ([]*yaml.RNode, error) {
	return bounded(ctx, o, func(g *guard) ([]*yaml.RNode, error) {
		marker, err := findMarker(o.Path)
		if err != nil {
			return nil, err
		}
		search := &search{guard: g, options: o, seen: map[string]bool{}}
		switch marker {
		case "":
			search.plain()
		case kptfile:
			search.kptPackage(o.Path, false)
		default:
			if err := g.change(func() error { return g.isolate(Options{}) }); err != nil {
				return nil, err
			}
			search.kustomization(o.Path)
		}
		return search.found, nil
	})
}

// search looks for ChromaConfigs that are rendered.
type search struct {
	guard   *guard
	options Options
	found   []*yaml.RNode
	// seen are the directories that were searched.
	seen map[string]bool
}

// plain searches the files of a directory.
func (s *search) plain() {
	if _, err := os.Stat(filepath.Join(s.options.Path, "Chart.yaml")); err == nil {
		// The files of a Helm chart are not rendered as they are.
		return
	}
	files, err := yamlFiles(s.options.Path, s.options.Recursive)
	if err != nil {
		return
	}
	for _, file := range files {
		s.add(s.read(file))
	}
}

// kptPackage searches a package and those below it, whose items a function above sees too.
func (s *search) kptPackage(directory string, isRendered bool) {
	files, subpackages, err := packageFiles(directory)
	if err != nil {
		return
	}
	if pipeline, err := s.guard.pipeline(directory); err == nil {
		for _, function := range pipeline.Mutators {
			isRendered = isRendered || s.isOurs(function.Image)
		}
	}
	for _, file := range files {
		if isRendered {
			s.add(s.read(file))
		}
	}
	for _, below := range subpackages {
		s.kptPackage(below, isRendered)
	}
}

// kustomization searches the generators and transformers of a kustomization and of those that it is made of.
func (s *search) kustomization(directory string) {
	directory = filepath.Clean(directory)
	if s.seen[directory] {
		return
	}
	s.seen[directory] = true
	marker, err := findMarker(directory)
	if err != nil || marker == "" || marker == kptfile {
		return
	}
	text, err := s.guard.ReadFile(filepath.Join(directory, marker))
	if err != nil {
		return
	}
	var k struct{ Generators, Transformers, Resources, Components, Bases []string }
	if yaml.Unmarshal(text, &k) != nil {
		return
	}
	for _, entry := range slices.Concat(k.Generators, k.Transformers) {
		s.add(slices.DeleteFunc(s.functions(directory, entry), s.isOthers))
	}
	for _, entry := range slices.Concat(k.Resources, k.Components, k.Bases) {
		s.kustomization(filepath.Join(directory, entry))
	}
}

// functions are the objects of an entry under generators or transformers: inline text, a file, or a kustomization.
func (s *search) functions(directory, entry string) []*yaml.RNode {
	path := filepath.Join(directory, entry)
	info, err := os.Stat(path)
	switch {
	case strings.Contains(entry, "\n") || strings.HasPrefix(strings.TrimSpace(entry), "{"):
		items, err := decode([]byte(entry), filepath.Join(directory, "kustomization.yaml"))
		if err != nil {
			return nil
		}
		return items
	case err != nil:
		return nil
	case !info.IsDir():
		return s.read(path)
	default:
		built, err := s.guard.build(Options{}, path)
		if err != nil {
			return nil
		}
		return built.Items
	}
}

// read returns the objects of a file that may hold a ChromaConfig.
func (s *search) read(path string) []*yaml.RNode {
	text, err := s.guard.ReadFile(path)
	if err != nil || !bytes.Contains(text, []byte(config.Group+"/")) {
		return nil
	}
	items, err := decode(text, path)
	if err != nil {
		return nil
	}
	return items
}

// add keeps the ChromaConfigs.
func (s *search) add(items []*yaml.RNode) {
	for _, item := range items {
		if config.Is(item) {
			s.found = append(s.found, item)
		}
	}
}

// isOthers reports whether an object of kustomize's generators or transformers is not for this program to render.
func (s *search) isOthers(item *yaml.RNode) bool {
	function, err := runtimeutil.GetFunctionSpec(item)
	switch {
	case err != nil || fn.IsWire(item):
		return true
	case function == nil:
		// An error that speaks of the annotation is better than none.
		return false
	default:
		return !s.isOurs(function.Container.Image)
	}
}

func (s *search) isOurs(image string) bool {
	_, err := (dockercli.Call{Image: image}).Tag(s.options.ImageRepository)
	return err == nil
}
