package e2e_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// program is chroma-fn as this checkout has it; the first test that asks for it builds it.
var program struct {
	once      sync.Once
	directory string
	failed    error
}

// builtProgram is the path of the program.
func builtProgram(t *testing.T) string {
	t.Helper()
	program.once.Do(func() { program.failed = buildProgram() })
	require.NoError(t, program.failed)
	return filepath.Join(program.directory, "chroma-fn")
}

func buildProgram() (err error) {
	if program.directory, err = os.MkdirTemp("", "chroma-fn-program-"); err != nil {
		return err
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program.directory, "./cmd/chroma-fn")
	build.Dir = imageRoot
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, output)
	}
	return nil
}

// rendered is what a render of a ChromaConfig leaves behind.
type rendered struct {
	manifests, said string
	failed          bool
}

// render renders a ChromaConfig with the real program.
func render(t *testing.T, config map[string]any) rendered {
	t.Helper()
	text, err := yaml.Marshal(config)
	require.NoError(t, err)
	return runProgram(t, bytes.NewReader(text), "", "render", "-")
}

func runProgram(t *testing.T, stdin io.Reader, directory string, arguments ...string) rendered {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(t.Context(), builtProgram(t), arguments...)
	command.Dir, command.Stdin, command.Stdout, command.Stderr = directory, stdin, &stdout, &stderr
	err := command.Run()
	if exit, isExit := errors.AsType[*exec.ExitError](err); isExit {
		require.Equal(t, 1, exit.ExitCode(), "%s", stderr.String())
	} else {
		require.NoError(t, err)
	}
	return rendered{stdout.String(), stderr.String(), err != nil}
}

// objects are the manifests of a render.
func (r rendered) objects(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	require.False(t, r.failed, "%s", r.said)
	return parseDocuments(t, r.manifests)
}

// parseDocuments reads a stream of YAML documents as strictly as YAML allows.
func parseDocuments(t *testing.T, stream string) []*unstructured.Unstructured {
	t.Helper()
	var objects []*unstructured.Unstructured
	documents := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(stream)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			require.NotEmpty(t, objects)
			return objects
		}
		require.NoError(t, err)
		text, err := yaml.YAMLToJSONStrict(document)
		require.NoError(t, err)
		object := &unstructured.Unstructured{}
		require.NoError(t, object.UnmarshalJSON(text))
		objects = append(objects, object)
	}
}

// chromaConfig is a ChromaConfig.
func chromaConfig(name, namespace string, spec map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": group + "/v1alpha1",
		"kind":       "ChromaConfig",
		"metadata":   map[string]any{"name": name, "namespace": namespace},
		"spec":       spec,
	}
}
