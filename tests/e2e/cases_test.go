package e2e_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	testdata = "../testdata"
	group    = "chromafn.dev"
)

// testCase is one render: what the program emitted for one golden.
type testCase struct {
	name    string
	objects []*unstructured.Unstructured
}

// lesserLevels are the cases that pod security may not restrict, each because its user asked for more.
var lesserLevels = map[string]string{
	// It asks for user 0 and a privileged container.
	"as-root": "privileged",
	// They ask for user 0.
	"chown-container":  "baseline",
	"root-on-low-port": "baseline",
}

// readCases reads the generated objects of every golden whose render succeeded, and the whole of every example.
func readCases(t *testing.T) []testCase {
	t.Helper()
	var cases []testCase
	for _, path := range glob(t, "function/*/output.yaml") {
		directory := filepath.Dir(path)
		if !strings.HasSuffix(string(readFile(t, filepath.Join(directory, "stderr.txt"))), "exit: 0\n") {
			continue
		}
		list := readDocuments(t, path)[0]
		if objects := generated(t, list); wires(list) {
			assert.Empty(t, objects, path)
		} else {
			require.NotEmpty(t, objects, path)
			cases = append(cases, testCase{filepath.Base(directory), objects})
		}
	}
	for _, path := range glob(t, "examples/*.yaml") {
		cases = append(cases, testCase{"example-" + strings.TrimSuffix(filepath.Base(path), ".yaml"), readDocuments(t, path)})
	}
	return cases
}

// readDocuments reads a file as strictly as YAML allows.
func readDocuments(t *testing.T, path string) []*unstructured.Unstructured {
	t.Helper()
	return parseDocuments(t, string(readFile(t, path)))
}

// generated are the items of a ResourceList that its render made: those that a ChromaConfig of the list owns. The others
// were only passed through, objects of a config that is elsewhere among them.
func generated(t *testing.T, list *unstructured.Unstructured) []*unstructured.Unstructured {
	t.Helper()
	var objects []*unstructured.Unstructured
	owners := map[string]bool{}
	if !wires(list) {
		owners[owner(functionConfig(list))] = true
	}
	require.NoError(t, list.EachListItem(func(item runtime.Object) error {
		object := item.(*unstructured.Unstructured)
		if isConfig(object) {
			owners[owner(object)] = true
		} else {
			objects = append(objects, object)
		}
		return nil
	}))
	return slices.DeleteFunc(objects, func(object *unstructured.Unstructured) bool {
		return !owners[object.GetAnnotations()[group+"/owner"]]
	})
}

// wires reports whether the render was asked to generate nothing.
func wires(list *unstructured.Unstructured) bool {
	return functionConfig(list).GetAnnotations()[group+"/mode"] == "wire"
}

func functionConfig(list *unstructured.Unstructured) *unstructured.Unstructured {
	content, _ := list.Object["functionConfig"].(map[string]any)
	return &unstructured.Unstructured{Object: content}
}

func isConfig(object *unstructured.Unstructured) bool {
	return object.GroupVersionKind().Group == group
}

// owner is how the objects of a ChromaConfig refer to it; a config that was renamed says so itself.
func owner(config *unstructured.Unstructured) string {
	if former := config.GetAnnotations()[group+"/owner"]; former != "" {
		return former
	}
	return config.GetNamespace() + "/" + config.GetName()
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(testdata, pattern))
	require.NoError(t, err)
	require.NotEmpty(t, paths, "nothing matches %s", pattern)
	return paths
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return text
}
