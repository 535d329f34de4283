package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// program is chroma-fn as this checkout has it; the first test that asks for it builds it.
var program struct {
	once      sync.Once
	directory string
	failed    error
}

// builtProgram is the path of the program.
func builtProgram(t *testing.T) string {
	t.Helper()
	program.once.Do(func() { program.failed = buildProgram() })
	require.NoError(t, program.failed)
	return filepath.Join(program.directory, "chroma-fn")
}

func buildProgram() (err error) {
	if program.directory, err = os.MkdirTemp("", "chroma-fn-program-"); err != nil {
		return err
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program.directory, "./cmd/chroma-fn")
	build.Dir = imageRoot
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, output)
	}
	return nil
}
