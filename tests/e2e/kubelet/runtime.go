package kubelet

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
	corev1 "k8s.io/api/core/v1"
)

// runtimeSpec is what a kubelet and containerd make of a container for the runtime.
func (p *Pod) runtimeSpec(container *corev1.Container, image Image, id string) (*specs.Spec, error) {
	process, err := p.process(container, image)
	if err != nil {
		return nil, err
	}
	mounts, err := p.mounts(container)
	if err != nil {
		return nil, err
	}
	resources, err := limits(container.Resources)
	if err != nil {
		return nil, err
	}
	context := orEmpty(container.SecurityContext)
	spec := &specs.Spec{
		Version:  specs.Version,
		Hostname: p.pod.Spec.Hostname,
		Process:  process,
		Root:     &specs.Root{Path: "rootfs", Readonly: isTrue(context.ReadOnlyRootFilesystem)},
		Mounts:   mounts,
		Linux: &specs.Linux{
			CgroupsPath: "/" + id,
			Resources:   resources,
			Sysctl:      p.sysctls(),
			Namespaces: []specs.LinuxNamespace{
				{Type: specs.PIDNamespace}, {Type: specs.IPCNamespace}, {Type: specs.UTSNamespace}, {Type: specs.MountNamespace},
				{Type: specs.NetworkNamespace, Path: filepath.Join(p.directory, "network")},
			},
		},
	}
	if isTrue(context.Privileged) {
		return spec, nil
	}
	spec.Linux.MaskedPaths = []string{"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
		"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"}
	spec.Linux.ReadonlyPaths = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
	return spec, p.addSeccomp(spec, context.SeccompProfile)
}

// addSeccomp adds the filter of system calls that the container asks for, or else its pod.
func (p *Pod) addSeccomp(spec *specs.Spec, profile *corev1.SeccompProfile) (err error) {
	if context := p.pod.Spec.SecurityContext; profile == nil && context != nil {
		profile = context.SeccompProfile
	}
	switch {
	case profile == nil || profile.Type == corev1.SeccompProfileTypeUnconfined:
		return nil
	case profile.Type == corev1.SeccompProfileTypeRuntimeDefault:
		spec.Linux.Seccomp, err = seccomp.GetDefaultProfile(spec)
		return err
	default:
		return fmt.Errorf("the node has no seccomp profile %s", profile.Type)
	}
}

func (p *Pod) sysctls() map[string]string {
	sysctls := map[string]string{}
	if context := p.pod.Spec.SecurityContext; context != nil {
		for _, sysctl := range context.Sysctls {
			sysctls[sysctl.Name] = sysctl.Value
		}
	}
	return sysctls
}

// process is what runs in a container, and as whom.
func (p *Pod) process(container *corev1.Container, image Image) (*specs.Process, error) {
	variables, err := p.environment(container)
	if err != nil {
		return nil, err
	}
	context := orEmpty(container.SecurityContext)
	user, err := p.user(context)
	if err != nil {
		return nil, err
	}
	return &specs.Process{
		Args:            arguments(container, image, variables),
		Cwd:             cmp.Or(container.WorkingDir, "/"),
		Env:             slices.Concat(image.Env, []string{"HOSTNAME=" + p.pod.Spec.Hostname}, variables.list()),
		User:            user,
		Capabilities:    capabilities(context),
		NoNewPrivileges: context.AllowPrivilegeEscalation != nil && !*context.AllowPrivilegeEscalation,
	}, nil
}

// arguments are the command and its arguments: those of the image count where the container names no command.
func arguments(container *corev1.Container, image Image, variables *variables) []string {
	command, arguments := container.Command, container.Args
	if len(command) == 0 {
		command = image.Entrypoint
		if len(arguments) == 0 {
			arguments = image.Command
		}
	}
	all := slices.Concat(command, arguments)
	for i := range all {
		all[i] = expand(all[i], variables.values)
	}
	return all
}

// user is who a container runs as. The images of the tests are root's.
func (p *Pod) user(context corev1.SecurityContext) (specs.User, error) {
	pod := p.pod.Spec.SecurityContext
	if pod == nil {
		pod = &corev1.PodSecurityContext{}
	}
	var user specs.User
	if id := cmpOr(context.RunAsUser, pod.RunAsUser); id != nil {
		user.UID = uint32(*id)
	}
	if id := cmpOr(context.RunAsGroup, pod.RunAsGroup); id != nil {
		user.GID = uint32(*id)
	}
	if nonRoot := cmpOr(context.RunAsNonRoot, pod.RunAsNonRoot); isTrue(nonRoot) && user.UID == 0 {
		return user, errors.New("container has runAsNonRoot and image will run as root")
	}
	for _, group := range pod.SupplementalGroups {
		user.AdditionalGids = append(user.AdditionalGids, uint32(group))
	}
	if pod.FSGroup != nil {
		user.AdditionalGids = append(user.AdditionalGids, uint32(*pod.FSGroup))
	}
	return user, nil
}

// defaultCapabilities are those that containerd gives to a container.
var defaultCapabilities = []string{
	"CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
	"CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
}

// capabilities are the default ones without those dropped and with those added.
func capabilities(context corev1.SecurityContext) *specs.LinuxCapabilities {
	all := slices.Clone(defaultCapabilities)
	if wanted := context.Capabilities; wanted != nil {
		for _, dropped := range wanted.Drop {
			all = slices.DeleteFunc(all, func(name string) bool { return dropped == "ALL" || name == "CAP_"+string(dropped) })
		}
		for _, added := range wanted.Add {
			all = append(all, "CAP_"+strings.TrimPrefix(string(added), "CAP_"))
		}
	}
	return &specs.LinuxCapabilities{Bounding: all, Effective: all, Permitted: all}
}

func orEmpty(context *corev1.SecurityContext) corev1.SecurityContext {
	if context == nil {
		return corev1.SecurityContext{}
	}
	return *context
}

// limits are those of memory and processors; requests bind only the scheduler.
func limits(resources corev1.ResourceRequirements) (*specs.LinuxResources, error) {
	limits := &specs.LinuxResources{}
	for name, quantity := range resources.Limits {
		switch name {
		case corev1.ResourceMemory:
			limits.Memory = &specs.LinuxMemory{Limit: new(quantity.Value())}
		case corev1.ResourceCPU:
			const period = 100000
			limits.CPU = &specs.LinuxCPU{Period: new(uint64(period)), Quota: new(max(1000, quantity.MilliValue()*period/1000))}
		case corev1.ResourceEphemeralStorage:
			// The kubelet evicts a pod that writes more; here nothing does.
		default:
			return nil, fmt.Errorf("the node has no %s", name)
		}
	}
	return limits, nil
}
