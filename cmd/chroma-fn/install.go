package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/chromafn/chroma-fn/fn/dockercli"
)

func newInstallCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "install DIR",
		Short: "Put chroma-fn, and a link to it named docker, into a directory",
		Long: `Install copies this program into a directory and links the name docker to it there. With that
directory first on PATH, kustomize and kpt run the image of chroma-fn without Docker, and no other
image: for init containers of images that have no shell, and for CI without Docker.`,
		Example: "  chroma-fn install ~/.local/lib/chroma-fn\n  PATH=~/.local/lib/chroma-fn:$PATH kustomize build --enable-alpha-plugins DIR",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{fmt.Errorf("install takes one DIR, not %d arguments", len(args))}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return install(args[0])
		},
	}
}

// install replaces what an earlier version installed, and nothing else.
func install(directory string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	link := filepath.Join(directory, dockercli.Name)
	if target, err := os.Readlink(link); err == nil && target != programName {
		return fmt.Errorf("%s is a link to %s; remove it first", link, target)
	} else if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("%s is another program; choose another directory", link)
	}
	if info, err := os.Lstat(filepath.Join(directory, programName)); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file; remove it first", filepath.Join(directory, programName))
	}
	if err := copyProgram(program, filepath.Join(directory, programName)); err != nil {
		return err
	}
	if err := os.Remove(link); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.Symlink(programName, link)
}

// programName is the name under which the program is installed.
const programName = "chroma-fn"

// copyProgram writes the copy beside its place first: a program that runs cannot be overwritten, but replaced.
func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".chroma-fn-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(out.Name())
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if err := os.Chmod(out.Name(), 0o755); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}
