package tests_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"
	sigsyaml "sigs.k8s.io/yaml"
)

// world is everything that one golden emits, decoded strictly.
type world struct {
	statefulSets    []*appsv1.StatefulSet
	services        []*corev1.Service
	ingresses       []*networkingv1.Ingress
	configMaps      map[string]*corev1.ConfigMap
	secrets         map[string]*corev1.Secret
	serviceAccounts map[string]*corev1.ServiceAccount
}

// external are the objects that the cases declare to exist: the user's own Secrets and ConfigMaps.
var external = map[string]bool{"s": true, "my-token": true, "my-basic": true, "my-logs": true, "chroma-token": true}

// What must hold for everything that we emit, whatever the input.
func TestInvariantsOfGoldens(t *testing.T) {
	paths := append(glob(t, "testdata/function/*/output.yaml"), glob(t, "testdata/examples/*.yaml")...)
	for _, path := range paths {
		t.Run(strings.TrimPrefix(path, "testdata/"), func(t *testing.T) {
			w := readWorld(t, path)
			for _, set := range w.statefulSets {
				w.checkSelectors(t, set)
				w.checkVolumes(t, set)
				w.checkReferences(t, set)
			}
			w.checkIngresses(t)
		})
	}
}

// readWorld decodes the generated objects of a golden into the Kubernetes types, which must know every field.
func readWorld(t *testing.T, path string) *world {
	t.Helper()
	items, err := (&kio.LocalPackageReader{PackagePath: path, OmitReaderAnnotations: true, FileSkipFunc: nil}).Read()
	require.NoError(t, err)
	w := &world{configMaps: map[string]*corev1.ConfigMap{}, secrets: map[string]*corev1.Secret{}, serviceAccounts: map[string]*corev1.ServiceAccount{}}
	for _, item := range items {
		if item.GetAnnotations()["chromafn.dev/generated"] == "" || filepath.Base(filepath.Dir(path)) == "fails-on-stranger" {
			continue
		}
		text := checkText(t, item)
		switch item.GetKind() {
		case "StatefulSet":
			w.statefulSets = append(w.statefulSets, strict(t, text, &appsv1.StatefulSet{}))
		case "Service":
			w.services = append(w.services, strict(t, text, &corev1.Service{}))
		case "Ingress":
			ingress := strict(t, text, &networkingv1.Ingress{})
			if len(ingress.Spec.Rules) > 0 {
				w.ingresses = append(w.ingresses, ingress)
			}
		case "ConfigMap":
			w.configMaps[item.GetName()] = strict(t, text, &corev1.ConfigMap{})
		case "Secret":
			w.secrets[item.GetName()] = strict(t, text, &corev1.Secret{})
		case "ServiceAccount":
			w.serviceAccounts[item.GetName()] = strict(t, text, &corev1.ServiceAccount{})
		default:
			require.Fail(t, "unexpected kind", item.GetKind())
		}
	}
	return w
}

// checkText looks at an object as it is written: nothing that only a server may say, no nulls, names that fit.
func checkText(t *testing.T, item *yaml.RNode) string {
	t.Helper()
	text, err := item.String()
	require.NoError(t, err)
	for _, never := range []string{"\nstatus:", "creationTimestamp", ": null\n", ": {}\n      resources"} {
		assert.NotContains(t, text, never)
	}
	assert.Empty(t, validation.IsDNS1123Subdomain(item.GetName()))
	if item.GetKind() == "Service" {
		assert.Empty(t, validation.IsDNS1035Label(item.GetName()))
	}
	for key, value := range item.GetLabels() {
		assert.Empty(t, validation.IsQualifiedName(key))
		assert.Empty(t, validation.IsValidLabelValue(value))
	}
	return text
}

func strict[T any](t *testing.T, text string, into *T) *T {
	t.Helper()
	require.NoError(t, sigsyaml.UnmarshalStrict([]byte(text), into))
	return into
}

