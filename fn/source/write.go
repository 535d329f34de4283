package source

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// Write writes the manifests as a YAML stream.
func (r *Rendering) Write(out io.Writer) error {
	if r.text != nil {
		_, err := out.Write(r.text)
		return err
	}
	return write(out, r.Items)
}

func write(out io.Writer, items []*yaml.RNode) error {
	return kio.ByteWriter{Writer: out, KeepReaderAnnotations: true}.Write(items)
}

// WriteDir writes each manifest to a file of its own, named [NAMESPACE_]KIND[.GROUP]_NAME.yaml in lower case. The
// directory must be new or empty, so that nothing of an earlier render stays behind; it is complete or not there at all.
func (r *Rendering) WriteDir(directory string) error {
	if err := checkTarget(directory); err != nil {
		return err
	}
	directory, err := filepath.Abs(directory)
	if err != nil {
		return err
	}
	parent := filepath.Dir(directory)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(parent, ".chroma-fn-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	if err := writeFiles(temporary, r.Items); err != nil {
		return err
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

// checkTarget demands a directory that is new or empty.
func checkTarget(directory string) error {
	info, err := os.Lstat(directory)
	switch {
	case os.IsNotExist(err):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is no directory; name a new or an empty one", directory)
	}
	entries, err := os.ReadDir(directory)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s: the directory is not empty; remove it first, so that nothing of an earlier render stays in it", directory)
	}
	return err
}

// writeFiles writes the files through the directory, which no name can lead out of.
func writeFiles(directory string, items []*yaml.RNode) error {
	root, err := os.OpenRoot(directory)
	if err != nil {
		return err
	}
	defer root.Close()
	for i, item := range items {
		if err := writeFile(root, fileName(item, i), item); err != nil {
			return err
		}
	}
	return nil
}

// maxFileName leaves room for what file systems add to a name; most take 255 bytes.
const maxFileName = 200

// fileName names the file of an object. One that is named by the API server alone gets its number.
func fileName(item *yaml.RNode, number int) string {
	kind := strings.ToLower(item.GetKind())
	if group, _, hasGroup := strings.Cut(item.GetApiVersion(), "/"); hasGroup && !builtInGroups[group] {
		kind += "." + group
	}
	name := item.GetName()
	if name == "" {
		name = strconv.Itoa(number)
	}
	name = kind + "_" + name
	if namespace := item.GetNamespace(); namespace != "" {
		name = namespace + "_" + name
	}
	name = strings.NewReplacer("/", "-", "\\", "-", ":", "-").Replace(name)
	if len(name) > maxFileName {
		sum := sha256.Sum256([]byte(name))
		name = name[:maxFileName] + "-" + hex.EncodeToString(sum[:4])
	}
	return name + ".yaml"
}

// builtInGroups are those whose kinds nobody confuses with another's.
var builtInGroups = map[string]bool{"apps": true, "batch": true, "networking.k8s.io": true, "policy": true, "rbac.authorization.k8s.io": true}

func writeFile(root *os.Root, name string, item *yaml.RNode) error {
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if os.IsExist(err) {
		return fmt.Errorf("two objects are %s %q", item.GetKind(), item.GetName())
	}
	if err != nil {
		return err
	}
	if err := write(file, []*yaml.RNode{item}); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
