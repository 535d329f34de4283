package manifests

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// serviceAccount is the identity of the pod.
func serviceAccount(in Input) *corev1.ServiceAccount {
	account := in.Config.Spec.ServiceAccount
	meta := in.objectMeta(in.Config.ServiceAccountName())
	meta.Annotations = maps.Clone(account.Annotations)
	return &corev1.ServiceAccount{
		TypeMeta:                     metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
		ObjectMeta:                   meta,
		AutomountServiceAccountToken: new(account.AutomountServiceAccountToken),
	}
}
