package manifests

// All names derive from fullname, so that two databases in one namespace never collide. A fullname has at most 52
// characters (package config), so that the longest, the headless Service's, fits the 63 of a Service.

// fullname names the StatefulSet, the Service and the Ingress.
func (in Input) fullname() string {
	return in.Config.Fullname()
}

// headlessServiceName names the Service that gives the pod its DNS name.
func (in Input) headlessServiceName() string {
	return in.fullname() + "-headless"
}

// serverConfigName names the ConfigMap with the Rust server's configuration file.
func (in Input) serverConfigName() string {
	return in.fullname() + "-config"
}

// logConfigName names the ConfigMap with the Python server's logging configuration: the user's own, or ours.
func (in Input) logConfigName() string {
	if own := in.Config.Spec.Chromadb.LogConfigMap; own != "" {
		return own
	}
	return in.fullname() + "-log-config"
}

// authConfigName names the ConfigMap with the settings of authentication, as the chart documents it.
func (in Input) authConfigName() string {
	return in.fullname() + "-" + in.authType() + "-auth-config"
}
