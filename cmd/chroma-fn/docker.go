package main

import (
	"fmt"

	"github.com/chromafn/chroma-fn/fn/dockercli"
)

// runAsDocker is what kustomize and kpt find under the name docker: it runs the function of our own image in this
// process, and refuses everything else.
func runAsDocker(args []string, s streams) int {
	call, err := dockercli.Parse(args)
	if err == nil && call.IsVersion {
		fmt.Fprintln(s.out, dockercli.ClientVersion)
		return exitOK
	}
	var tag string
	if err == nil {
		tag, err = call.Tag(imageRepository)
	}
	if err == nil {
		err = call.CheckArgs()
	}
	if err != nil {
		fmt.Fprintf(s.err, "chroma-fn: %v\n", err)
		return exitFailed
	}
	if tag != "" && tag != "latest" && tag != buildVersion {
		fmt.Fprintf(s.err, "warning: the image %s is asked for, and chroma-fn %s runs in its place\n", call.Image, buildVersion)
	}
	return run(call.Args, s)
}
