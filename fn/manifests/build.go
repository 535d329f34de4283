// Package manifests makes the Kubernetes objects of one Chroma database.
//
// [Build] is pure and cannot fail: whatever can go wrong was said by package config before. Whether an object exists
// is decided in Build; each kind has a file and a builder of its name. What concerns the inside of the pod (storage,
// configuration, authentication, …) is one function a concern that returns a [part]; pod.go puts the parts together.
package manifests

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chromafn/chroma-fn/fn/config"
	"github.com/chromafn/chroma-fn/fn/version"
)

// Object is a typed Kubernetes object.
type Object interface {
	metav1.Object
	runtime.Object
}

// Input is everything that the objects follow from. Builders never change it.
type Input struct {
	// Config is a ChromaConfig that was validated without errors.
	Config *config.ChromaConfig
	// Caps are the capabilities of its Chroma version.
	Caps version.Capabilities
}

// Build returns the objects of the database, those that others refer to first.
func Build(in Input) []Object {
	var objects []Object
	if in.Config.Spec.ServiceAccount.Create {
		objects = append(objects, serviceAccount(in))
	}
	if in.ownsAuthSecret() {
		objects = append(objects, authSecret(in))
	}
	for _, configMap := range configMaps(in) {
		objects = append(objects, configMap)
	}
	objects = append(objects, service(in), headlessService(in), statefulSet(in))
	if in.Config.Spec.Ingress.Enabled {
		objects = append(objects, ingress(in))
	}
	return objects
}
