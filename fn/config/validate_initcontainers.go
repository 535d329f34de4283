package config

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (v *validator) validateInitContainers() {
	path := field.NewPath("spec", "podSpec", "initContainers")
	seen := map[string]bool{ServerContainer: true, HtpasswdContainer: true}
	for i, container := range v.c.Spec.PodSpec.InitContainers {
		at := path.Index(i)
		v.mustBeName(at.Child("name"), container.Name, validation.IsDNS1123Label)
		if seen[container.Name] {
			v.errorf(at.Child("name"), "%q is taken by another container of the pod", container.Name)
		}
		seen[container.Name] = true
		v.validateInitContainer(container, at)
	}
}

func (v *validator) validateInitContainer(c InitContainer, path *field.Path) {
	if _, err := reference.ParseNormalizedNamed(c.Image); err != nil {
		v.errorf(path.Child("image"), "%q is not an image, such as busybox:1.37: %v", c.Image, err)
	}
	if c.WorkingDir != "" {
		v.validateAbsolutePath(c.WorkingDir, path.Child("workingDir"))
	}
	v.validateEnv(c.Env, path.Child("env"))
	v.validateEnvFrom(c.EnvFrom, path.Child("envFrom"))
	v.validateMounts(c.VolumeMounts, path.Child("volumeMounts"))
	v.validateResourceRequirements(c.Resources, path.Child("resources"))
	v.validateContainerSecurity(c.SecurityContext, path.Child("securityContext"))
}

// mustBeName reports a name that is missing, or what one of Kubernetes' own validators says of it.
func (v *validator) mustBeName(path *field.Path, name string, validate func(string) []string) {
	if name == "" {
		v.errorf(path, "is required")
		return
	}
	v.mustBe(path, validate(name))
}

// validateEnv never shows a name that is no name: it may be NAME=value.
func (v *validator) validateEnv(env []EnvVar, path *field.Path) {
	seen := map[string]bool{}
	for i, e := range env {
		at := path.Index(i)
		switch name := at.Child("name"); {
		case len(validation.IsRelaxedEnvVarName(e.Name)) > 0:
			v.errorf(name, "must be one or more printable ASCII characters without an equals sign; write the value in %s", at.Child("value"))
		case seen[e.Name]:
			v.errorf(name, "%s is set twice; remove one of them", e.Name)
		}
		seen[e.Name] = true
		source := at.Child("valueFrom")
		if v.c.IsSet(source.String()) {
			v.validateEnvSource(e.ValueFrom, source)
			if e.Value != "" {
				v.errorf(at, "has a value and a valueFrom; remove one")
			}
		}
	}
}

func (v *validator) validateEnvSource(from EnvVarSource, path *field.Path) {
	secret, configMap, pod := path.Child("secretKeyRef"), path.Child("configMapKeyRef"), path.Child("fieldRef")
	if v.countSet(secret, configMap, pod) != 1 {
		v.errorf(path, "must hold one of secretKeyRef, configMapKeyRef and fieldRef")
	}
	if v.c.IsSet(secret.String()) {
		v.validateKeyReference(from.SecretKeyRef, secret)
	}
	if v.c.IsSet(configMap.String()) {
		v.validateKeyReference(from.ConfigMapKeyRef, configMap)
	}
	if v.c.IsSet(pod.String()) {
		v.validateFieldPath(from.FieldRef.FieldPath, pod.Child("fieldPath"))
	}
}

// countSet counts the fields that the user wrote.
func (v *validator) countSet(paths ...*field.Path) int {
	count := 0
	for _, path := range paths {
		if v.c.IsSet(path.String()) {
			count++
		}
	}
	return count
}

func (v *validator) validateKeyReference(r KeyReference, path *field.Path) {
	v.mustBeName(path.Child("name"), r.Name, validation.IsDNS1123Subdomain)
	v.mustBeName(path.Child("key"), r.Key, validation.IsConfigMapKey)
}

// podFields are the fields of the pod that Kubernetes puts into an environment variable.
var podFields = []string{
	"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
	"status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
}

