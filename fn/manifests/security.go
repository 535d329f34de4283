package manifests

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/chromafn/chroma-fn/fn/config"
)

// podSecurityContext holds the fields of the user's security context that belong to the pod, over defaults that meet
// the Pod Security Standard "restricted".
func podSecurityContext(in Input) *corev1.PodSecurityContext {
	wanted := in.Config.Spec.PodSpec.SecurityContext
	context := &corev1.PodSecurityContext{
		RunAsUser:                in.Config.RunAsUser(),
		RunAsGroup:               in.Config.RunAsGroup(),
		RunAsNonRoot:             new(in.Config.RunAsNonRoot()),
		FSGroup:                  in.Config.FSGroup(),
		FSGroupChangePolicy:      or(wanted.FSGroupChangePolicy, corev1.FSGroupChangeOnRootMismatch),
		SupplementalGroups:       slices.Clone(wanted.SupplementalGroups),
		SupplementalGroupsPolicy: wanted.SupplementalGroupsPolicy,
		Sysctls:                  in.Config.Sysctls(),
		SELinuxOptions:           wanted.SELinuxOptions.DeepCopy(),
		SELinuxChangePolicy:      wanted.SELinuxChangePolicy,
		SeccompProfile:           wanted.SeccompProfile.DeepCopy(),
		AppArmorProfile:          wanted.AppArmorProfile.DeepCopy(),
	}
	if context.SeccompProfile == nil {
		context.SeccompProfile = &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}
	}
	if in.Config.NeedsLowPort() {
		context.Sysctls = append(context.Sysctls, in.Config.LowPortSysctl())
	}
	return context
}

// containerSecurityContext holds the fields of the user's security context that belong to our own containers. What
// podSecurityContext holds counts for them too.
func containerSecurityContext(in Input) *corev1.SecurityContext {
	wanted := in.Config.Spec.PodSpec.SecurityContext
	context := restricted(config.ContainerSecurityContext{
		Privileged:               wanted.Privileged,
		AllowPrivilegeEscalation: wanted.AllowPrivilegeEscalation,
		ReadOnlyRootFilesystem:   wanted.ReadOnlyRootFilesystem,
		Capabilities:             wanted.Capabilities,
	})
	context.ProcMount = wanted.ProcMount
	return context
}

// restricted is a security context over defaults that meet the Pod Security Standard "restricted", together with those
// of the pod, and a read-only root file system.
func restricted(wanted config.ContainerSecurityContext) *corev1.SecurityContext {
	capabilities := &corev1.Capabilities{}
	if wanted.Capabilities != nil {
		capabilities = wanted.Capabilities.DeepCopy()
	}
	if capabilities.Drop == nil {
		capabilities.Drop = []corev1.Capability{"ALL"}
	}
	context := &corev1.SecurityContext{
		RunAsUser:                wanted.RunAsUser,
		RunAsGroup:               wanted.RunAsGroup,
		RunAsNonRoot:             wanted.RunAsNonRoot,
		Privileged:               wanted.Privileged,
		AllowPrivilegeEscalation: or(wanted.AllowPrivilegeEscalation, config.ImpliesEscalation(wanted.Privileged, wanted.Capabilities)),
		ReadOnlyRootFilesystem:   or(wanted.ReadOnlyRootFilesystem, true),
		Capabilities:             capabilities,
		SeccompProfile:           wanted.SeccompProfile.DeepCopy(),
	}
	if wanted.RunAsNonRoot == nil && wanted.RunAsUser != nil && *wanted.RunAsUser == 0 {
		// The pod's true would keep the container from starting.
		context.RunAsNonRoot = new(false)
	}
	return context
}

// or is a copy of the user's value, or of the default where there is none.
func or[T any](wanted *T, byDefault T) *T {
	if wanted != nil {
		return new(*wanted)
	}
	return new(byDefault)
}
