package cluster

import (
	"fmt"
	"net"
)

// FreePorts returns addresses on 127.0.0.1 that nobody listens on. All are held until the last is found, so that no two
// are the same.
func FreePorts(count int) ([]string, error) {
	var addresses []string
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer func() { _ = listener.Close() }()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}
