package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

const fieldManager = "chroma-fn"

// session is one case's connection to the API server. To it a warning is as bad as an error.
type session struct {
	harness  *harness
	client   dynamic.Interface
	warnings *warnings
}

func newSession(t *testing.T) *session {
	t.Helper()
	s := &session{harness: startedHarness(t), warnings: &warnings{}}
	config := rest.CopyConfig(s.harness.config)
	config.WarningHandler = s.warnings
	client, err := dynamic.NewForConfig(config)
	require.NoError(t, err)
	s.client = client
	return s
}

// apply sends an object as `kubectl apply --server-side --force-conflicts --validate=strict` does. It returns what the
// server made of it; beside that the error may be a warning.
func (s *session) apply(t *testing.T, object *unstructured.Unstructured, dryRun ...string) (*unstructured.Unstructured, error) {
	t.Helper()
	patch, err := json.Marshal(object)
	require.NoError(t, err)
	applied, err := s.resource(t, object).Patch(t.Context(), object.GetName(), types.ApplyYAMLPatchType, patch, metav1.PatchOptions{
		FieldManager:    fieldManager,
		FieldValidation: metav1.FieldValidationStrict,
		Force:           new(true),
		DryRun:          dryRun,
	})
	if err == nil && len(dryRun) == 0 {
		objectsApplied.Add(1)
	}
	return applied, s.complaint(object, err)
}

// applyAgain sends an object that was applied before and reports it if the server had to change anything.
func (s *session) applyAgain(t *testing.T, object *unstructured.Unstructured) error {
	t.Helper()
	before := s.live(t, object)
	after, err := s.apply(t, object)
	if err != nil {
		return err
	}
	if before.GetResourceVersion() != after.GetResourceVersion() || before.GetGeneration() != after.GetGeneration() {
		return fmt.Errorf("%s: the second apply changed it (resource version %s to %s, generation %d to %d)", identity(object),
			before.GetResourceVersion(), after.GetResourceVersion(), before.GetGeneration(), after.GetGeneration())
	}
	return nil
}

// create creates an object, with dryRun only as far as the server's checks go.
func (s *session) create(t *testing.T, object runtime.Object, dryRun ...string) error {
	t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	require.NoError(t, err)
	created := &unstructured.Unstructured{Object: content}
	_, err = s.resource(t, created).Create(t.Context(), created, metav1.CreateOptions{
		FieldManager:    fieldManager,
		FieldValidation: metav1.FieldValidationStrict,
		DryRun:          dryRun,
	})
	return s.complaint(created, err)
}

// live is an object as it now is in the cluster.
func (s *session) live(t *testing.T, object *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	found, err := s.resource(t, object).Get(t.Context(), object.GetName(), metav1.GetOptions{})
	require.NoError(t, s.complaint(object, err))
	return found
}

// resource is where an object of its kind and namespace lives.
func (s *session) resource(t *testing.T, object *unstructured.Unstructured) dynamic.ResourceInterface {
	t.Helper()
	kind := object.GroupVersionKind()
	mapping, err := s.harness.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	require.NoError(t, err, identity(object))
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return s.client.Resource(mapping.Resource)
	}
	return s.client.Resource(mapping.Resource).Namespace(object.GetNamespace())
}

// complaint is what the server said of an object, be it a refusal or a warning; nil if it said nothing.
func (s *session) complaint(object *unstructured.Unstructured, err error) error {
	warned := s.warnings.take()
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", identity(object), err)
	case len(warned) > 0:
		return fmt.Errorf("%s: warning: %s", identity(object), strings.Join(warned, "; "))
	default:
		return nil
	}
}

func identity(object *unstructured.Unstructured) string {
	return object.GetKind() + "/" + object.GetName()
}

// warnings collects the warnings of the server until they are taken.
type warnings struct {
	mutex sync.Mutex
	texts []string
}

func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.texts = append(w.texts, text)
}

func (w *warnings) take() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	texts := w.texts
	w.texts = nil
	return texts
}
