// Package dockercli understands the argument lists that kustomize and kpt pass to the program called docker.
//
// Both run container functions by the literal name docker, found on PATH, and know no other way. Invoked under that
// name, chroma-fn parses their arguments here and, where they ask for its own image, acts as the function itself. What
// it does not know it refuses: an argument that a later docker would heed, such as one that shares files or a network,
// must not be ignored.
package dockercli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Name is the name of the program that kustomize and kpt run.
const Name = "docker"

// ClientVersion is the version to answer with: kpt asks for 20.10 or newer.
const ClientVersion = "28.0.0"

// Call is what kustomize or kpt asks docker for.
type Call struct {
	// IsVersion is set where only the version of the client is asked for.
	IsVersion bool
	// Image is the image to run.
	Image string
	// Args are the arguments of the image's program.
	Args []string
}

// flags are the flags of `docker run` that may come, with whether a value follows. What their values ask for is either
// given anyhow (no network, no privileges, an unprivileged user) or needs nothing (the environment, which the function
// does not read).
var flags = map[string]bool{
	"--rm":                               false,
	"-i":                                 false,
	"-a":                                 true,
	"-e":                                 true,
	"--user":                             true,
	"--pull":                             true,
	"--network":                          true,
	"--security-opt=no-new-privileges":   false,
	"--security-opt=no-new-privileges:1": false,
}

var errNoImage = errors.New("docker run: no image is named")

// Parse reads the arguments after the program's name. The error names what is refused.
func Parse(args []string) (Call, error) {
	switch {
	case len(args) > 0 && args[0] == "version":
		return Call{IsVersion: true}, nil
	case len(args) == 0 || args[0] != "run":
		return Call{}, fmt.Errorf("this docker is chroma-fn, which only runs its own function, as kustomize and kpt ask for it, not: docker %s", strings.Join(args, " "))
	}
	for i := 1; i < len(args); i++ {
		arg := args[i]
		if !strings.HasPrefix(arg, "-") {
			return Call{Image: arg, Args: slices.Clone(args[i+1:])}, nil
		}
		hasValue, known := flags[arg]
		switch {
		case arg == "--mount" || arg == "-v" || arg == "--volume" || strings.HasPrefix(arg, "--mount="):
			return Call{}, errors.New("docker run: mounts are refused: chroma-fn reads its input alone; remove them from the function's annotation")
		case !known:
			return Call{}, fmt.Errorf("docker run: the flag %s is refused: it is none that kustomize or kpt pass for chroma-fn", arg)
		case hasValue && i+1 == len(args):
			return Call{}, fmt.Errorf("docker run: the flag %s needs a value", arg)
		case arg == "--network" && args[i+1] != "none":
			return Call{}, fmt.Errorf("docker run: the network %q is refused: chroma-fn opens no connection; remove network from the function's annotation", args[i+1])
		case hasValue:
			i++
		}
	}
	return Call{}, errNoImage
}

// Tag checks that the image of the call is the one of the repository, compared exactly once tag and digest are cut,
// and returns the tag, which may be empty.
func (c Call) Tag(repository string) (string, error) {
	name, tag := c.split()
	if name != repository {
		return "", fmt.Errorf("docker run: the image %q is refused: without Docker only %s runs, which this program is", c.Image, repository)
	}
	return tag, nil
}

// split cuts the image into its repository, whose registry may have a port, and its tag; the digest is left out.
func (c Call) split() (repository, tag string) {
	name, _, _ := strings.Cut(c.Image, "@")
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		return name[:colon], name[colon+1:]
	}
	return name, ""
}

// Mismatch says that the image may be another version than this program, which runs in its place; it is empty where
// the image names the version, or none.
func (c Call) Mismatch(version string) string {
	_, tag := c.split()
	switch {
	case strings.Contains(c.Image, "@"):
		return fmt.Sprintf("the image %s is asked for by its digest, which cannot be checked: chroma-fn %s runs in its place", c.Image, version)
	case tag != "" && tag != "latest" && tag != version:
		return fmt.Sprintf("the image %s is asked for, and chroma-fn %s runs in its place", c.Image, version)
	default:
		return ""
	}
}

// passedArgs are the arguments that the image's program may be given: kpt asks for its documentation.
var passedArgs = []string{"--help", "--doc"}

// CheckArgs refuses arguments of the image's program other than those with which kpt asks for documentation.
func (c Call) CheckArgs() error {
	for _, arg := range c.Args {
		if !slices.Contains(passedArgs, arg) {
			return fmt.Errorf("docker run: the argument %q for the image is refused: it takes %s only", arg, strings.Join(passedArgs, " or "))
		}
	}
	return nil
}
