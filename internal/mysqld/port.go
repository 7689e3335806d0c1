package mysqld

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
)

// Free ports are looked for where systems do not take the ports of outgoing
// connections from (Linux from 32768 on, IANA's range is higher): there one that
// was free, or whose server is being restarted, would soon be somebody else's.
const (
	lowestFree  = 16_384
	highestFree = 32_767
)

// portTries bounds how many ports are tried for each that is wanted.
const portTries = 1000

// FreePorts returns n different loopback TCP ports that nobody listens on right
// now. Somebody else may take one before its user does, so be ready to retry.
func FreePorts(n int) ([]int, error) {
	ports := make([]int, 0, n)
	for tries := 0; len(ports) < n; tries++ {
		port := lowestFree + rand.IntN(highestFree-lowestFree+1)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if errors.Is(err, syscall.EADDRINUSE) && tries < portTries*n {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		// All are held until the last is found: no port comes twice.
		defer l.Close()
		ports = append(ports, port)
	}
	return ports, nil
}
