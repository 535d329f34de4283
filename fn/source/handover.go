package source

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"

	"github.com/chromafn/chroma-fn/fn"
	"github.com/chromafn/chroma-fn/fn/config"
)

// HandoverVariable is the environment variable in which a build passes a Handover, as JSON.
const HandoverVariable = "CHROMA_FN_HANDOVER"

// Handover is what the build of a kustomization passes to its functions, which are processes of their own, beyond what
// kustomize does.
type Handover struct {
	// Overrides are those of the build.
	Overrides fn.Overrides
	// Files are the files that hold something about a ChromaConfig of that name, patches included.
	Files map[string][]string
}

// ReadHandover reads what the variable holds; empty is nothing.
func ReadHandover(text string) (Handover, error) {
	var h Handover
	if text == "" {
		return h, nil
	}
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return h, fmt.Errorf("%s: %w", HandoverVariable, err)
	}
	return h, nil
}

// Locate gives results their files, which kustomize does not tell a function.
func (h Handover) Locate(results sdk.Results) {
	for _, result := range results {
		if result.File == nil && result.ResourceRef != nil && result.ResourceRef.Kind == config.Kind {
			if files := h.Files[result.ResourceRef.Name]; len(files) > 0 {
				result.File = &sdk.File{Path: strings.Join(files, ", ")}
			}
		}
	}
}

// noteConfig remembers the file of a ChromaConfig, for the functions that are run from now on.
func (g *guard) noteConfig(name, path string) error {
	if working, err := os.Getwd(); err == nil {
		if relative, err := filepath.Rel(working, path); err == nil {
			path = relative
		}
	}
	if slices.Contains(g.configs[name], path) {
		return nil
	}
	g.configs[name] = append(g.configs[name], path)
	return g.change(g.handOver)
}

// handOver puts into the environment what functions are to know.
func (g *guard) handOver() error {
	if !g.runsFunctions {
		return nil
	}
	text, err := json.Marshal(Handover{Overrides: g.overrides, Files: g.configs})
	if err != nil {
		return err
	}
	return os.Setenv(HandoverVariable, string(text))
}
