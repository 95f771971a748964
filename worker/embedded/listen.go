package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
)

const localhost = "127.0.0.1"

// loopback turns a configured host:port into a literal loopback address. The server and
// its UI ask nobody for a password, so anything reachable from outside is refused.
func loopback(setting, hostPort string) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%s %q is not host:port: %w", setting, hostPort, err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%s %q: port is not a number up to 65535", setting, hostPort)
	}
	if host == "localhost" {
		host = localhost
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || !addr.IsLoopback() {
		return netip.AddrPort{}, fmt.Errorf(
			"%s %q is not a loopback address: the embedded Temporal server has no access control; "+
				"use %s:%s, or run a Temporal cluster and set its address", setting, hostPort, localhost, port)
	}
	return netip.AddrPortFrom(addr, uint16(number)), nil
}

// listen opens a listener and names the setting and the remedy when the port is taken.
func listen(ctx context.Context, setting string, addr netip.AddrPort) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr.String())
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s %s is taken by another program (another daemon or a Temporal server?): %w", setting, addr, err)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s %s: %w", setting, addr, err)
	}
	return l, nil
}

// listenUI takes the UI's port; nil without an error when no UI is wanted.
func listenUI(ctx context.Context, hostPort string) (net.Listener, error) {
	if hostPort == "" {
		return nil, nil
	}
	addr, err := loopback("ui_listen", hostPort)
	if err != nil {
		return nil, err
	}
	return listen(ctx, "ui_listen", addr)
}

// ports are the addresses of the server's four services.
type ports struct{ frontend, history, matching, worker netip.AddrPort }

// takePorts finds the services' ports. The server insists on opening its listeners
// itself and ends the process when it cannot, so every port is tried before. All are
// held until the last one is known, so that no two are the same.
func takePorts(ctx context.Context, frontend netip.AddrPort) (ports, error) {
	var p ports
	free := netip.MustParseAddrPort(localhost + ":0")
	for _, want := range []struct {
		to      *netip.AddrPort
		setting string
		addr    netip.AddrPort
	}{
		{&p.frontend, "listen", frontend},
		{&p.history, "internal port", free},
		{&p.matching, "internal port", free},
		{&p.worker, "internal port", free},
	} {
		l, err := listen(ctx, want.setting, want.addr)
		if err != nil {
			return ports{}, err
		}
		defer func() { _ = l.Close() }()
		if *want.to, err = netip.ParseAddrPort(l.Addr().String()); err != nil {
			return ports{}, fmt.Errorf("port of %s: %w", l.Addr(), err)
		}
	}
	return p, nil
}
