package config

import corev1 "k8s.io/api/core/v1"

// PodSpec holds further settings of the pod.
type PodSpec struct {
	// TerminationGracePeriodSeconds is the time in seconds that the server has to finish its requests and close its
	// database before it is killed. The chart's 5 is too short for a busy server, so the default here is 30.
	TerminationGracePeriodSeconds int64 `json:"terminationGracePeriodSeconds" min:"0"`
	// SecurityContext overrides the defaults, which meet the Pod Security Standard restricted, field by field; each goes
	// to the pod or the container, whichever Kubernetes has it in.
	SecurityContext SecurityContext `json:"securityContext"`
	// PodAnnotations are put on the pod.
	PodAnnotations map[string]string `json:"podAnnotations"`
	// Annotations are put on the pod too; the chart documents but never renders them. The same key in both is an
	// error unless the values are equal.
	Annotations map[string]string `json:"annotations"`
	// InitContainers are run before the server, one after another and after our own. The chart documents but never
	// renders them.
	InitContainers []InitContainer `json:"initContainers" example:"[{name: wait, image: 'busybox:1.37', command: [sleep, '5']}]"`
}

// SecurityContext is the union of a pod's and a container's security context.
type SecurityContext struct {
	// RunAsUser is the user id of the processes; 1000 by default. An explicit null leaves it out, for a cluster that
	// assigns ids itself, such as OpenShift.
	RunAsUser *int64 `json:"runAsUser" min:"0"`
	// RunAsGroup is the group id of the processes; 1000 by default. An explicit null leaves it out.
	RunAsGroup *int64 `json:"runAsGroup" min:"0"`
	// RunAsNonRoot refuses to start as root; true by default unless runAsUser is 0.
	RunAsNonRoot *bool `json:"runAsNonRoot"`
	// FSGroup is the group that owns the data volume; 1000 by default. An explicit null leaves it out, for a cluster
	// that assigns ids itself, such as OpenShift.
	FSGroup *int64 `json:"fsGroup" min:"0"`
	// FSGroupChangePolicy is when the ownership of the data is changed; OnRootMismatch by default.
	FSGroupChangePolicy *corev1.PodFSGroupChangePolicy `json:"fsGroupChangePolicy" enum:"OnRootMismatch,Always"`
	// SupplementalGroups are further groups of the processes.
	SupplementalGroups []int64 `json:"supplementalGroups"`
	// SupplementalGroupsPolicy is how the image's own groups count.
	SupplementalGroupsPolicy *corev1.SupplementalGroupsPolicy `json:"supplementalGroupsPolicy" enum:"Merge,Strict"`
	// Sysctls are kernel parameters of the pod.
	Sysctls []corev1.Sysctl `json:"sysctls"`
	// SELinuxOptions are the SELinux labels of the processes.
	SELinuxOptions *corev1.SELinuxOptions `json:"seLinuxOptions"`
	// SELinuxChangePolicy is how the volume is labelled. MountOption needs the feature gate SELinuxMount.
	SELinuxChangePolicy *corev1.PodSELinuxChangePolicy `json:"seLinuxChangePolicy" enum:"Recursive,MountOption"`
	// SeccompProfile filters system calls; RuntimeDefault by default.
	SeccompProfile *corev1.SeccompProfile `json:"seccompProfile"`
	// AppArmorProfile confines the processes.
	AppArmorProfile *corev1.AppArmorProfile `json:"appArmorProfile"`
	// Capabilities are those of the container; all are dropped by default.
	Capabilities *corev1.Capabilities `json:"capabilities"`
	// Privileged gives the container the host's rights; false by default.
	Privileged *bool `json:"privileged"`
	// AllowPrivilegeEscalation lets a process gain rights; false by default unless the container is
	// privileged or adds SYS_ADMIN.
	AllowPrivilegeEscalation *bool `json:"allowPrivilegeEscalation"`
	// ReadOnlyRootFilesystem makes the image unwritable; true by default, with an empty volume at /tmp.
	ReadOnlyRootFilesystem *bool `json:"readOnlyRootFilesystem"`
	// ProcMount is how /proc is mounted; Unmasked is refused, because it needs a user namespace.
	ProcMount *corev1.ProcMountType `json:"procMount" enum:"Default,Unmasked"`
}

