package manifests

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chromafn/chroma-fn/fn/config"
)

// checksumAnnotation makes the pod restart when the configuration that it reads only at its start has changed.
const checksumAnnotation = config.Group + "/config-checksum"

// part is what one concern adds to the pod.
type part struct {
	command        []string
	env            []corev1.EnvVar
	envFrom        []corev1.EnvFromSource
	mounts         []corev1.VolumeMount
	volumes        []corev1.Volume
	initContainers []corev1.Container
}

// parts are the concerns of the pod in the order in which they appear in it.
func parts(in Input) part {
	var all part
	for _, concern := range []func(Input) part{storage, scratch, settings, configFile, logging, telemetry, authentication} {
		p := concern(in)
		all.command = append(all.command, p.command...)
		all.env = append(all.env, p.env...)
		all.envFrom = append(all.envFrom, p.envFrom...)
		all.mounts = append(all.mounts, p.mounts...)
		all.volumes = append(all.volumes, p.volumes...)
		all.initContainers = append(all.initContainers, p.initContainers...)
	}
	return all
}

func podTemplate(in Input) corev1.PodTemplateSpec {
	annotations := map[string]string{}
	maps.Copy(annotations, in.Config.Spec.PodSpec.Annotations)
	maps.Copy(annotations, in.Config.Spec.PodSpec.PodAnnotations)
	if sum := checksum(in); sum != "" {
		annotations[checksumAnnotation] = sum
	}
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: in.podLabels(), Annotations: annotations},
		Spec:       podSpec(in),
	}
}

func podSpec(in Input) corev1.PodSpec {
	spec := in.Config.Spec
	p := parts(in)
	pod := corev1.PodSpec{
		ServiceAccountName:           in.Config.ServiceAccountName(),
		AutomountServiceAccountToken: new(spec.ServiceAccount.AutomountServiceAccountToken),
		// A Service named chroma would otherwise put CHROMA_PORT=tcp://… into the environment, which a 1.x server
		// reads as its port and panics.
		EnableServiceLinks:            new(false),
		SecurityContext:               podSecurityContext(in),
		TerminationGracePeriodSeconds: new(spec.PodSpec.TerminationGracePeriodSeconds),
		ImagePullSecrets:              pullSecrets(spec),
		NodeSelector:                  maps.Clone(spec.NodeSelector),
		InitContainers:                append(p.initContainers, initContainers(in)...),
		Containers:                    []corev1.Container{serverContainer(in, p)},
		Volumes:                       p.volumes,
	}
	for _, toleration := range spec.Tolerations {
		pod.Tolerations = append(pod.Tolerations, *toleration.DeepCopy())
	}
	if affinity := spec.Affinity; affinity != (corev1.Affinity{}) {
		pod.Affinity = affinity.DeepCopy()
	}
	return pod
}

func serverContainer(in Input, p part) corev1.Container {
	spec := in.Config.Spec
	return corev1.Container{
		Name:            config.ServerContainer,
		Image:           spec.Image.Reference(spec.Global.ImageRegistry, in.Caps.Version),
		ImagePullPolicy: corev1.PullPolicy(spec.Image.PullPolicy),
		Command:         p.command,
		EnvFrom:         p.envFrom,
		Env: append([]corev1.EnvVar{{
			Name:      "POD_NAME",
			ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}},
		}}, p.env...),
		Ports:           []corev1.ContainerPort{{Name: portName, ContainerPort: spec.Chromadb.ServerHTTPPort, Protocol: corev1.ProtocolTCP}},
		Resources:       *spec.Resources.DeepCopy(),
		SecurityContext: containerSecurityContext(in),
		VolumeMounts:    p.mounts,
		ReadinessProbe:  probe(spec.ReadinessProbe, in.Caps.ReadinessPath),
		LivenessProbe:   probe(spec.LivenessProbe, in.Caps.HeartbeatPath),
		StartupProbe:    probe(spec.StartupProbe, in.Caps.ReadinessPath),
	}
}

// probe asks the server over HTTP: a hung server still accepts TCP connections.
func probe(p config.Probe, path string) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{
			HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString(portName)},
		},
		FailureThreshold:    p.FailureThreshold,
		TimeoutSeconds:      p.TimeoutSeconds,
		PeriodSeconds:       p.PeriodSeconds,
		InitialDelaySeconds: p.InitialDelaySeconds,
	}
}

// pullSecrets are the global and the local ones, each once.
func pullSecrets(spec config.Spec) []corev1.LocalObjectReference {
	var secrets []corev1.LocalObjectReference
	for _, secret := range slices.Concat(spec.Global.ImagePullSecrets, spec.ImagePullSecrets) {
		reference := corev1.LocalObjectReference{Name: secret.Name}
		if !slices.Contains(secrets, reference) {
			secrets = append(secrets, reference)
		}
	}
	return secrets
}