func (w *world) checkSelectors(t *testing.T, set *appsv1.StatefulSet) {
	t.Helper()
	pod := labels.Set(set.Spec.Template.Labels)
	assert.True(t, labels.SelectorFromSet(set.Spec.Selector.MatchLabels).Matches(pod), "the StatefulSet does not select its pods")
	found := map[string]bool{}
	for _, service := range w.services {
		if labels.SelectorFromSet(service.Spec.Selector).Matches(pod) {
			found[service.Name] = true
			assert.Equal(t, set.Spec.Template.Spec.Containers[0].Ports[0].ContainerPort, service.Spec.Ports[0].TargetPort.IntVal)
		}
	}
	assert.True(t, found[set.Spec.ServiceName], "no Service gives the pods their names")
	for _, claim := range set.Spec.VolumeClaimTemplates {
		assert.Equal(t, set.Spec.Selector.MatchLabels, claim.Labels)
		assert.Equal(t, "PersistentVolumeClaim", claim.Kind)
	}
}

// checkVolumes demands a volume for every mount and a mount for every volume, and that no path is mounted twice.
func (w *world) checkVolumes(t *testing.T, set *appsv1.StatefulSet) {
	t.Helper()
	pod := set.Spec.Template.Spec
	volumes, mounted := map[string]bool{}, map[string]bool{}
	for _, volume := range pod.Volumes {
		volumes[volume.Name] = true
	}
	for _, claim := range set.Spec.VolumeClaimTemplates {
		assert.False(t, volumes[claim.Name], "the volume %s is there twice", claim.Name)
		volumes[claim.Name] = true
	}
	for _, container := range append(pod.InitContainers, pod.Containers...) {
		paths := map[string]bool{}
		for _, mount := range container.VolumeMounts {
			assert.True(t, volumes[mount.Name], "%s mounts %s, which is no volume", container.Name, mount.Name)
			assert.False(t, paths[mount.MountPath], "%s mounts %s twice", container.Name, mount.MountPath)
			mounted[mount.Name], paths[mount.MountPath] = true, true
		}
	}
	assert.Equal(t, volumes, mounted)
}

func (w *world) checkReferences(t *testing.T, set *appsv1.StatefulSet) {
	t.Helper()
	pod := set.Spec.Template.Spec
	if pod.ServiceAccountName != "default" {
		assert.Contains(t, w.serviceAccounts, pod.ServiceAccountName)
	}
	for _, volume := range pod.Volumes {
		if volume.ConfigMap != nil && !external[volume.ConfigMap.Name] {
			assert.Contains(t, w.configMaps, volume.ConfigMap.Name)
		}
	}
	for _, container := range append(pod.InitContainers, pod.Containers...) {
		names := map[string]bool{}
		for _, env := range container.Env {
			assert.False(t, names[env.Name], "%s is set twice", env.Name)
			names[env.Name] = true
			if env.ValueFrom != nil && env.ValueFrom.SecretKeyRef != nil && !external[env.ValueFrom.SecretKeyRef.Name] {
				secret := w.secrets[env.ValueFrom.SecretKeyRef.Name]
				if assert.NotNil(t, secret, env.ValueFrom.SecretKeyRef.Name) {
					assert.Contains(t, secret.Data, env.ValueFrom.SecretKeyRef.Key)
				}
			}
		}
		for _, from := range container.EnvFrom {
			if from.ConfigMapRef != nil && !external[from.ConfigMapRef.Name] {
				assert.Contains(t, w.configMaps, from.ConfigMapRef.Name)
			}
		}
	}
	for _, mount := range pod.Containers[0].VolumeMounts {
		w.checkSubPath(t, pod, mount)
	}
}

// checkSubPath demands that a file that is mounted alone is in its ConfigMap.
func (w *world) checkSubPath(t *testing.T, pod corev1.PodSpec, mount corev1.VolumeMount) {
	t.Helper()
	for _, volume := range pod.Volumes {
		if mount.SubPath != "" && volume.Name == mount.Name && !external[volume.ConfigMap.Name] {
			assert.Contains(t, w.configMaps[volume.ConfigMap.Name].Data, mount.SubPath)
		}
	}
}

func (w *world) checkIngresses(t *testing.T) {
	t.Helper()
	services := map[string]int32{}
	for _, service := range w.services {
		services[service.Name] = service.Spec.Ports[0].Port
	}
	for _, ingress := range w.ingresses {
		for _, rule := range ingress.Spec.Rules {
			for _, path := range rule.HTTP.Paths {
				assert.Equal(t, services[path.Backend.Service.Name], path.Backend.Service.Port.Number)
			}
		}
	}
}
