package manifests

import (
	"maps"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chromafn/chroma-fn/fn/config"
)

// selectorLabels select the pods. They are immutable in a StatefulSet and in its claims.
func (in Input) selectorLabels() map[string]string {
	return map[string]string{
		config.LabelName:     in.Config.AppName(),
		config.LabelInstance: in.Config.Metadata.Name,
	}
}

// labels are the labels of every object.
func (in Input) labels() map[string]string {
	labels := in.selectorLabels()
	labels["app.kubernetes.io/version"] = versionLabel(in.Caps.Version)
	labels["app.kubernetes.io/managed-by"] = "chroma-fn"
	maps.Copy(labels, in.Config.Spec.CommonLabels)
	return labels
}

// versionLabel makes a label value of a version: no "+", which separates a version's build metadata, at most 63
// characters, and a letter or a digit at the end.
func versionLabel(version string) string {
	value := strings.ReplaceAll(version, "+", "_")
	return strings.TrimRight(value[:min(len(value), 63)], "-_.")
}

// podLabels are the labels of the pods.
func (in Input) podLabels() map[string]string {
	labels := in.labels()
	maps.Copy(labels, in.Config.Spec.PodLabels)
	return labels
}

// objectMeta is the metadata of an object of that name.
func (in Input) objectMeta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: in.Config.Metadata.Namespace, Labels: in.labels()}
}
