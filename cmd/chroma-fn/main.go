// Command chroma-fn renders ChromaConfig resources to the Kubernetes objects of a Chroma database: as a KRM function
// on standard input, or from files with the render command.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// gcPercent is five times Go's own: a process lives for milliseconds, and most never need to collect.
const gcPercent = 500

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(run(os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// run runs the program and returns its exit code.
func run(args []string, s streams) int {
	root := newRootCommand(s)
	root.SetArgs(args)
	err := root.Execute()
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errReported):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(s.err, "chroma-fn: %v\nRun 'chroma-fn --help' for usage.\n", err)
		return exitUsage
	default:
		fmt.Fprintf(s.err, "chroma-fn: %v\n", err)
		return exitFailed
	}
}
