package manifests

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// statefulSet runs the database.
func statefulSet(in Input) *appsv1.StatefulSet {
	object := &appsv1.StatefulSet{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"},
		ObjectMeta: in.objectMeta(in.fullname()),
		Spec: appsv1.StatefulSetSpec{
			Replicas:    new(in.Config.Spec.ReplicaCount),
			ServiceName: in.headlessServiceName(),
			// With OrderedReady a pod that never becomes ready blocks the very update that would mend it.
			PodManagementPolicy: appsv1.ParallelPodManagement,
			Selector:            &metav1.LabelSelector{MatchLabels: in.selectorLabels()},
			Template:            podTemplate(in),
		},
	}
	if in.Config.Spec.Chromadb.IsPersistent {
		object.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{dataClaim(in)}
		object.Spec.PersistentVolumeClaimRetentionPolicy = &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
			WhenDeleted: appsv1.PersistentVolumeClaimRetentionPolicyType(in.Config.Spec.Chromadb.Data.RetentionPolicyOnDelete),
			WhenScaled:  appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
		}
	}
	return object
}