// keyedField is one label or annotation of the pod.
var keyedField = regexp.MustCompile(`^metadata\.(labels|annotations)\['(.*)'\]$`)

func (v *validator) validateFieldPath(fieldPath string, path *field.Path) {
	keyed := keyedField.FindStringSubmatch(fieldPath)
	switch {
	case fieldPath == "":
		v.errorf(path, "is required, such as metadata.name")
	case keyed != nil && keyed[1] == "annotations":
		v.mustBe(path, validation.IsQualifiedName(strings.ToLower(keyed[2])))
	case keyed != nil:
		v.mustBe(path, validation.IsQualifiedName(keyed[2]))
	case !slices.Contains(podFields, fieldPath):
		v.errorf(path, "must be %s, metadata.labels['KEY'] or metadata.annotations['KEY']; it is %q", strings.Join(podFields, ", "), fieldPath)
	}
}

func (v *validator) validateEnvFrom(sources []EnvFrom, path *field.Path) {
	for i, from := range sources {
		at := path.Index(i)
		configMap, secret := at.Child("configMapRef"), at.Child("secretRef")
		if v.countSet(configMap, secret) != 1 {
			v.errorf(at, "must hold one of configMapRef and secretRef")
		}
		if v.c.IsSet(configMap.String()) {
			v.mustBeName(configMap.Child("name"), from.ConfigMapRef.Name, validation.IsDNS1123Subdomain)
		}
		if v.c.IsSet(secret.String()) {
			v.mustBeName(secret.Child("name"), from.SecretRef.Name, validation.IsDNS1123Subdomain)
		}
		if from.Prefix != "" && len(validation.IsRelaxedEnvVarName(from.Prefix)) > 0 {
			v.errorf(at.Child("prefix"), "must be printable ASCII characters without an equals sign")
		}
	}
}

func (v *validator) validateMounts(mounts []VolumeMount, path *field.Path) {
	volumes := v.volumes()
	taken := map[string]bool{}
	for i, mount := range mounts {
		at := path.Index(i)
		if !slices.Contains(volumes, mount.Name) {
			v.errorf(at.Child("name"), "the pod has no volume %q, only %s", mount.Name, strings.Join(volumes, ", "))
		}
		v.validateMountPath(mount.MountPath, taken, at.Child("mountPath"))
		if !isRelative(mount.SubPath) {
			v.errorf(at.Child("subPath"), "must be a relative path without ..; it is %q", mount.SubPath)
		}
	}
}

// validateMountPath checks where a volume is mounted, and notes that the place is taken.
func (v *validator) validateMountPath(p string, taken map[string]bool, at *field.Path) {
	if !v.validateAbsolutePath(p, at) {
		return
	}
	clean := path.Clean(p)
	switch {
	case clean == "/" || isWithin(clean, "/proc"):
		v.errorf(at, "nothing can be mounted at %s; choose another directory, such as /data", p)
	case taken[clean]:
		v.errorf(at, "%s is mounted twice; choose another directory for one of them", p)
	}
	taken[clean] = true
}

// validateContainerSecurity checks the security context of an init container.
func (v *validator) validateContainerSecurity(s ContainerSecurityContext, path *field.Path) {
	v.validateIDs(s.RunAsUser, s.RunAsGroup, path)
	user := s.RunAsUser
	if user == nil {
		user = v.c.RunAsUser()
	}
	switch {
	case !isRoot(user):
	case isTrue(s.RunAsNonRoot):
		v.errorf(path.Child("runAsNonRoot"), "must not be true, because the container runs as user 0, which is root: the pod would not start")
	case s.Capabilities == nil && !isTrue(s.Privileged):
		v.warnf(path.Child("capabilities"), "all are dropped by default, also those of root, so that chown and the like fail: write {add: [CHOWN]} and what else the container needs, or {drop: [ALL]} if it needs none")
	}
	v.validateCapabilities(s.Capabilities, path.Child("capabilities"))
	v.validateEscalation(s.AllowPrivilegeEscalation, s.Privileged, s.Capabilities, path)
	v.validateSeccompProfile(s.SeccompProfile, path.Child("seccompProfile"))
}