// InitContainer is a container that runs to its end before the server starts. It has no ports, probes or restart
// policy: a sidecar is not supported.
type InitContainer struct {
	// Name is the name of the container, a DNS label that is unique in the pod.
	Name string `json:"name"`
	// Image is the whole reference of the image: global.imageRegistry is not put before it.
	Image string `json:"image" example:"busybox:1.37"`
	// ImagePullPolicy is when the node pulls the image; where it is empty, Kubernetes decides by the tag.
	ImagePullPolicy string `json:"imagePullPolicy" enum:"IfNotPresent,Always,Never"`
	// Command is run in place of the image's entry point.
	Command []string `json:"command" example:"[sh, -c, 'chown -R 1000:1000 /data']"`
	// Args are the arguments of the command or of the image's entry point.
	Args []string `json:"args"`
	// WorkingDir is the absolute path of the directory in which the command runs; the image's where it is empty.
	WorkingDir string `json:"workingDir"`
	// Env are environment variables.
	Env []EnvVar `json:"env" example:"[{name: MODE, value: check}]"`
	// EnvFrom takes all keys of ConfigMaps and Secrets as environment variables.
	EnvFrom []EnvFrom `json:"envFrom" example:"[{secretRef: {name: settings}}]"`
	// Resources are the requests and limits of the container.
	Resources corev1.ResourceRequirements `json:"resources"`
	// VolumeMounts mount volumes of the pod: data, tmp and, where the version has it, config or log-config.
	VolumeMounts []VolumeMount `json:"volumeMounts" example:"[{name: data, mountPath: /data}]"`
	// SecurityContext overrides the defaults, which are those of the server's container, field by field.
	SecurityContext ContainerSecurityContext `json:"securityContext"`
}

// EnvVar is an environment variable.
type EnvVar struct {
	// Name is the name of the variable.
	Name string `json:"name"`
	// Value is the value of the variable; $(NAME) in it stands for an earlier variable.
	Value string `json:"value" secret:"true"`
	// ValueFrom is where the value comes from, in place of value.
	ValueFrom EnvVarSource `json:"valueFrom"`
}

// EnvVarSource is where the value of an environment variable comes from: exactly one of its fields.
type EnvVarSource struct {
	// SecretKeyRef is a key of a Secret in the same namespace.
	SecretKeyRef KeyReference `json:"secretKeyRef"`
	// ConfigMapKeyRef is a key of a ConfigMap in the same namespace.
	ConfigMapKeyRef KeyReference `json:"configMapKeyRef"`
	// FieldRef is a field of the pod.
	FieldRef FieldReference `json:"fieldRef"`
}

// KeyReference names a key of a Secret or a ConfigMap.
type KeyReference struct {
	// Name is the name of the object.
	Name string `json:"name"`
	// Key is the key in the object.
	Key string `json:"key"`
	// Optional lets the container start without the object or the key.
	Optional *bool `json:"optional"`
}

// FieldReference names a field of the pod.
type FieldReference struct {
	// FieldPath is the path of the field: metadata.name, metadata.namespace, metadata.uid, metadata.labels['KEY'],
	// metadata.annotations['KEY'], spec.nodeName, spec.serviceAccountName, status.hostIP, status.hostIPs, status.podIP
	// or status.podIPs.
	FieldPath string `json:"fieldPath"`
}

// EnvFrom is a source of environment variables: a ConfigMap or a Secret.
type EnvFrom struct {
	// ConfigMapRef is a ConfigMap in the same namespace.
	ConfigMapRef ObjectReference `json:"configMapRef"`
	// SecretRef is a Secret in the same namespace.
	SecretRef ObjectReference `json:"secretRef"`
	// Prefix is put before each key.
	Prefix string `json:"prefix"`
}

// ObjectReference names a ConfigMap or a Secret.
type ObjectReference struct {
	// Name is the name of the object.
	Name string `json:"name"`
	// Optional lets the container start without the object.
	Optional *bool `json:"optional"`
}

// VolumeMount is a volume of the pod in the container.
type VolumeMount struct {
	// Name is the name of the volume.
	Name string `json:"name"`
	// MountPath is the absolute path at which the volume is mounted.
	MountPath string `json:"mountPath"`
	// SubPath is a path in the volume, mounted in place of the whole.
	SubPath string `json:"subPath"`
	// ReadOnly mounts the volume without the right to write to it; false by default.
	ReadOnly bool `json:"readOnly"`
}

// ContainerSecurityContext is the security context of an init container.
type ContainerSecurityContext struct {
	// RunAsUser is the user id of the processes; that of the pod by default.
	RunAsUser *int64 `json:"runAsUser" min:"0"`
	// RunAsGroup is the group id of the processes; that of the pod by default.
	RunAsGroup *int64 `json:"runAsGroup" min:"0"`
	// RunAsNonRoot refuses to start as root; as for the pod by default, and false where runAsUser is 0.
	RunAsNonRoot *bool `json:"runAsNonRoot"`
	// Privileged gives the container the host's rights; false by default.
	Privileged *bool `json:"privileged"`
	// AllowPrivilegeEscalation lets a process gain rights; false by default unless the container is privileged or adds
	// SYS_ADMIN.
	AllowPrivilegeEscalation *bool `json:"allowPrivilegeEscalation"`
	// ReadOnlyRootFilesystem makes the image unwritable; true by default. Mount the volume tmp at /tmp for temporary
	// files.
	ReadOnlyRootFilesystem *bool `json:"readOnlyRootFilesystem"`
	// Capabilities are those of the container; all are dropped by default, also those of root: chown needs
	// {add: [CHOWN]}.
	Capabilities *corev1.Capabilities `json:"capabilities"`
	// SeccompProfile filters system calls; that of the pod by default.
	SeccompProfile *corev1.SeccompProfile `json:"seccompProfile"`
}
