// Command noop is kyaml's own function framework with nothing to do: the peer of chroma-fn in benchmarks.
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/kustomize/kyaml/fn/framework"
	"sigs.k8s.io/kustomize/kyaml/kio"
)

func main() {
	noop := framework.ResourceListProcessorFunc(func(*framework.ResourceList) error { return nil })
	stream := &kio.ByteReadWriter{Reader: os.Stdin, Writer: os.Stdout, KeepReaderAnnotations: true}
	if err := framework.Execute(noop, stream); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
