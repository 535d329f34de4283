// Package tests_test holds the tests of the whole program: goldens, invariants and commands.
package tests_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn"
)

var update = flag.Bool("update", false, "write the goldens instead of comparing with them")

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	directory, err := os.MkdirTemp("", "chroma-fn-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(directory)
	binary = filepath.Join(directory, "chroma-fn")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/chroma-fn").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// outcome is what a run of the program leaves behind.
type outcome struct {
	stdout, stderr string
	exit           int
}

// run runs the program in the repository's root.
func run(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	return runIn(t, "..", stdin, args...)
}

func runIn(t *testing.T, directory, stdin string, args ...string) outcome {
	t.Helper()
	return runProgram(t, binary, directory, stdin, args...)
}

func runProgram(t *testing.T, program, directory, stdin string, args ...string) outcome {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdin = directory, strings.NewReader(stdin)
	return outcomeOf(t, cmd)
}

// outcomeOf runs a command to its end.
func outcomeOf(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// golden compares a text with a file, or writes it with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run make golden to write it")
	assert.Equal(t, string(want), got, "%s: run make golden if this is wanted, and review the difference", path)
}

// chromaConfig is a ChromaConfig of the name chroma with a spec in flow or block style.
func chromaConfig(t *testing.T, spec string) *yaml.RNode {
	t.Helper()
	node, err := yaml.Parse("apiVersion: chromafn.dev/v1alpha1\nkind: ChromaConfig\nmetadata:\n  name: chroma\n")
	require.NoError(t, err)
	parsed, err := yaml.Parse(spec)
	require.NoError(t, err)
	require.NoError(t, node.PipeE(yaml.SetField("spec", parsed)))
	return node
}

// process renders a spec as function configuration.
func process(t *testing.T, spec string) *fn.ResourceList {
	t.Helper()
	list := &fn.ResourceList{FunctionConfig: chromaConfig(t, spec)}
	require.NoError(t, fn.Process(list))
	return list
}

// manifests renders a spec that has no errors.
func manifests(t *testing.T, spec string) objects {
	t.Helper()
	list := process(t, spec)
	require.False(t, list.Failed(), "%s", lines(list.Results))
	return list.Items
}

// lines are the results as the program prints them, those that it keeps to itself included.
func lines(results sdk.Results) string {
	var text strings.Builder
	for _, result := range results {
		fmt.Fprintln(&text, fn.Line(result))
	}
	return text.String()
}

// requireResult demands a result of that severity whose field and message match.
func requireResult(t *testing.T, list *fn.ResourceList, severity sdk.Severity, field, message string) {
	t.Helper()
	for _, result := range list.Results {
		if result.Severity == severity && result.Field != nil && result.Field.Path == field && strings.Contains(result.Message, message) {
			return
		}
	}
	require.Fail(t, "no such result", "%s %s: …%s…\namong:\n%s", severity, field, message, lines(list.Results))
}

// objects are rendered manifests.
type objects []*yaml.RNode

// find returns the only object of a kind and name, nil where there is none.
func (o objects) find(kind, name string) *yaml.RNode {
	for _, node := range o {
		if node.GetKind() == kind && node.GetName() == name {
			return node
		}
	}
	return nil
}

// statefulSet returns the value at a path of the StatefulSet, as text; empty where there is none.
func (o objects) statefulSet(t *testing.T, path ...string) string {
	t.Helper()
	for _, node := range o {
		if node.GetKind() == "StatefulSet" {
			return lookup(t, node, path...)
		}
	}
	require.Fail(t, "no StatefulSet")
	return ""
}

// container returns the value at a path of the server's container, as text.
func (o objects) container(t *testing.T, path ...string) string {
	t.Helper()
	return o.statefulSet(t, append([]string{"spec", "template", "spec", "containers", "[name=chromadb]"}, path...)...)
}

// env returns the value of an environment variable of the server, empty where there is none.
func (o objects) env(t *testing.T, name string) string {
	t.Helper()
	return o.container(t, "env", "[name="+name+"]", "value")
}

func lookup(t *testing.T, node *yaml.RNode, path ...string) string {
	t.Helper()
	value, err := node.Pipe(yaml.Lookup(path...))
	require.NoError(t, err)
	if yaml.IsMissingOrNull(value) {
		return ""
	}
	text, err := value.String()
	require.NoError(t, err)
	if value.YNode().Kind == yaml.ScalarNode {
		return value.YNode().Value
	}
	return strings.TrimSpace(text)
}
