// Command noop is kyaml's own function framework with nothing to do: the peer of chroma-fn in benchmarks. Given a file, it
// answers with that in place of its input.
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
	if len(os.Args) > 1 {
		text, err := os.ReadFile(os.Args[1])
		if err == nil {
			_, err = os.Stdout.Write(text)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if err := framework.Execute(noop, stream); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
