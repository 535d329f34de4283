// Command chroma-fn renders ChromaConfig resources to the Kubernetes objects of a Chroma database: as a KRM function
// on standard input, or from files with the render command. Invoked under the name docker, it is its own container
// image to kustomize and kpt.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/chromafn/chroma-fn/fn/dockercli"
	"github.com/chromafn/chroma-fn/fn/source"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// gcPercent is twice Go's own: a process lives for milliseconds, and most never need to collect. With more of it the
// kernel spends what the collector saves.
const gcPercent = 200

// memoryLimit is where the collector stops being that generous.
const memoryLimit = 512 << 20

func main() {
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	s := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	if filepath.Base(os.Args[0]) == dockercli.Name {
		os.Exit(runAsDocker(os.Args[1:], s))
	}
	os.Exit(run(os.Args[1:], s))
}

// run runs the program and returns its exit code.
func run(args []string, s streams) (code int) {
	defer func() {
		if problem := recover(); problem != nil {
			fmt.Fprintf(s.err, "chroma-fn: internal error, please report it: %v\n", problem)
			code = exitFailed
		}
	}()
	root := newRootCommand(s)
	root.SetArgs(args)
	err := root.ExecuteContext(context.Background())
	var usage *usageError
	var function *source.FunctionError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errReported):
		return exitFailed
	case errors.As(err, &function):
		fmt.Fprintln(s.err, function)
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(s.err, "chroma-fn: %v\nRun 'chroma-fn --help' for usage.\n", err)
		return exitUsage
	default:
		fmt.Fprintf(s.err, "chroma-fn: %v\n", err)
		return exitFailed
	}
}
