package source

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// Write writes objects as a YAML stream.
func Write(out io.Writer, items []*yaml.RNode) error {
	return kio.ByteWriter{Writer: out, KeepReaderAnnotations: true}.Write(items)
}

// WriteDir writes each object to a file of its own, named [NAMESPACE_]KIND_NAME.yaml in lower case. The directory must
// be new or empty, so that nothing of an earlier render stays behind; it is complete or not there at all.
func WriteDir(directory string, items []*yaml.RNode) error {
	if entries, err := os.ReadDir(directory); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s: the directory is not empty; remove it first, so that nothing of an earlier render stays in it", directory)
	}
	parent := filepath.Dir(filepath.Clean(directory))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(parent, ".chroma-fn-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	for _, item := range items {
		if err := writeFile(filepath.Join(temporary, fileName(item)), item); err != nil {
			return err
		}
	}
	if err := os.Chmod(temporary, 0o755); err != nil {
		return err
	}
	// An empty directory in the way is replaced.
	if err := os.Remove(directory); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.Rename(temporary, directory)
}

func fileName(item *yaml.RNode) string {
	name := strings.ToLower(item.GetKind()) + "_" + item.GetName() + ".yaml"
	if namespace := item.GetNamespace(); namespace != "" {
		name = namespace + "_" + name
	}
	return name
}

func writeFile(path string, item *yaml.RNode) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if os.IsExist(err) {
		return fmt.Errorf("two objects are %s %q", item.GetKind(), item.GetName())
	}
	if err != nil {
		return err
	}
	if err := Write(file, []*yaml.RNode{item}); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
