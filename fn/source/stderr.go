package source

import (
	"io"
	"os"
	"strings"
	"sync"
)

// A FunctionError is what a function of a kustomization said when it failed, one line each.
type FunctionError struct {
	said string
}

func (e *FunctionError) Error() string {
	return e.said
}

// captureStderr keeps what functions say, which kustomize passes on to the standard error of the process, until the
// returned function is called: only in the end is it known whether there is something more important to say.
func (g *guard) captureStderr() (said func() string, err error) {
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stderr := os.Stderr
	os.Stderr = in
	var text strings.Builder
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(&text, out)
		close(done)
	}()
	restore := sync.OnceFunc(func() {
		os.Stderr = stderr
		_ = in.Close()
	})
	g.undo = append(g.undo, restore)
	return func() string {
		restore()
		<-done
		_ = out.Close()
		return strings.TrimSpace(text.String())
	}, nil
}
