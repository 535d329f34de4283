package config

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// DefaultID is the user and group id of the processes and the owner of the data, unless the user says otherwise.
const DefaultID int64 = 1000

// The fields of the security context whose explicit null leaves the choice of an id to the cluster.
const (
	runAsUser  = "runAsUser"
	runAsGroup = "runAsGroup"
	fsGroup    = "fsGroup"
)

// RunAsUser is the user id of the pod, nil where the cluster chooses it.
func (c *ChromaConfig) RunAsUser() *int64 {
	return c.podID(runAsUser, c.Spec.PodSpec.SecurityContext.RunAsUser)
}

// RunAsGroup is the group id of the pod, nil where the cluster chooses it.
func (c *ChromaConfig) RunAsGroup() *int64 {
	return c.podID(runAsGroup, c.Spec.PodSpec.SecurityContext.RunAsGroup)
}

// FSGroup is the group that owns the volumes of the pod, nil where the cluster chooses it.
func (c *ChromaConfig) FSGroup() *int64 {
	return c.podID(fsGroup, c.Spec.PodSpec.SecurityContext.FSGroup)
}

func (c *ChromaConfig) podID(key string, wanted *int64) *int64 {
	switch {
	case wanted != nil:
		return new(*wanted)
	case c.IsNull(securityContextPath().Child(key).String()):
		return nil
	default:
		return new(DefaultID)
	}
}

func securityContextPath() *field.Path {
	return field.NewPath("spec", "podSpec", "securityContext")
}

// RunAsNonRoot reports whether the pod's containers refuse to start as root.
func (c *ChromaConfig) RunAsNonRoot() bool {
	if wanted := c.Spec.PodSpec.SecurityContext.RunAsNonRoot; wanted != nil {
		return *wanted
	}
	return !isRoot(c.RunAsUser())
}

// isRoot reports whether a user id is that of root. One that the cluster chooses is not.
func isRoot(user *int64) bool {
	return user != nil && *user == 0
}

// unprivilegedPorts is the kernel parameter with the first port on which every user may listen.
const unprivilegedPorts = "net.ipv4.ip_unprivileged_port_start"

// firstFreePort is what the kernel parameter is where nobody sets it.
const firstFreePort = 1024

// NeedsLowPort reports whether the server must be allowed its port, which is below 1024.
func (c *ChromaConfig) NeedsLowPort() bool {
	return c.Spec.Chromadb.ServerHTTPPort < firstFreePort && !c.mayUseLowPorts() &&
		!slices.ContainsFunc(c.Spec.PodSpec.SecurityContext.Sysctls, isUnprivilegedPorts)
}

// mayUseLowPorts reports whether the server's process has the right to listen on low ports: it runs as root and keeps
// the capability. Another user does not get a capability, even where it is added.
func (c *ChromaConfig) mayUseLowPorts() bool {
	const listen = "NET_BIND_SERVICE"
	s := c.Spec.PodSpec.SecurityContext
	if !isRoot(c.RunAsUser()) {
		return false
	}
	// All are dropped by default.
	var capabilities corev1.Capabilities
	if s.Capabilities != nil {
		capabilities = *s.Capabilities
	}
	isKept := capabilities.Drop != nil && !slices.Contains(capabilities.Drop, "ALL") || slices.Contains(capabilities.Add, listen)
	return isTrue(s.Privileged) || isKept && !slices.Contains(capabilities.Drop, listen)
}

// LowPortSysctl is the kernel parameter that allows low ports; Kubernetes counts it as safe.
func (c *ChromaConfig) LowPortSysctl() corev1.Sysctl {
	return corev1.Sysctl{Name: unprivilegedPorts, Value: "0"}
}

func isUnprivilegedPorts(s corev1.Sysctl) bool {
	return sysctlName(s.Name) == unprivilegedPorts
}

// Sysctls are the kernel parameters that the user wrote, in the one spelling of their names that the Pod Security
// Standards know.
func (c *ChromaConfig) Sysctls() []corev1.Sysctl {
	sysctls := slices.Clone(c.Spec.PodSpec.SecurityContext.Sysctls)
	for i := range sysctls {
		sysctls[i].Name = sysctlName(sysctls[i].Name)
	}
	return sysctls
}

// sysctlName is the name of a kernel parameter as the kubelet reads it: one whose first separator is a slash has
// slashes in place of dots, and dots in place of slashes.
func sysctlName(name string) string {
	if first := strings.IndexAny(name, "./"); first < 0 || name[first] == '.' {
		return name
	}
	return strings.NewReplacer("/", ".", ".", "/").Replace(name)
}

// ImpliesEscalation reports whether a container asks for rights that are of no use where privilege escalation is
// forbidden.
func ImpliesEscalation(privileged *bool, capabilities *corev1.Capabilities) bool {
	return isTrue(privileged) || capabilities != nil && slices.ContainsFunc(capabilities.Add, isSysAdmin)
}

func isSysAdmin(c corev1.Capability) bool {
	return c == "SYS_ADMIN" || c == capSysAdmin
}

// capSysAdmin is the only spelling in which Kubernetes refuses the capability where privilege escalation is forbidden.
const capSysAdmin = "CAP_SYS_ADMIN"

func isTrue(b *bool) bool {
	return b != nil && *b
}
