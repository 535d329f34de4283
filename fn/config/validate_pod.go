package config

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (v *validator) validatePod() {
	path := field.NewPath("spec", "podSpec")
	pod := v.c.Spec.PodSpec
	v.validatePodAnnotations(path)
	byDefault := DefaultSpec().PodSpec.TerminationGracePeriodSeconds
	switch grace := path.Child("terminationGracePeriodSeconds"); {
	case pod.TerminationGracePeriodSeconds == 0:
		v.warnf(grace, "0 kills the server without letting it finish its requests and close its database; leave it out for %d", byDefault)
	case pod.TerminationGracePeriodSeconds < byDefault:
		v.infof(grace, "is less than the %d seconds of the default: a busy server may be killed before it has finished its requests", byDefault)
	}
}

// volumes are the names of the pod's volumes.
func (v *validator) volumes() []string {
	volumes := []string{DataVolume, TmpVolume}
	if v.caps.ReadsConfigFile {
		volumes = append(volumes, ConfigVolume)
	}
	if v.caps.ReadsLogConfig {
		volumes = append(volumes, LogVolume)
	}
	if v.c.AuthType(v.caps) == BasicType {
		volumes = append(volumes, HtpasswdVolume)
	}
	return volumes
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
