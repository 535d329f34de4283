package argocd

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// groups is where Linux has its control groups, in either version.
const groups = "/sys/fs/cgroup"

// A MemoryGroup is a control group with a memory limit, as a container has one.
type MemoryGroup struct {
	directory string
	// peak and kills are the files with the most memory used and the number of processes killed for want of it.
	peak, kills string
}

// LimitMemory puts a process, and what it starts from now on, into a group that may use so many bytes.
func LimitMemory(process int, bytes int64) (*MemoryGroup, error) {
	name := fmt.Sprintf("chroma-fn-e2e-%d", process)
	g := &MemoryGroup{directory: filepath.Join(groups, "memory", name), peak: "memory.max_usage_in_bytes", kills: "memory.oom_control"}
	limit := "memory.limit_in_bytes"
	if _, err := os.Stat(filepath.Join(groups, "cgroup.controllers")); err == nil {
		g = &MemoryGroup{directory: filepath.Join(groups, name), peak: "memory.peak", kills: "memory.events"}
		limit = "memory.max"
		if err := os.WriteFile(filepath.Join(groups, "cgroup.subtree_control"), []byte("+memory"), 0); err != nil {
			return nil, fmt.Errorf("limit memory: %w", err)
		}
	}
	if err := os.Mkdir(g.directory, 0o755); err != nil {
		return nil, fmt.Errorf("limit memory, which takes root and a control group of its own: %w", err)
	}
	if err := g.write(limit, bytes); err != nil {
		return nil, err
	}
	return g, g.write("cgroup.procs", int64(process))
}

func (g *MemoryGroup) write(file string, value int64) error {
	if err := os.WriteFile(filepath.Join(g.directory, file), []byte(strconv.FormatInt(value, 10)), 0); err != nil {
		return fmt.Errorf("limit memory: %w", err)
	}
	return nil
}

// Peak is the most memory that the group has used, files in memory included: the kernel drops those at the limit.
func (g *MemoryGroup) Peak() (int64, error) {
	return g.read(g.peak, `(\d+)`)
}

// Kills is how many processes the kernel has killed at the limit.
func (g *MemoryGroup) Kills() (int64, error) {
	return g.read(g.kills, `(?m)^oom_kill (\d+)$`)
}

func (g *MemoryGroup) read(file, pattern string) (int64, error) {
	return numberIn(filepath.Join(g.directory, file), pattern)
}

// Remove removes the group once its processes have ended, which those that lost their server do soon.
func (g *MemoryGroup) Remove() error {
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(pollInterval) {
		if err := os.Remove(g.directory); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// ResidentMemory is the memory of one process, without what it started, in bytes.
func ResidentMemory(process int) (int64, error) {
	kilobytes, err := numberIn(fmt.Sprintf("/proc/%d/status", process), `(?m)^VmRSS:\s+(\d+) kB$`)
	return kilobytes << 10, err
}

// numberIn finds a number in a file of the kernel's.
func numberIn(file, pattern string) (int64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	found := regexp.MustCompile(pattern).FindSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("%s has no %s: %s", file, pattern, text)
	}
	return strconv.ParseInt(string(found[1]), 10, 64)
}
