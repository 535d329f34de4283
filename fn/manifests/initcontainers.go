package manifests

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/chromafn/chroma-fn/fn/config"
)

// initContainers are the user's own.
func initContainers(in Input) []corev1.Container {
	containers := make([]corev1.Container, 0, len(in.Config.Spec.PodSpec.InitContainers))
	for _, wanted := range in.Config.Spec.PodSpec.InitContainers {
		container := corev1.Container{
			Name:            wanted.Name,
			Image:           wanted.Image,
			ImagePullPolicy: corev1.PullPolicy(wanted.ImagePullPolicy),
			Command:         slices.Clone(wanted.Command),
			Args:            slices.Clone(wanted.Args),
			WorkingDir:      wanted.WorkingDir,
			Resources:       *wanted.Resources.DeepCopy(),
			SecurityContext: restricted(wanted.SecurityContext),
		}
		for _, variable := range wanted.Env {
			container.Env = append(container.Env, corev1.EnvVar{Name: variable.Name, Value: variable.Value, ValueFrom: envSource(variable.ValueFrom)})
		}
		for _, from := range wanted.EnvFrom {
			container.EnvFrom = append(container.EnvFrom, envFrom(from))
		}
		for _, mount := range wanted.VolumeMounts {
			container.VolumeMounts = append(container.VolumeMounts, corev1.VolumeMount{
				Name: mount.Name, MountPath: mount.MountPath, SubPath: mount.SubPath, ReadOnly: mount.ReadOnly,
			})
		}
		containers = append(containers, container)
	}
	return containers
}

// envSource is where the value of a variable comes from, nil where the user wrote the value itself.
func envSource(from config.EnvVarSource) *corev1.EnvVarSource {
	switch {
	case from.SecretKeyRef.Name != "":
		return &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: from.SecretKeyRef.Name},
			Key:                  from.SecretKeyRef.Key,
			Optional:             from.SecretKeyRef.Optional,
		}}
	case from.ConfigMapKeyRef.Name != "":
		return &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: from.ConfigMapKeyRef.Name},
			Key:                  from.ConfigMapKeyRef.Key,
			Optional:             from.ConfigMapKeyRef.Optional,
		}}
	case from.FieldRef.FieldPath != "":
		return &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: from.FieldRef.FieldPath}}
	default:
		return nil
	}
}

// envFrom takes all keys of one object.
func envFrom(from config.EnvFrom) corev1.EnvFromSource {
	source := corev1.EnvFromSource{Prefix: from.Prefix}
	if from.SecretRef.Name != "" {
		source.SecretRef = &corev1.SecretEnvSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: from.SecretRef.Name},
			Optional:             from.SecretRef.Optional,
		}
		return source
	}
	source.ConfigMapRef = &corev1.ConfigMapEnvSource{
		LocalObjectReference: corev1.LocalObjectReference{Name: from.ConfigMapRef.Name},
		Optional:             from.ConfigMapRef.Optional,
	}
	return source
}
