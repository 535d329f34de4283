package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (v *validator) validateSecurityContext() {
	path := securityContextPath()
	s := v.c.Spec.PodSpec.SecurityContext
	v.validateIDs(s.RunAsUser, s.RunAsGroup, path)
	if s.FSGroup != nil {
		v.mustBe(path.Child(fsGroup), validation.IsValidGroupID(*s.FSGroup))
	}
	for i, group := range s.SupplementalGroups {
		v.mustBe(path.Child("supplementalGroups").Index(i), validation.IsValidGroupID(group))
	}
	switch user := path.Child(runAsUser); {
	case isTrue(s.RunAsNonRoot) && isRoot(s.RunAsUser):
		v.errorf(user, "is 0, which is root, while runAsNonRoot is true: the pod would not start")
	case v.c.RunAsUser() == nil && v.c.RunAsNonRoot():
		v.infof(user, "null leaves the choice to the cluster: OpenShift assigns an id; elsewhere the image's own user counts, and the pod does not start where that is root")
	}
	v.validateCapabilities(s.Capabilities, path.Child("capabilities"))
	v.validateEscalation(s.AllowPrivilegeEscalation, s.Privileged, s.Capabilities, path)
	if s.ProcMount != nil && *s.ProcMount == corev1.UnmaskedProcMount {
		v.errorf(path.Child("procMount"), "Unmasked needs a user namespace, which the pod does not have")
	}
	if s.SELinuxChangePolicy != nil && *s.SELinuxChangePolicy == corev1.SELinuxChangePolicyMountOption {
		v.warnf(path.Child("seLinuxChangePolicy"), "MountOption is refused by a cluster without the feature gate SELinuxMount, which Kubernetes 1.36 has off by default; leave it out or write Recursive")
	}
	v.validateSeccompProfile(s.SeccompProfile, path.Child("seccompProfile"))
	v.validateAppArmorProfile(s.AppArmorProfile, path.Child("appArmorProfile"))
	v.validateSysctls(s.Sysctls, path.Child("sysctls"))
}

// validateIDs checks the user and the group of a pod or a container.
func (v *validator) validateIDs(user, group *int64, path *field.Path) {
	if user != nil {
		v.mustBe(path.Child(runAsUser), validation.IsValidUserID(*user))
	}
	if group != nil {
		v.mustBe(path.Child(runAsGroup), validation.IsValidGroupID(*group))
	}
}

// capabilityPattern is how the Pod Security Standards write a capability; a container runtime also takes small letters.
var capabilityPattern = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

func (v *validator) validateCapabilities(capabilities *corev1.Capabilities, path *field.Path) {
	if capabilities == nil {
		return
	}
	for key, names := range map[string][]corev1.Capability{"add": capabilities.Add, "drop": capabilities.Drop} {
		for i, name := range names {
			if !capabilityPattern.MatchString(string(name)) {
				v.errorf(path.Child(key).Index(i), "must be the name of a capability in capitals, such as NET_BIND_SERVICE; it is %q", name)
			}
		}
	}
}

// validateEscalation refuses to forbid privilege escalation where Kubernetes does.
func (v *validator) validateEscalation(allowed, privileged *bool, capabilities *corev1.Capabilities, path *field.Path) {
	at := path.Child("allowPrivilegeEscalation")
	switch {
	case allowed == nil || *allowed:
	case isTrue(privileged):
		v.errorf(at, "must not be false while privileged is true; remove one of them")
	case capabilities != nil && slices.Contains(capabilities.Add, capSysAdmin):
		v.errorf(at, "must not be false while the capability %s is added; remove one of them", capSysAdmin)
	}
}

func (v *validator) validateSeccompProfile(p *corev1.SeccompProfile, path *field.Path) {
	if p == nil || !v.validateProfile(string(p.Type), p.LocalhostProfile, path) {
		return
	}
	if file := *p.LocalhostProfile; !isRelative(file) {
		v.errorf(path.Child("localhostProfile"), "must be a relative path without ..; it is %q", file)
	}
}

// maxAppArmorProfile is the longest name of a profile that Kubernetes takes.
const maxAppArmorProfile = 4095

func (v *validator) validateAppArmorProfile(p *corev1.AppArmorProfile, path *field.Path) {
	if p == nil || !v.validateProfile(string(p.Type), p.LocalhostProfile, path) {
		return
	}
	switch name, at := *p.LocalhostProfile, path.Child("localhostProfile"); {
	case strings.TrimSpace(name) != name:
		v.errorf(at, "must not have spaces around it; it is %q", name)
	case len(name) > maxAppArmorProfile:
		v.errorf(at, "has %d characters; Kubernetes takes %d", len(name), maxAppArmorProfile)
	}
}

// validateProfile checks what the two kinds of profiles have in common. It reports whether there is the name of a
// profile on the node, which follows rules of its own.
func (v *validator) validateProfile(profileType string, name *string, path *field.Path) (isNamed bool) {
	isLocal := profileType == "Localhost"
	switch {
	case !slices.Contains([]string{"RuntimeDefault", "Unconfined", "Localhost"}, profileType):
		v.errorf(path.Child("type"), "must be RuntimeDefault, Unconfined or Localhost, not %q", profileType)
	case isLocal && (name == nil || *name == ""):
		v.errorf(path.Child("localhostProfile"), "is required with the type Localhost")
	case !isLocal && name != nil:
		v.errorf(path.Child("localhostProfile"), "needs the type Localhost, not %s", profileType)
	default:
		return isLocal
	}
	return false
}

// isRelative reports whether a path leads down from where it starts.
func isRelative(p string) bool {
	return !strings.HasPrefix(p, "/") && !slices.Contains(strings.Split(p, "/"), "..")
}

func (v *validator) validateSysctls(sysctls []corev1.Sysctl, path *field.Path) {
	seen := map[string]bool{}
	for i, s := range sysctls {
		name := sysctlName(s.Name)
		switch at := path.Index(i).Child("name"); {
		case s.Name == "":
			v.errorf(at, "is required")
		case seen[name]:
			v.errorf(at, "%s is set twice", name)
		case len(validation.IsDNS1123Subdomain(strings.ReplaceAll(strings.ReplaceAll(s.Name, "_", "-"), "/", "."))) > 0:
			v.errorf(at, "%q is not the name of a kernel parameter, such as net.core.somaxconn", s.Name)
		case name == unprivilegedPorts:
			v.validateUnprivilegedPorts(s.Value, path.Index(i).Child("value"))
		}
		seen[name] = true
	}
}

// validateUnprivilegedPorts refuses a kernel parameter that keeps the server from its port.
func (v *validator) validateUnprivilegedPorts(value string, at *field.Path) {
	port := v.c.Spec.Chromadb.ServerHTTPPort
	switch first, err := strconv.ParseUint(value, 10, 16); {
	case err != nil:
		v.errorf(at, "must be the first port that everyone may listen on, from 0 to 65535; it is %q", value)
	case first > uint64(port) && !v.c.mayUseLowPorts():
		v.errorf(at, "%d keeps the server from its port; write at most %d", first, port)
	}
}
