package source

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// kustomize's loader fetches files by HTTP outside of its file system, with the default transport of the process.

// refusingTransport fetches nothing.
type refusingTransport struct{}

func (refusingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("%s: %w", request.URL.Redacted(), errRemote)
}

// inspectingTransport holds what is fetched to the bounds of the file system.
type inspectingTransport struct {
	http.RoundTripper
	guard *guard
}

func (t inspectingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.RoundTripper.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := t.guard.readWithin(response.Body, request.URL.Redacted())
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(text))
	return response, nil
}
