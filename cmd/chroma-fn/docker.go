package main

import (
	"fmt"
	"os"

	"github.com/chromafn/chroma-fn/fn/dockercli"
	"github.com/chromafn/chroma-fn/fn/source"
)

// runAsDocker is what kustomize and kpt find under the name docker: it runs the function of our own image in this
// process, and refuses everything else.
func runAsDocker(args []string, s streams) int {
	call, err := dockercli.Parse(args)
	if err == nil && call.IsVersion {
		fmt.Fprintln(s.out, dockercli.ClientVersion)
		return exitOK
	}
	if err == nil {
		_, err = call.Tag(imageRepository)
	}
	if err == nil {
		err = call.CheckArgs()
	}
	if err != nil {
		fmt.Fprintf(s.err, "chroma-fn: %v\n", err)
		return exitFailed
	}
	if s.handover, err = source.ReadHandover(os.Getenv(source.HandoverVariable)); err != nil {
		fmt.Fprintf(s.err, "chroma-fn: %v\n", err)
		return exitFailed
	}
	if note := call.Mismatch(buildVersion); note != "" {
		fmt.Fprintf(s.err, "warning: %s\n", note)
	}
	return run(call.Args, s)
}
