package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/chromafn/chroma-fn/tests/hostile"
)

// A repository that somebody else writes is refused through Argo CD as well: it runs nothing, reads nothing outside of
// itself and fetches nothing, and the user sees why.
func TestArgoCDRefusesHostileRepositories(t *testing.T) {
	var fetched atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched.Add(1) }))
	defer server.Close()
	a := newArgo(t, copyExamples)
	for _, c := range hostile.Cases(server.URL) {
		t.Run(c.Name, func(t *testing.T) {
			r := hostile.New(t)
			c.Make(r)
			b := *a
			b.repository = r.Directory
			b.commit(t)
			got := b.generate(t, b.application(".", b.byName()))
			assert.Empty(t, got.Response.Manifests)
			for _, culprit := range c.Blames {
				assert.Contains(t, got.Error, culprit)
			}
			assert.NoFileExists(t, r.Marker, "the program was run")
			assert.NotContains(t, got.Error, "topsecret")
			assert.Less(t, len(got.Error), 3000, "an error for people")
			assert.Zero(t, fetched.Load(), "something was fetched")
			argoRefused.Add(1)
		})
	}
}
