package fn_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/kustomize/kyaml/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/chromafn/chroma-fn/fn"
)

// The bounds of one run of the function, far above what it needs and far below what hurts.
const (
	maxDuration = 10 * time.Second
	// maxAllocated is what may be allocated in all, and for each byte of input.
	maxAllocated, maxAllocatedPerByte = 256 << 20, 20_000
)

// bounded runs the function within the bounds.
func bounded(t *testing.T, input []byte) (*fn.ResourceList, []byte, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	started := time.Now()
	var out bytes.Buffer
	list, err := fn.Run(bytes.NewReader(input), &out, fn.Overrides{})
	runtime.ReadMemStats(&after)
	assert.Less(t, time.Since(started), maxDuration)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(maxAllocated+maxAllocatedPerByte*len(input)))
	return list, out.Bytes(), err
}

// FuzzStream feeds anything to the function: it must end within its bounds, write a ResourceList or say why not, and
// agree with itself when it sees its own output.
func FuzzStream(f *testing.F) {
	for _, path := range seeds(f, "../tests/testdata/function/*/input.yaml") {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(text)
	}
	for _, text := range []string{
		"", "a: [", "kind: ResourceList\nitems: {}\n", "kind: ResourceList\nitems: [null, 1, [], a: b]\n",
		"kind: ResourceList\nitems:\n- &a {kind: ChromaConfig, apiVersion: chromafn.dev/v1alpha1, metadata: {name: a}, spec: *a}\n",
		"kind: ResourceList\nfunctionConfig: {kind: ChromaConfig, apiVersion: chromafn.dev/v1alpha1, metadata: null}\nitems: []\n",
		strings.Repeat("[", 5000),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		list, out, err := bounded(t, input)
		if err != nil {
			assert.Empty(t, out, "half a result")
			return
		}
		again, second, err := bounded(t, out)
		require.NoError(t, err, "it does not understand its own output:\n%s", out)
		assert.Equal(t, list.Failed(), again.Failed())
		if !list.Failed() {
			assert.Equal(t, withoutResults(out), withoutResults(second))
		}
	})
}

// withoutResults is a ResourceList without its results, which add up from run to run.
func withoutResults(list []byte) string {
	before, _, _ := bytes.Cut(list, []byte("\nresults:\n"))
	return string(before)
}

// FuzzSpec feeds any spec to the function: it yields objects that the Kubernetes types understand, or errors.
func FuzzSpec(f *testing.F) {
	for _, path := range seeds(f, "../tests/testdata/messages/*.yaml") {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		for document := range strings.SplitSeq(string(text), "\n---\n") {
			node, err := yaml.Parse(document)
			require.NoError(f, err)
			if spec := node.Field("spec"); spec != nil {
				f.Add(spec.Value.MustString())
			}
		}
	}
	f.Fuzz(func(t *testing.T, spec string) {
		node, err := yaml.Parse(spec)
		if err != nil {
			return
		}
		list := &fn.ResourceList{FunctionConfig: yaml.MustParse("{apiVersion: chromafn.dev/v1alpha1, kind: ChromaConfig, metadata: {name: chroma}}")}
		if list.FunctionConfig.PipeE(yaml.SetField("spec", node)) != nil {
			return
		}
		require.NoError(t, fn.Process(list))
		if list.Failed() {
			assert.Empty(t, list.Items)
			return
		}
		for _, item := range list.Items {
			text, err := item.String()
			require.NoError(t, err)
			decodeStrictly(t, item.GetKind(), text)
		}
	})
}

func decodeStrictly(t *testing.T, kind, text string) {
	t.Helper()
	types := map[string]any{
		"ConfigMap": &corev1.ConfigMap{}, "Ingress": &networkingv1.Ingress{}, "Secret": &corev1.Secret{}, "Service": &corev1.Service{},
		"ServiceAccount": &corev1.ServiceAccount{}, "StatefulSet": &appsv1.StatefulSet{},
	}
	require.Contains(t, types, kind)
	require.NoError(t, sigsyaml.UnmarshalStrict([]byte(text), types[kind]), text)
}

func seeds(f *testing.F, pattern string) []string {
	f.Helper()
	paths, err := filepath.Glob(pattern)
	require.NoError(f, err)
	require.NotEmpty(f, paths)
	return paths
}
