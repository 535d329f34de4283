package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/status"
)

// method asks the server at an address for one thing.
type method func(ctx context.Context, address string, request json.RawMessage) (any, error)

// methods are what the client can ask for, by their names on the command line.
func methods() map[string]method {
	return map[string]method{
		"plugin-check":      checkPlugin,
		"plugin-match":      matchRepository,
		"plugin-parameters": announceParameters,
		"plugin-generate":   generateByPlugin,
		"repo-generate":     generateManifests,
		"repo-details":      appDetails,
		"sync":              newSync(),
		"check":             check,
	}
}

// answer is what became of a request: a response, or a gRPC error with its code.
type answer struct {
	Response any     `json:"response,omitempty"`
	Error    string  `json:"error,omitempty"`
	Code     string  `json:"code,omitempty"`
	Seconds  float64 `json:"seconds"`
}

// newClient is a command that reads requests from standard input, JSON documents one after the other, and writes their
// answers in the same order.
func newClient() *cobra.Command {
	var parallel int
	command := &cobra.Command{
		Use:  "argocd METHOD ADDRESS",
		Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			methods := methods()
			call := methods[args[0]]
			if call == nil {
				return fmt.Errorf("%s is none of %v", args[0], slices.Sorted(maps.Keys(methods)))
			}
			requests, err := readRequests(command.InOrStdin())
			if err != nil {
				return err
			}
			return json.NewEncoder(command.OutOrStdout()).Encode(callAll(command.Context(), call, args[1], requests, parallel))
		},
	}
	command.Flags().IntVar(&parallel, "parallel", 1, "how many requests are under way at once")
	return command
}

func readRequests(input io.Reader) ([]json.RawMessage, error) {
	var requests []json.RawMessage
	for decoder := json.NewDecoder(input); ; {
		var request json.RawMessage
		switch err := decoder.Decode(&request); {
		case errors.Is(err, io.EOF):
			return requests, nil
		case err != nil:
			return nil, err
		}
		requests = append(requests, request)
	}
}

// decode reads a request, and knows each of its fields: one that is ignored would be a test of nothing.
func decode(request json.RawMessage, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(request))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func callAll(ctx context.Context, call method, address string, requests []json.RawMessage, parallel int) []answer {
	answers := make([]answer, len(requests))
	slots := make(chan struct{}, parallel)
	var calls sync.WaitGroup
	for i, request := range requests {
		slots <- struct{}{}
		calls.Go(func() {
			answers[i] = callOne(ctx, call, address, request)
			<-slots
		})
	}
	calls.Wait()
	return answers
}

func callOne(ctx context.Context, call method, address string, request json.RawMessage) answer {
	began := time.Now()
	response, err := call(ctx, address, request)
	seconds := time.Since(began).Seconds()
	if err != nil {
		return answer{Error: err.Error(), Code: status.Code(err).String(), Seconds: seconds}
	}
	return answer{Response: response, Seconds: seconds}
}
