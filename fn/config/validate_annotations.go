package config

import (
	"maps"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (v *validator) validateAnnotations(annotations map[string]string, path *field.Path) {
	v.validateAnnotationKeys(annotations, path)
	v.validateAnnotationsSize(annotations, path)
}

func (v *validator) validateAnnotationKeys(annotations map[string]string, path *field.Path) {
	for key := range annotations {
		// Kubernetes takes a domain in capitals here.
		v.mustBe(path.Key(key), validation.IsQualifiedName(strings.ToLower(key)))
		if strings.HasPrefix(key, Group+"/") {
			v.errorf(path.Key(key), "belongs to chroma-fn; remove it")
		}
	}
}

// ownAnnotations is more than what our annotations, and those of the hosts, add to those of the user.
const ownAnnotations = 1 << 10

func (v *validator) validateAnnotationsSize(annotations map[string]string, path *field.Path) {
	size := 0
	for key, value := range annotations {
		size += len(key) + len(value)
	}
	if limit := apivalidation.TotalAnnotationSizeLimitB - ownAnnotations; size > limit {
		v.errorf(path, "have %d bytes in all; Kubernetes takes %d, of which %d are for those that chroma-fn adds", size, apivalidation.TotalAnnotationSizeLimitB, ownAnnotations)
	}
}

// validatePodAnnotations checks the annotations of the pod, which come from two fields.
func (v *validator) validatePodAnnotations(path *field.Path) {
	pod := v.c.Spec.PodSpec
	all := map[string]string{}
	for key, annotations := range map[string]map[string]string{"podAnnotations": pod.PodAnnotations, "annotations": pod.Annotations} {
		at := path.Child(key)
		v.validateAnnotationKeys(annotations, at)
		for key, value := range annotations {
			v.validatePodAnnotation(key, value, at.Key(key))
		}
		maps.Copy(all, annotations)
	}
	for key, value := range pod.Annotations {
		if other, both := pod.PodAnnotations[key]; both && other != value {
			v.errorf(path.Child("annotations").Key(key), "has another value in podAnnotations; both are put on the pod: remove one")
		}
	}
	larger := path.Child("podAnnotations")
	if len(pod.PodAnnotations) == 0 {
		larger = path.Child("annotations")
	}
	v.validateAnnotationsSize(all, larger)
}

// fieldsOfAnnotations are the fields that have taken the place of annotations of the pod, by the start of their keys.
// Kubernetes compares an annotation with the field, or ignores it.
var fieldsOfAnnotations = map[string]string{
	corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix: "spec.podSpec.securityContext.appArmorProfile",
	corev1.SeccompPodAnnotationKey:                            "spec.podSpec.securityContext.seccompProfile",
	corev1.SeccompContainerAnnotationKeyPrefix:                "spec.podSpec.securityContext.seccompProfile",
	"security.alpha.kubernetes.io/sysctls":                    "spec.podSpec.securityContext.sysctls",
	"security.alpha.kubernetes.io/unsafe-sysctls":             "spec.podSpec.securityContext.sysctls",
	corev1.TolerationsAnnotationKey:                           "spec.tolerations",
}

// kubeletAnnotations are what the kubelet writes on the pods that it reads from files.
const kubeletAnnotations = "kubernetes.io/config."

func (v *validator) validatePodAnnotation(key, value string, at *field.Path) {
	for prefix, instead := range fieldsOfAnnotations {
		if key == prefix || strings.HasSuffix(prefix, "/") && strings.HasPrefix(key, prefix) {
			v.errorf(at, "is the older form of a field; write %s instead", instead)
		}
	}
	switch {
	case strings.HasPrefix(key, kubeletAnnotations):
		v.errorf(at, "belongs to the kubelet; remove it")
	case key == corev1.PodDeletionCost && !isDeletionCost(value):
		v.errorf(at, "must be an integer of 32 bits without a plus sign or leading zeros; it is %q", value)
	}
}

// isDeletionCost reports whether Kubernetes reads a value as the cost of deleting a pod.
func isDeletionCost(value string) bool {
	_, err := strconv.ParseInt(value, 10, 32)
	return err == nil && !strings.HasPrefix(value, "+") && (value == "0" || !strings.HasPrefix(value, "0"))
}
