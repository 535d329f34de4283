package kubelet

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// variables are the environment of a container in the order of their making: a later one replaces an earlier one, and
// may refer to it.
type variables struct {
	names  []string
	values map[string]string
}

func (v *variables) set(name, value string) {
	if _, known := v.values[name]; !known {
		v.names = append(v.names, name)
	}
	v.values[name] = value
}

func (v *variables) list() []string {
	list := make([]string, 0, len(v.names))
	for _, name := range v.names {
		list = append(list, name+"="+v.values[name])
	}
	return list
}

// environment is what a container finds: the Services, then envFrom, then env.
func (p *Pod) environment(container *corev1.Container) (*variables, error) {
	v := &variables{values: map[string]string{}}
	links := p.objects.serviceLinks(p.pod)
	for _, name := range slices.Sorted(maps.Keys(links)) {
		v.set(name, links[name])
	}
	for _, source := range container.EnvFrom {
		data, err := p.objects.envFrom(source)
		if err != nil {
			return nil, err
		}
		for _, key := range slices.Sorted(maps.Keys(data)) {
			v.set(source.Prefix+key, data[key])
		}
	}
	for _, variable := range container.Env {
		value, found, err := p.value(variable, v)
		switch {
		case err != nil:
			return nil, fmt.Errorf("variable %s: %w", variable.Name, err)
		case found:
			v.set(variable.Name, value)
		}
	}
	return v, nil
}

// value is that of a variable; an optional one may have none.
func (p *Pod) value(variable corev1.EnvVar, before *variables) (value string, found bool, err error) {
	switch from := variable.ValueFrom; {
	case from == nil:
		return expand(variable.Value, before.values), true, nil
	case from.FieldRef != nil:
		value, err := p.field(from.FieldRef.FieldPath)
		return value, true, err
	case from.ConfigMapKeyRef != nil:
		ref := from.ConfigMapKeyRef
		return p.objects.key("ConfigMap", ref.Name, ref.Key, isTrue(ref.Optional))
	default:
		ref := from.SecretKeyRef
		return p.objects.key("Secret", ref.Name, ref.Key, isTrue(ref.Optional))
	}
}

// field is a field of the pod that a variable may show.
func (p *Pod) field(path string) (string, error) {
	if name, key, isKeyed := strings.Cut(path, "["); isKeyed {
		key = strings.Trim(strings.TrimSuffix(key, "]"), "'")
		switch name {
		case "metadata.labels":
			return p.pod.Labels[key], nil
		case "metadata.annotations":
			return p.pod.Annotations[key], nil
		}
	}
	values := map[string]string{
		"metadata.name":           p.pod.Name,
		"metadata.namespace":      p.pod.Namespace,
		"metadata.uid":            podUID,
		"spec.nodeName":           nodeName,
		"spec.serviceAccountName": p.pod.Spec.ServiceAccountName,
		"status.hostIP":           nodeIP,
		"status.podIP":            podIPv4,
	}
	value, known := values[path]
	if !known {
		return "", fmt.Errorf("the kubelet of the tests has no value for the field %s", path)
	}
	return value, nil
}

// serviceLinks are the variables that tell of the Services: of the API server's always, of those of the namespace
// where the pod wants to know.
func (o objects) serviceLinks(pod *corev1.Pod) map[string]string {
	links := map[string]string{}
	addLinks(links, "kubernetes", "10.96.0.1", []corev1.ServicePort{{Name: "https", Port: 443, Protocol: corev1.ProtocolTCP}})
	if wanted := pod.Spec.EnableServiceLinks; wanted != nil && !*wanted {
		return links
	}
	for i, service := range o.services {
		if service.Spec.ClusterIP != corev1.ClusterIPNone && service.Namespace == pod.Namespace {
			addLinks(links, service.Name, fmt.Sprintf("10.96.0.%d", 10+i), service.Spec.Ports)
		}
	}
	return links
}

func addLinks(links map[string]string, name, ip string, ports []corev1.ServicePort) {
	upper := func(text string) string { return strings.ToUpper(strings.ReplaceAll(text, "-", "_")) }
	prefix := upper(name)
	first := strconv.Itoa(int(ports[0].Port))
	links[prefix+"_SERVICE_HOST"], links[prefix+"_SERVICE_PORT"] = ip, first
	for i, port := range ports {
		number, protocol := strconv.Itoa(int(port.Port)), "TCP"
		if port.Protocol != "" {
			protocol = string(port.Protocol)
		}
		url := strings.ToLower(protocol) + "://" + net.JoinHostPort(ip, number)
		if port.Name != "" {
			links[prefix+"_SERVICE_PORT_"+upper(port.Name)] = number
		}
		if i == 0 {
			links[prefix+"_PORT"] = url
		}
		of := prefix + "_PORT_" + number + "_" + protocol
		links[of], links[of+"_PROTO"], links[of+"_PORT"], links[of+"_ADDR"] = url, strings.ToLower(protocol), number, ip
	}
}

// expand replaces $(NAME) by the value of a variable where there is one; $$ stands for one $.
func expand(text string, values map[string]string) string {
	var result strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		result.WriteString(before)
		if !found {
			return result.String()
		}
		name, rest, closed := strings.Cut(strings.TrimPrefix(after, "("), ")")
		value, known := values[name]
		switch {
		case strings.HasPrefix(after, "$"):
			result.WriteString("$")
			text = after[1:]
		case strings.HasPrefix(after, "(") && closed && known:
			result.WriteString(value)
			text = rest
		default:
			result.WriteString("$")
			text = after
		}
	}
}

func isTrue(value *bool) bool { return value != nil && *value }
