package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// logTail is how many bytes of a log an error quotes.
const logTail = 4096

// A Process is a program that runs until it is stopped, or until the test process dies, whatever kills it.
type Process struct {
	name    string
	logFile string
	command *exec.Cmd
	// ended is closed when the process has ended; only then may err be read.
	ended chan struct{}
	err   error
}

// A Program is what a process runs.
type Program struct {
	Binary    string
	Arguments []string
	// Environment is all that it gets: etcd takes flags from ETCD_…, and a proxy must not come between the programs.
	Environment []string
	// User is the id of the user and of the group that it runs as, where it is not 0; only root can arrange that.
	User uint32
}

// Launch starts a program in a directory; what it prints goes to <its name>.log there.
func Launch(directory string, program Program) (*Process, error) {
	name := filepath.Base(program.Binary)
	p := &Process{name: name, logFile: filepath.Join(directory, name+".log"), ended: make(chan struct{})}
	output, err := os.Create(p.logFile)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p.command = exec.Command(program.Binary, program.Arguments...)
	p.command.Dir, p.command.Stdout, p.command.Stderr = directory, output, output
	p.command.Env = append([]string{}, program.Environment...)
	p.command.SysProcAttr = dieWithParent()
	if program.User != 0 {
		p.command.SysProcAttr.Credential = &syscall.Credential{Uid: program.User, Gid: program.User}
	}
	started := make(chan error)
	go p.supervise(started)
	err = <-started
	output.Close()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// supervise keeps the thread that started the process for as long as the process lives: Linux sends the signal that
// dieWithParent asks for when that thread ends, and the Go runtime may end one.
func (p *Process) supervise(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.command.Start()
	started <- err
	if err == nil {
		p.err = p.command.Wait()
		close(p.ended)
	}
}

// Stop ends the process, at the latest after the grace time. An end that nobody asked for is an error.
func (p *Process) Stop(grace time.Duration) error {
	if err := p.Failure(); err != nil {
		return err
	}
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(grace):
	}
	if err := p.command.Process.Kill(); err != nil {
		return fmt.Errorf("kill %s: %w", p.name, err)
	}
	<-p.ended
	return nil
}

// Failure says that the process has ended, with the end of its log; nil while it runs.
func (p *Process) Failure() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended (%v): %s", p.name, p.command.ProcessState, p.Tail())
	default:
		return nil
	}
}

// Tail is the end of the log.
func (p *Process) Tail() string {
	text, err := os.ReadFile(p.logFile)
	if err != nil {
		return err.Error()
	}
	return p.name + " said:\n" + strings.ToValidUTF8(string(text[max(0, len(text)-logTail):]), "")
}

// ID is the process's id, for as long as it runs.
func (p *Process) ID() int {
	return p.command.Process.Pid
}
