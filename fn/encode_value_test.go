package fn

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/randfill"

	"github.com/chromafn/chroma-fn/fn/manifests"
)

// The nodes of objects filled at random, from nearly empty to full, must hold what encoding/json writes of them.
func TestNodesAreTheJSON(t *testing.T) {
	objects := []manifests.Object{
		&appsv1.StatefulSet{}, &batchv1.Job{}, &corev1.ConfigMap{}, &corev1.PersistentVolumeClaim{}, &corev1.Secret{}, &corev1.Service{},
		&corev1.ServiceAccount{}, &networkingv1.Ingress{}, &networkingv1.NetworkPolicy{}, &policyv1.PodDisruptionBudget{},
	}
	for _, object := range objects {
		for seed := range int64(25) {
			t.Run(fmt.Sprintf("%T/%d", object, seed), func(t *testing.T) {
				filled := reflect.New(reflect.TypeOf(object).Elem()).Interface()
				filler(seed).Fill(filled)
				requireSame(t, filled)
			})
		}
	}
}

// filler fills as much of an object as its seed says.
func filler(seed int64) *randfill.Filler {
	share := float64(seed%5) / 4 // nothing is nil, a quarter, …, everything
	return randfill.NewWithSeed(seed).NilChance(share).NumElements(0, 2).Funcs(
		func(q *resource.Quantity, c randfill.Continue) {
			formats := []resource.Format{resource.BinarySI, resource.DecimalSI, resource.DecimalExponent}
			*q = *resource.NewMilliQuantity(c.Int63n(1<<40)-1<<20, formats[c.Intn(len(formats))])
		},
		func(v *intstr.IntOrString, c randfill.Continue) {
			*v = intstr.FromInt32(c.Int31())
			if c.Bool() {
				*v = intstr.FromString(c.String(0))
			}
		},
		func(at *metav1.Time, c randfill.Continue) {
			if c.Bool() {
				at.Time = time.Unix(c.Int63n(1<<32), 0)
			}
		},
		func(fields *metav1.FieldsV1, _ randfill.Continue) {
			fields.SetRawString(`{"f:spec":{"f:a":1,"f:b":[null,true]}}`)
		},
	)
}

func requireSame(t *testing.T, value any) {
	t.Helper()
	want, err := json.Marshal(value)
	require.NoError(t, err)
	node, err := nodeOf(reflect.ValueOf(value))
	require.NoError(t, err)
	var decoded any
	require.NoError(t, node.Decode(&decoded))
	got, err := json.Marshal(decoded)
	require.NoError(t, err)
	assert.Equal(t, content(t, want), content(t, got))
}

// content reads JSON without rounding its integers.
func content(t *testing.T, text []byte) any {
	t.Helper()
	var into any
	require.NoError(t, utiljson.Unmarshal(text, &into))
	return into
}

type embedded struct {
	Inner string `json:"inner"`
}

// What the Kubernetes types have not, or not in every place.
func TestNodesOfCorners(t *testing.T) {
	number := 5
	for name, value := range map[string]any{
		"nil": nil,
		"names": struct {
			Plain, hidden string
			Omitted       string `json:"-"`
			Renamed       string `json:"other"`
			OwnName       string `json:",omitempty"`
			On            bool   `json:"on"`
		}{"a", "b", "c", "d", "e", true},
		"zero values": struct {
			Map   map[string]string `json:"map"`
			Slice []string          `json:"slice"`
			Bytes []byte            `json:"bytes"`
			Any   any               `json:"any"`
			To    *int              `json:"to"`
			Inner embedded          `json:"innerStruct"`
		}{},
		"omitted": struct {
			Map    map[string]string `json:"map,omitempty"`
			Slice  []string          `json:"slice,omitempty"`
			Inner  embedded          `json:"innerStruct,omitempty"` //nolint:modernize // the Kubernetes types have it too
			Zero   embedded          `json:"zero,omitzero"`
			Kept   []string          `json:"kept,omitzero"`
			To     *int              `json:"to,omitempty"`
			Number int               `json:"number,omitempty"`
		}{Map: map[string]string{}, Slice: []string{}, Kept: []string{}},
		"embedded": struct {
			embedded `json:",inline"`
			To       *int `json:"to"`
			Any      any  `json:"any"`
		}{embedded{"a"}, &number, map[string]any{"b": int8(1)}},
		"embedded under a name": struct {
			metav1.TypeMeta `json:"type"`
		}{},
		"numbers and bytes": []any{int64(1)<<62 + 1, int32(-1), []byte{0xfb, 0xff}, []byte{}, true},
	} {
		t.Run(name, func(t *testing.T) { requireSame(t, value) })
	}
}

// What is not known must not be written wrong.
func TestNodesOfUnknown(t *testing.T) {
	for _, value := range []any{
		1.5, map[int]string{}, map[int]string{1: ""}, [2]string{}, struct{ F func() }{func() {}}, uint(1),
		struct {
			Number int `json:"number,string"`
		}{1},
		struct{ *embedded }{&embedded{}},
	} {
		t.Run(fmt.Sprintf("%T", value), func(t *testing.T) {
			_, err := nodeOf(reflect.ValueOf(map[string]any{"a": []any{value}}))
			require.ErrorContains(t, err, "a: [0]: ")
			require.ErrorContains(t, err, "cannot be encoded")
		})
	}
}
