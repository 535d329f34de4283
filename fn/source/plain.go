package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn"
)

// plain reads the objects of a file, or of the YAML files of a directory.
func (g *guard) plain(o Options, isDirectory bool) ([]*yaml.RNode, error) {
	files := []string{o.Path}
	if isDirectory {
		var err error
		if files, err = yamlFiles(o.Path, o.Recursive); err != nil {
			return nil, err
		}
	}
	var items []*yaml.RNode
	for _, file := range files {
		text, err := g.ReadFile(file)
		if err != nil {
			return nil, err
		}
		read, err := decode(text, file)
		if err != nil {
			return nil, err
		}
		items = append(items, read...)
	}
	return items, nil
}

// readWithin reads a stream within the limits of a file.
func (g *guard) readWithin(in io.Reader, name string) ([]byte, error) {
	if limit := g.limits.FileBytes; limit > 0 {
		in = io.LimitReader(in, limit+1)
	}
	text, err := io.ReadAll(in)
	switch {
	case err != nil:
		return nil, err
	case g.limits.FileBytes > 0 && int64(len(text)) > g.limits.FileBytes:
		return nil, fmt.Errorf("%s has more than the limit of %d bytes", name, g.limits.FileBytes)
	}
	return text, g.inspect(text, name, 0)
}

// yamlFiles lists the YAML and JSON files of a directory in the order of their names.
func yamlFiles(directory string, recursive bool) ([]string, error) {
	var files []string
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == directory:
			return nil
		case entry.IsDir() && (!recursive || strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		case entry.IsDir():
			return refuseMarker(path)
		case slices.Contains(yamlEndings, strings.ToLower(filepath.Ext(path))) && !strings.HasPrefix(entry.Name(), "."):
			files = append(files, path)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: the directory holds no %s file", directory, strings.Join(yamlEndings, ", "))
	}
	return files, err
}

var yamlEndings = []string{".yaml", ".yml", ".json"}

// refuseMarker keeps a recursive reading of plain YAML out of directories that are something else.
func refuseMarker(directory string) error {
	for _, name := range markers {
		if _, err := os.Stat(filepath.Join(directory, name)); err == nil {
			return fmt.Errorf("%s: the directory is not plain YAML; render it by itself", filepath.Join(directory, name))
		}
	}
	return nil
}

var errNotObject = errors.New("is no Kubernetes object: apiVersion and kind are missing")

// decode reads the objects of one file, each annotated with its path.
func decode(text []byte, path string) ([]*yaml.RNode, error) {
	if err := checkDocuments(text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	reader := &kio.ByteReader{
		Reader:                bytes.NewReader(text),
		OmitReaderAnnotations: true,
		SetAnnotations:        map[string]string{kioutil.PathAnnotation: path},
	}
	items, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return items, nil
}

// checkDocuments refuses what is no object before kyaml's reader sees it, whose errors show the content of the file.
func checkDocuments(text []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for n := 1; ; n++ {
		document := &yaml.Node{}
		err := decoder.Decode(document)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case yaml.IsYNodeEmptyDoc(document) || yaml.IsYNodeTaggedNull(document.Content[0]):
			continue
		}
		node := yaml.NewRNode(document)
		if complaint := fn.Malformed(node); complaint != "" {
			return fmt.Errorf("document %d %s", n, complaint)
		}
		if node.GetApiVersion() == "" || node.GetKind() == "" {
			return fmt.Errorf("document %d %w", n, errNotObject)
		}
	}
}
