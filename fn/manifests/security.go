package manifests

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// user is the user and group id of the processes and the owner of the data, unless the user says otherwise.
const user = 1000

// podSecurityContext holds the fields of the user's security context that belong to the pod, over defaults that meet
// the Pod Security Standard "restricted".
func podSecurityContext(in Input) *corev1.PodSecurityContext {
	wanted := in.Config.Spec.PodSpec.SecurityContext
	context := &corev1.PodSecurityContext{
		RunAsUser:                or(wanted.RunAsUser, user),
		RunAsGroup:               or(wanted.RunAsGroup, user),
		FSGroup:                  or(wanted.FSGroup, user),
		FSGroupChangePolicy:      or(wanted.FSGroupChangePolicy, corev1.FSGroupChangeOnRootMismatch),
		SupplementalGroups:       slices.Clone(wanted.SupplementalGroups),
		SupplementalGroupsPolicy: wanted.SupplementalGroupsPolicy,
		Sysctls:                  slices.Clone(wanted.Sysctls),
		SELinuxOptions:           wanted.SELinuxOptions.DeepCopy(),
		SELinuxChangePolicy:      wanted.SELinuxChangePolicy,
		SeccompProfile:           wanted.SeccompProfile.DeepCopy(),
		AppArmorProfile:          wanted.AppArmorProfile.DeepCopy(),
	}
	context.RunAsNonRoot = or(wanted.RunAsNonRoot, *context.RunAsUser != 0)
	if context.SeccompProfile == nil {
		context.SeccompProfile = &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}
	}
	if in.Config.NeedsLowPort() {
		context.Sysctls = append(context.Sysctls, in.Config.LowPortSysctl())
	}
	return context
}

// containerSecurityContext holds the fields of the user's security context that belong to a container, over defaults
// that meet the Pod Security Standard "restricted" and a read-only root file system.
func containerSecurityContext(in Input) *corev1.SecurityContext {
	wanted := in.Config.Spec.PodSpec.SecurityContext
	capabilities := &corev1.Capabilities{}
	if wanted.Capabilities != nil {
		capabilities = wanted.Capabilities.DeepCopy()
	}
	if capabilities.Drop == nil {
		capabilities.Drop = []corev1.Capability{"ALL"}
	}
	return &corev1.SecurityContext{
		AllowPrivilegeEscalation: or(wanted.AllowPrivilegeEscalation, in.Config.ImpliesEscalation()),
		ReadOnlyRootFilesystem:   or(wanted.ReadOnlyRootFilesystem, true),
		Capabilities:             capabilities,
		Privileged:               wanted.Privileged,
		ProcMount:                wanted.ProcMount,
	}
}

// or is a copy of the user's value, or of the default where there is none.
func or[T any](wanted *T, byDefault T) *T {
	if wanted != nil {
		return new(*wanted)
	}
	return new(byDefault)
}
