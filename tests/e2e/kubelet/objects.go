package kubelet

import (
	"fmt"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// objects are those of the namespace that a pod refers to.
type objects struct {
	set        *appsv1.StatefulSet
	services   []*corev1.Service
	configMaps map[string]*corev1.ConfigMap
	secrets    map[string]*corev1.Secret
}

// readObjects takes what a node needs from what was applied; other kinds are no business of a node.
func readObjects(all []*unstructured.Unstructured) (objects, error) {
	o := objects{configMaps: map[string]*corev1.ConfigMap{}, secrets: map[string]*corev1.Secret{}}
	for _, object := range all {
		var err error
		switch object.GetKind() {
		case "StatefulSet":
			o.set, err = decode[appsv1.StatefulSet](object)
		case "ConfigMap":
			o.configMaps[object.GetName()], err = decode[corev1.ConfigMap](object)
		case "Secret":
			o.secrets[object.GetName()], err = decode[corev1.Secret](object)
		case "Service":
			var service *corev1.Service
			service, err = decode[corev1.Service](object)
			o.services = append(o.services, service)
		}
		if err != nil {
			return objects{}, fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	if o.set == nil {
		return objects{}, fmt.Errorf("no StatefulSet among %d objects", len(all))
	}
	return o, nil
}

// decode is an object as its Go type; an unknown field is an error.
func decode[T any](object *unstructured.Unstructured) (*T, error) {
	typed := new(T)
	return typed, runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, typed, true)
}

// data is the content of a ConfigMap or a Secret.
func (o objects) data(kind, name string, optional bool) (map[string][]byte, error) {
	data := map[string][]byte{}
	configMap, secret := o.configMaps[name], o.secrets[name]
	switch {
	case kind == "ConfigMap" && configMap != nil:
		for key, value := range configMap.Data {
			data[key] = []byte(value)
		}
		maps.Copy(data, configMap.BinaryData)
	case kind == "Secret" && secret != nil:
		maps.Copy(data, secret.Data)
		for key, value := range secret.StringData {
			data[key] = []byte(value)
		}
	case !optional:
		return nil, fmt.Errorf("%s %q not found", kind, name)
	}
	return data, nil
}

// key is one value of a ConfigMap or a Secret.
func (o objects) key(kind, name, key string, optional bool) (value string, found bool, err error) {
	data, err := o.data(kind, name, optional)
	if err != nil {
		return "", false, err
	}
	content, found := data[key]
	if !found && !optional {
		return "", false, fmt.Errorf("%s %q has no key %q", kind, name, key)
	}
	return string(content), found, nil
}

// envFrom is every value of a ConfigMap or a Secret.
func (o objects) envFrom(source corev1.EnvFromSource) (map[string]string, error) {
	var data map[string][]byte
	var err error
	if ref := source.ConfigMapRef; ref != nil {
		data, err = o.data("ConfigMap", ref.Name, isTrue(ref.Optional))
	} else {
		data, err = o.data("Secret", source.SecretRef.Name, isTrue(source.SecretRef.Optional))
	}
	values := map[string]string{}
	for key, value := range data {
		values[key] = string(value)
	}
	return values, err
}
