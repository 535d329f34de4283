// Package source reads ChromaConfigs and other objects from files and renders them to manifests. It is the only
// package under fn that touches the file system.
package source

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn"
	"github.com/chromafn/chroma-fn/fn/config"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Render reads a YAML file, a directory of YAML files or, for Stdin, the stream, and renders the ChromaConfigs in it.
// The items of the returned list are the manifests, those of others included; where a result is an error there are
// none. The error says what could not be read.
func Render(path string, stdin io.Reader) (*fn.ResourceList, error) {
	items, err := read(path, stdin)
	if err != nil {
		return nil, err
	}
	list := &fn.ResourceList{Items: items}
	if err := fn.Process(list); err != nil {
		return nil, err
	}
	if list.Failed() {
		list.Items = nil
		locate(list.Results, path)
		return list, nil
	}
	list.Items = slices.DeleteFunc(list.Items, isLocal)
	for _, item := range list.Items {
		if err := forgetFile(item); err != nil {
			return nil, fmt.Errorf("clean %s/%s: %w", item.GetKind(), item.GetName(), err)
		}
	}
	return list, nil
}

// locate gives the path to results that are about no single object.
func locate(results sdk.Results, path string) {
	for _, result := range results {
		if result.File == nil && result.ResourceRef == nil {
			result.File = &sdk.File{Path: path}
		}
	}
}

// isLocal reports whether an object is not for the cluster.
func isLocal(item *yaml.RNode) bool {
	local, set := item.GetAnnotations()[fn.LocalConfigAnnotation]
	return config.Is(item) || set && local != "false"
}

// forgetFile removes the annotations that tell where an object was read.
func forgetFile(item *yaml.RNode) error {
	for _, key := range []string{kioutil.PathAnnotation, kioutil.IndexAnnotation} {
		if err := item.PipeE(yaml.ClearAnnotation(key)); err != nil {
			return err
		}
	}
	return yaml.ClearEmptyAnnotations(item)
}

// read returns the objects of a path, each annotated with the file that it comes from.
func read(path string, stdin io.Reader) ([]*yaml.RNode, error) {
	if path == Stdin {
		return decode(stdin, Stdin)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir():
		return readFile(path)
	}
	files, err := yamlFiles(path)
	if err != nil {
		return nil, err
	}
	var items []*yaml.RNode
	for _, file := range files {
		read, err := readFile(file)
		if err != nil {
			return nil, err
		}
		items = append(items, read...)
	}
	return items, nil
}

// otherHosts are the files that make a directory something else than a heap of plain objects, with the command that
// builds it.
var otherHosts = map[string]string{
	"kustomization.yaml": "kustomize build",
	"kustomization.yml":  "kustomize build",
	"Kustomization":      "kustomize build",
	"Kptfile":            "kpt fn render",
}

// yamlFiles lists the YAML and JSON files of a directory in the order of their names, without those of directories
// below it.
func yamlFiles(directory string) ([]string, error) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		name := entry.Name()
		if command, isOther := otherHosts[name]; isOther {
			return nil, fmt.Errorf("%s: the directory is not plain YAML; build it with: %s", filepath.Join(directory, name), command)
		}
		isYAML := slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name))
		if isYAML && !entry.IsDir() && !strings.HasPrefix(name, ".") {
			files = append(files, filepath.Join(directory, name))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: the directory holds no .yaml, .yml or .json file", directory)
	}
	return files, nil
}

func readFile(path string) ([]*yaml.RNode, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return decode(file, path)
}

var errNotObject = errors.New("holds a document that is no Kubernetes object: apiVersion and kind are missing")

// decode reads the objects of one file.
func decode(in io.Reader, path string) ([]*yaml.RNode, error) {
	reader := &kio.ByteReader{
		Reader:                in,
		OmitReaderAnnotations: true,
		SetAnnotations:        map[string]string{kioutil.PathAnnotation: path},
	}
	items, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, item := range items {
		if item.YNode().Kind != yaml.MappingNode || item.GetApiVersion() == "" || item.GetKind() == "" {
			return nil, fmt.Errorf("%s: %w", path, errNotObject)
		}
	}
	return items, nil
}
