// Package kubelet is a small kubelet for tests: it runs the first pod of a StatefulSet as a node of a cluster would,
// and takes everything that it does from the manifest.
//
// A container is a container of runc, on an overlay of the image's directories. A [Node] has a mount and a process
// namespace of its own, so that nothing of it outlives the test, whatever ends the test; a pod has a network of its
// own, in which its port is free and its address is its own.
//
// What the API server and the scheduler do with a pod is not its business. A field that it does not know is an error.
package kubelet

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// An Image is what a registry would serve, unpacked.
type Image struct {
	// Layers are directories, the topmost first.
	Layers []string
	// Entrypoint and Command are what runs where the container says nothing else.
	Entrypoint, Command []string
	// Env are variables as NAME=VALUE.
	Env []string
}

// Pull returns the image of a name.
type Pull func(ctx context.Context, name string) (Image, error)

// programs are what the package runs, with the Debian package that has each.
var programs = map[string]string{
	"runc": "runc", "ip": "iproute2", "unshare": "util-linux", "nsenter": "util-linux", "mount": "mount",
}

// lookForPrograms says what is missing, and what to do.
func lookForPrograms() error {
	for program, pkg := range programs {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("pods need %s: on Debian .ci/install installs it, or as root: apt-get install %s", program, pkg)
		}
	}
	return nil
}

// run runs a command and returns an error with what it said.
func run(command *exec.Cmd) error {
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command.Args, " "), err, output)
	}
	return nil
}
